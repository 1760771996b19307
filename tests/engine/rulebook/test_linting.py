"""The linter on shipping methods, codes and terms."""

from datetime import date
from decimal import Decimal

from gateway.engine.areas.notation import parse_area
from gateway.engine.pricing.discount_codes import Coupon, StoredValue
from gateway.engine.pricing.discounts import PercentOff
from gateway.engine.pricing.shipping import FlatPrice, PriceByArea, PriceByWeight, ShippingMethod
from gateway.engine.rulebook.linting import lint_rulebook
from gateway.engine.rulebook.rulebook import MarketTerms, MultiCurrencyMethod, Rulebook
from gateway.engine.tax.tax_tables import TaxRule, TaxTable, TaxTables
from gateway.engine.validity import Validity

TABLES = TaxTables(TaxTable("default"))
BACKWARDS_VALIDITY = Validity(date(2026, 2, 1), date(2026, 1, 1))


def findings(book: Rulebook) -> list[tuple[str, int | None, str, str]]:
    return [
        (each.table, each.position, each.severity.value, each.message)
        for each in lint_rulebook(book)
    ]


def dollar_method(method: ShippingMethod) -> MultiCurrencyMethod:
    return MultiCurrencyMethod({"USD": method})


def test_tax_tables_come_first() -> None:
    table = TaxTable("default", (TaxRule((parse_area("GB"),), Decimal(-1)),))
    book = Rulebook(TaxTables(table), (MarketTerms(validity=BACKWARDS_VALIDITY),))
    assert [(each[0], each[1]) for each in findings(book)] == [("default", 1), ("markets", 1)]


def test_shipping_methods() -> None:
    gb, london = parse_area("GB"), parse_area("GB SW*")
    methods = (
        ShippingMethod("a", "A", FlatPrice(1), allowed=(london,), excluded=(gb,)),
        ShippingMethod("a", "A", PriceByWeight(((500, 1), (500, 2)))),
        ShippingMethod("b", "B", PriceByArea((((parse_area("GB S*W"),), 1),))),
        ShippingMethod("c", "C", FlatPrice(1), allowed=(gb,), excluded=(london,)),
    )
    assert findings(Rulebook(TABLES, methods=tuple(map(dollar_method, methods)))) == [
        ("shipping", 1, "error", "a is there 2 times"),
        ("shipping", 1, "error", "it goes nowhere: every area it is allowed in is excluded"),
        ("shipping", 2, "error", "a bracket of weight is never reached: they must rise"),
        ("shipping", 3, "error", "GB S*W is no postal pattern"),
    ]


def test_codes() -> None:
    tenth, too_much = PercentOff(Decimal(10)), PercentOff(Decimal(101))
    book = Rulebook(
        TABLES,
        coupons=(
            Coupon("A", "A", tenth),
            Coupon(" a", "A", tenth),
            Coupon("B", "B", too_much, validity=BACKWARDS_VALIDITY),
        ),
        stored_values=(StoredValue("b", "USD", 1), StoredValue("C", "USD", 1, BACKWARDS_VALIDITY)),
    )
    message = "it ends on 2026-01-01, before it begins"
    assert findings(book) == [
        ("coupons", 1, "error", "A is there 2 times"),
        ("stored_value", 1, "error", "B is there 2 times"),
        ("coupons", 3, "error", message),
        ("stored_value", 2, "error", message),
        ("coupons", 3, "warning", "it takes off more than 100 %"),
    ]


def test_all_may_be_taken_off_but_not_more() -> None:
    coupons = tuple(Coupon(each, each, PercentOff(Decimal(each))) for each in ("100", "100.01"))
    assert findings(Rulebook(TABLES, coupons=coupons)) == [
        ("coupons", 2, "warning", "it takes off more than 100 %")
    ]
