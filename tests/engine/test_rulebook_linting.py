"""The linter on shipping methods, codes and terms."""

from datetime import date
from decimal import Decimal

from gateway.engine.area_texts import area
from gateway.engine.codes import Coupon, StoredValue
from gateway.engine.discounts import PercentOff
from gateway.engine.rulebook import ListedMethod, Rulebook, Terms
from gateway.engine.rulebook_linting import lint_rulebook
from gateway.engine.shipping import FlatPrice, PriceByArea, PriceByWeight, ShippingMethod
from gateway.engine.taxes import TaxRule, TaxTable, TaxTables
from gateway.engine.validity import Validity

TABLES = TaxTables(TaxTable("default"))
BACKWARDS = Validity(date(2026, 2, 1), date(2026, 1, 1))


def found(book: Rulebook) -> list[tuple[str, int | None, str, str]]:
    return [
        (each.table, each.place, each.severity.value, each.message) for each in lint_rulebook(book)
    ]


def listed(method: ShippingMethod) -> ListedMethod:
    return ListedMethod({"USD": method})


def test_tax_tables_come_first() -> None:
    table = TaxTable("default", (TaxRule((area("GB"),), Decimal(-1)),))
    book = Rulebook(TaxTables(table), (Terms(validity=BACKWARDS),))
    assert [(each[0], each[1]) for each in found(book)] == [("default", 1), ("markets", 1)]


def test_shipping_methods() -> None:
    gb, london = area("GB"), area("GB SW*")
    methods = (
        ShippingMethod("a", "A", FlatPrice(1), allowed=(london,), excluded=(gb,)),
        ShippingMethod("a", "A", PriceByWeight(((500, 1), (500, 2)))),
        ShippingMethod("b", "B", PriceByArea((((area("GB S*W"),), 1),))),
        ShippingMethod("c", "C", FlatPrice(1), allowed=(gb,), excluded=(london,)),
    )
    assert found(Rulebook(TABLES, methods=tuple(map(listed, methods)))) == [
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
            Coupon("B", "B", too_much, validity=BACKWARDS),
        ),
        stored=(StoredValue("b", "USD", 1), StoredValue("C", "USD", 1, BACKWARDS)),
    )
    never = "it ends on 2026-01-01, before it begins"
    assert found(book) == [
        ("coupons", 1, "error", "A is there 2 times"),
        ("stored_value", 1, "error", "B is there 2 times"),
        ("coupons", 3, "error", never),
        ("stored_value", 2, "error", never),
        ("coupons", 3, "warning", "it takes off more than 100 %"),
    ]


def test_all_may_be_taken_off_but_not_more() -> None:
    coupons = tuple(Coupon(each, each, PercentOff(Decimal(each))) for each in ("100", "100.01"))
    assert found(Rulebook(TABLES, coupons=coupons)) == [
        ("coupons", 2, "warning", "it takes off more than 100 %")
    ]
