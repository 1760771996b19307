"""What is wrong with a rulebook: its tax tables, shipping methods, codes and terms."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from gateway.engine.codes import Coupon, code_key
from gateway.engine.coverage import covers, well_formed
from gateway.engine.discounts import PercentOff
from gateway.engine.known_areas import RulesOf
from gateway.engine.linting import WHOLE, Finding, Severity, lint
from gateway.engine.place_linting import SHIPPING, lint_places
from gateway.engine.rulebook import ListedMethod, Rulebook
from gateway.engine.shipping import PriceByArea, PriceByWeight, ShippingMethod
from gateway.engine.taxes import area_name
from gateway.engine.validity import Validity

COUPONS, STORED, MARKETS = "coupons", "stored_value", "markets"


def lint_rulebook(rulebook: Rulebook, rules_of: RulesOf | None = None) -> tuple[Finding, ...]:
    """What is wrong with ``rulebook``, its tax tables first.

    Whether its areas exist is asked of ``rules_of``; without it, that is left open.
    """
    return (
        *lint(rulebook.tax_tables),
        *_lint_shipping(rulebook.methods),
        *_lint_codes(rulebook),
        *_lint_validity(MARKETS, (terms.validity for terms in rulebook.terms)),
        *(() if rules_of is None else lint_places(rulebook, rules_of)),
    )


def _lint_shipping(methods: tuple[ListedMethod, ...]) -> Iterator[Finding]:
    named = [_any_price(method) for method in methods]
    yield from _repeated(SHIPPING, [each.id for each in named])
    yield from _lint_validity(SHIPPING, (method.validity for method in methods))
    for place, method in enumerate(named, 1):
        for message in _lint_method(method):
            yield Finding(SHIPPING, place, Severity.ERROR, message)


def _any_price(listed: ListedMethod) -> ShippingMethod:
    """One of its forms: they differ in amounts alone."""
    methods = [*listed.priced.values(), listed.otherwise]
    return next(method for method in methods if method is not None)


def _lint_method(method: ShippingMethod) -> Iterator[str]:
    allowed = method.allowed or ()
    listed = method.price.prices if isinstance(method.price, PriceByArea) else ()
    areas = (*allowed, *method.excluded, *(area for areas, _ in listed for area in areas))
    for area in areas:
        if not well_formed(area):
            yield f"{area_name(area)} is no postal pattern"
    if method.allowed is not None and all(
        any(covers(no, area) for no in method.excluded) for area in allowed
    ):
        yield "it goes nowhere: every area it is allowed in is excluded"
    if isinstance(method.price, PriceByWeight):
        weights = [grams for grams, _ in method.price.brackets]
        if weights != sorted(set(weights)):
            yield "a bracket of weight is never reached: they must rise"


def _lint_codes(rulebook: Rulebook) -> Iterator[Finding]:
    coupons = [code_key(coupon.code) for coupon in rulebook.coupons]
    stored = [code_key(each.code) for each in rulebook.stored]
    yield from _repeated(COUPONS, coupons)
    yield from _repeated(STORED, [*stored, *set(coupons)])
    yield from _lint_validity(COUPONS, (coupon.validity for coupon in rulebook.coupons))
    yield from _lint_validity(STORED, (each.validity for each in rulebook.stored))
    for place, coupon in enumerate(rulebook.coupons, 1):
        if _takes_more_than_all(coupon):
            yield Finding(COUPONS, place, Severity.WARNING, "it takes off more than 100 %")


def _takes_more_than_all(coupon: Coupon) -> bool:
    return isinstance(coupon.off, PercentOff) and coupon.off.percent > Decimal(WHOLE)


def _repeated(table: str, names: list[str]) -> Iterator[Finding]:
    for name, count in Counter(names).items():
        if count > 1:
            place = names.index(name) + 1
            yield Finding(table, place, Severity.ERROR, f"{name} is there {count} times")


def _lint_validity(table: str, validities: Iterable[Validity]) -> Iterator[Finding]:
    for place, validity in enumerate(validities, 1):
        if validity.empty:
            message = f"it ends on {validity.end}, before it begins"
            yield Finding(table, place, Severity.ERROR, message)
