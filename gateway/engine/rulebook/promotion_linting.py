"""Linting of promotions and tier prices: names, codes, days, and what they refer to."""

from collections import Counter
from collections.abc import Iterator

from gateway.engine.areas.coverage import is_well_formed
from gateway.engine.pricing.discount_codes import normalize_code
from gateway.engine.pricing.promotions import FreeShipping, Promotion
from gateway.engine.rulebook.rulebook import Rulebook
from gateway.engine.tax.table_linting import LintFinding, Severity
from gateway.engine.tax.tax_tables import format_area

PROMOTIONS, TIERS = "promotions", "tiers"


def number_promotions(rulebook: Rulebook) -> Iterator[tuple[str, int, Promotion]]:
    """Each promotion with the part of the file that it stands in, and its number there."""
    counts: Counter[str] = Counter()
    for promotion in rulebook.promotions:
        table = TIERS if promotion.is_price else PROMOTIONS
        counts[table] += 1
        yield table, counts[table], promotion


def lint_promotions(rulebook: Rulebook) -> Iterator[LintFinding]:
    """Yield the mistakes in the promotions and tier prices of ``rulebook``."""
    names = Counter(promotion.name for promotion in rulebook.promotions)
    codes = Counter(
        normalize_code(code)
        for code in (
            *(promotion.code for promotion in rulebook.promotions if promotion.code),
            *(coupon.code for coupon in rulebook.coupons),
            *(stored_value.code for stored_value in rulebook.stored_values),
        )
    )
    known_names = {*names, *(coupon.code for coupon in rulebook.coupons)}
    method_ids = {
        method.id
        for multi_currency in rulebook.methods
        for method in (*multi_currency.by_currency.values(), multi_currency.fallback)
        if method is not None
    }
    for table, position, promotion in number_promotions(rulebook):
        for message in (
            *_lint_names(promotion, names, codes),
            *_lint_references(promotion, known_names, method_ids),
            *_lint_conditions(promotion),
        ):
            yield LintFinding(table, position, Severity.ERROR, message)


def _lint_names(promotion: Promotion, names: Counter[str], codes: Counter[str]) -> Iterator[str]:
    if names[promotion.name] > 1:
        yield f"{promotion.name} is there {names[promotion.name]} times"
    if promotion.code is not None:
        code = normalize_code(promotion.code)
        if codes[code] > 1:
            yield f"the code {code} is there {codes[code]} times"


def _lint_references(
    promotion: Promotion, known_names: set[str], method_ids: set[str]
) -> Iterator[str]:
    for name in sorted((promotion.combines or frozenset()) - known_names):
        yield f"it combines with {name}, which is no promotion and no coupon code"
    if isinstance(promotion.off, FreeShipping):
        for method_id in sorted((promotion.off.method_ids or frozenset()) - method_ids):
            yield f"there is no shipping method {method_id}"


def _lint_conditions(promotion: Promotion) -> Iterator[str]:
    if promotion.validity.is_empty:
        yield f"it ends on {promotion.validity.end}, before it begins"
    for area in promotion.areas or ():
        if not is_well_formed(area):
            yield f"{format_area(area)} is no postal pattern"
