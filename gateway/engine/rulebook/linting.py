"""Linting of a rulebook: mistakes in tax tables, shipping methods, codes and market terms."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from gateway.engine.areas.coverage import covers, is_well_formed
from gateway.engine.areas.existence import AddressRulesLookup
from gateway.engine.pricing.discount_codes import Coupon, normalize_code
from gateway.engine.pricing.discounts import PercentOff
from gateway.engine.pricing.shipping import PriceByArea, PriceByWeight, ShippingMethod
from gateway.engine.rulebook.charge_linting import MARKETS, lint_charges
from gateway.engine.rulebook.place_linting import SHIPPING, lint_areas_and_categories
from gateway.engine.rulebook.promotion_linting import lint_promotions
from gateway.engine.rulebook.rulebook import MultiCurrencyMethod, Rulebook
from gateway.engine.tax.table_linting import FULL_PERCENT, LintFinding, Severity, lint_tax_tables
from gateway.engine.tax.tax_tables import format_area
from gateway.engine.validity import Validity

COUPONS, STORED_VALUES = "coupons", "stored_value"


def lint_rulebook(
    rulebook: Rulebook, rules_of: AddressRulesLookup | None = None
) -> tuple[LintFinding, ...]:
    """The mistakes in ``rulebook``, those of tax tables first.

    ``rules_of`` is used to check that areas exist; without it they are not checked.
    """
    return (
        *lint_tax_tables(rulebook.tax_tables),
        *_lint_shipping(rulebook.methods),
        *_lint_codes(rulebook),
        *lint_charges(rulebook),
        *lint_promotions(rulebook),
        *_lint_validity(MARKETS, (terms.validity for terms in rulebook.terms)),
        *(() if rules_of is None else lint_areas_and_categories(rulebook, rules_of)),
    )


def _lint_shipping(methods: tuple[MultiCurrencyMethod, ...]) -> Iterator[LintFinding]:
    representatives = [_representative_method(method) for method in methods]
    yield from _lint_duplicates(SHIPPING, [each.id for each in representatives])
    yield from _lint_validity(SHIPPING, (method.validity for method in methods))
    for position, method in enumerate(representatives, 1):
        for message in _lint_method(method):
            yield LintFinding(SHIPPING, position, Severity.ERROR, message)


def _representative_method(multi_currency: MultiCurrencyMethod) -> ShippingMethod:
    """The method in any one currency. The others differ in amounts only."""
    methods = [*multi_currency.by_currency.values(), multi_currency.fallback]
    return next(method for method in methods if method is not None)


def _lint_method(method: ShippingMethod) -> Iterator[str]:
    allowed = method.allowed or ()
    area_prices = method.price.prices if isinstance(method.price, PriceByArea) else ()
    areas = (*allowed, *method.excluded, *(area for areas, _ in area_prices for area in areas))
    for area in areas:
        if not is_well_formed(area):
            yield f"{format_area(area)} is no postal pattern"
    if method.allowed is not None and all(
        any(covers(excluded, area) for excluded in method.excluded) for area in allowed
    ):
        yield "it goes nowhere: every area it is allowed in is excluded"
    if isinstance(method.price, PriceByWeight):
        weights = [grams for grams, _ in method.price.brackets]
        if weights != sorted(set(weights)):
            yield "a bracket of weight is never reached: they must rise"


def _lint_codes(rulebook: Rulebook) -> Iterator[LintFinding]:
    coupon_codes = [normalize_code(coupon.code) for coupon in rulebook.coupons]
    stored_value_codes = [
        normalize_code(stored_value.code) for stored_value in rulebook.stored_values
    ]
    yield from _lint_duplicates(COUPONS, coupon_codes)
    yield from _lint_duplicates(STORED_VALUES, [*stored_value_codes, *set(coupon_codes)])
    yield from _lint_validity(COUPONS, (coupon.validity for coupon in rulebook.coupons))
    yield from _lint_validity(
        STORED_VALUES, (stored_value.validity for stored_value in rulebook.stored_values)
    )
    for position, coupon in enumerate(rulebook.coupons, 1):
        if _exceeds_full_percent(coupon):
            yield LintFinding(COUPONS, position, Severity.WARNING, "it takes off more than 100 %")


def _exceeds_full_percent(coupon: Coupon) -> bool:
    return isinstance(coupon.off, PercentOff) and coupon.off.percent > Decimal(FULL_PERCENT)


def _lint_duplicates(table: str, names: list[str]) -> Iterator[LintFinding]:
    for name, count in Counter(names).items():
        if count > 1:
            position = names.index(name) + 1
            yield LintFinding(table, position, Severity.ERROR, f"{name} is there {count} times")


def _lint_validity(table: str, validities: Iterable[Validity]) -> Iterator[LintFinding]:
    for position, validity in enumerate(validities, 1):
        if validity.is_empty:
            message = f"it ends on {validity.end}, before it begins"
            yield LintFinding(table, position, Severity.ERROR, message)
