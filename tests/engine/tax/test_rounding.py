"""R80: how taxes are rounded: every mode, level and side, rates apart and together."""

from decimal import Decimal

import pytest

from gateway.engine.pricing.discounts import AmountOff
from gateway.engine.pricing.purchase import ExtraCharge, FixedRates
from gateway.engine.tax.line_tax import TaxRate
from tests.engine.purchases import (
    item,
    item_taxes,
    net_tax_gross,
    policy,
    price_items,
    rates,
    tax_line_rows,
    tax_summary_rows,
)


def test_the_golden_rounding_vectors() -> None:
    """R80: three lines of 0.30 at 5 %."""
    three = [item(30, 1, "5")] * 3
    assert net_tax_gross(price_items(*three, rounding=policy("HALF_UP", "LINE")).total) == (
        90,
        6,
        96,
    )
    total = price_items(*three, rounding=policy("HALF_EVEN", "TOTAL"))
    assert net_tax_gross(total.total) == (90, 4, 94)
    assert item_taxes(total) == [2, 1, 1]


@pytest.mark.parametrize(
    ("mode", "taxes_of"),
    [
        # 5 % of 0.10, 0.30, 0.42 and 0.58: halves, then 2.1 and 2.9
        ("UP", [1, 2, 3, 3]),
        ("DOWN", [0, 1, 2, 2]),
        ("CEILING", [1, 2, 3, 3]),
        ("FLOOR", [0, 1, 2, 2]),
        ("HALF_UP", [1, 2, 2, 3]),
        ("HALF_DOWN", [0, 1, 2, 3]),
        ("HALF_EVEN", [0, 2, 2, 3]),
    ],
)
def test_every_mode(mode: str, taxes_of: list[int]) -> None:
    """R80."""
    priced_purchase = price_items(
        *(item(price, 1, "5") for price in (10, 30, 42, 58)), rounding=policy(mode)
    )
    assert item_taxes(priced_purchase) == taxes_of


@pytest.mark.parametrize(
    ("mode", "tax"),
    [("UP", -2), ("DOWN", -1), ("CEILING", -1), ("FLOOR", -2), ("HALF_UP", -2),
     ("HALF_DOWN", -1), ("HALF_EVEN", -2)],
)  # fmt: skip
def test_modes_below_zero(mode: str, tax: int) -> None:
    """R80: a surcharge of -0.30 at 5 %."""
    priced_purchase = price_items(
        surcharges=(ExtraCharge("less", -30, tax_source=rates("5")),), rounding=policy(mode)
    )
    assert net_tax_gross(priced_purchase.items_total) == (-30, tax, -30 + tax)


@pytest.mark.parametrize(
    ("level", "expected"),
    [("UNIT", [9, 1]), ("LINE", [8, 1]), ("TOTAL", [8, 0])],
)
def test_every_level(level: str, expected: list[int]) -> None:
    """R80: three times 0.35 at 7.5 % (2.625 each, 7.875 the line), and 0.06 (0.45, 8.325 all)."""
    priced_purchase = price_items(
        item(35, 3, "7.5"), item(8, 1, "7.5"), rounding=policy("HALF_UP", level)
    )
    assert item_taxes(priced_purchase) == expected


def test_a_units_tax_is_of_the_discounted_unit() -> None:
    """R80: ten at 0.99 less 0.09 in all are 0.981 each: 0.19620 of tax, 0.20 a unit."""
    reduced = item(99, 10, "20", discount=AmountOff(9))
    assert net_tax_gross(price_items(reduced, rounding=policy(level="UNIT")).total) == (
        981,
        200,
        1181,
    )


def test_a_parts_unit_is_one_of_all_there_are() -> None:
    """R80: two bundles of three at 0.35: six units of 2.625."""
    bundle = item(0, 2, "7.5", components=(item(35, 3, "7.5"),))
    priced_purchase = price_items(bundle, rounding=policy(level="UNIT"))
    assert net_tax_gross(priced_purchase.total) == (210, 18, 228)


TWO_RATES = rates("5", "9.975")


@pytest.mark.parametrize(
    ("per_rate", "level", "expected"),
    [
        # 1.10: 5.5 and 10.9725, 16.4725 together
        (True, "LINE", [6, 11]),
        (False, "LINE", [5, 11]),
        (True, "TOTAL", [6, 11]),
        (False, "TOTAL", [5, 11]),
        (False, "UNIT", [5, 11]),
    ],
)
def test_rates_apart_or_together(per_rate: bool, level: str, expected: list[int]) -> None:  # noqa: FBT001
    """R80: together is one rounding, split by the largest remainder."""
    priced_purchase = price_items(
        item(110, tax_source=TWO_RATES), rounding=policy(level=level, per_rate=per_rate)
    )
    assert [line[3] for line in tax_line_rows(priced_purchase.items[0])] == expected


@pytest.mark.parametrize(("side", "expected"), [("TAX", (9, 2, 11)), ("NET", (9, 2, 11))])
def test_the_other_side_is_what_is_left(side: str, expected: tuple[int, int, int]) -> None:
    included = item(11, 1, "20", includes_tax=True)  # 9.1667 and 1.8333
    assert net_tax_gross(price_items(included, rounding=policy(side=side)).total) == expected


def test_the_rounded_side_decides_a_tie() -> None:
    """R80: 0.15 at 20 %: 12.5 and 2.5."""
    included = item(15, 1, "20", includes_tax=True)
    for side, expected in (("TAX", (12, 3, 15)), ("NET", (13, 2, 15))):
        for level in ("UNIT", "LINE", "TOTAL"):
            priced_purchase = price_items(included, rounding=policy(level=level, side=side))
            assert net_tax_gross(priced_purchase.total) == expected


def test_the_net_of_several_rates_is_rounded_once() -> None:
    """R80: 1.15 with 5 and 10 %: exactly 1.00; 1.16: net 100.87, tax 15 as 5.04 and 10.09."""
    priced_purchase = price_items(
        item(116, tax_source=rates("5", "10"), includes_tax=True), rounding=policy(side="NET")
    )
    assert tax_line_rows(priced_purchase.items[0]) == [
        ("tax5", "5", 101, 5),
        ("tax10", "10", 101, 10),
    ]


def test_many_rounded_units_leave_no_rate_less_than_nothing() -> None:
    """R80: two at 0.03 with 20 and 0 %: 2.5 net, 3 rounded up, so no tax at all."""
    both = item(3, 2, tax_source=rates("20", "0"), includes_tax=True)
    priced_purchase = price_items(both, rounding=policy("UP", "UNIT", per_rate=False, side="NET"))
    assert [line[3] for line in tax_line_rows(priced_purchase.items[0])] == [0, 0]
    # A thousand at 0.10 with 5 and 10 %: 1.5 each, 2 rounded, one of it by each rate.
    many = item(10, 1000, tax_source=rates("5", "10"))
    priced_purchase = price_items(many, rounding=policy("HALF_UP", "UNIT", per_rate=False))
    assert [line[3] for line in tax_line_rows(priced_purchase.items[0])] == [1000, 1000]


def test_the_total_of_all_rates_by_net_is_one_rounding() -> None:
    """R80: 0.15 at 20 % (12.5) and 0.05 at 25 % (4.0): 16.5 net, 17 rounded, 3 of tax."""
    both = (item(15, 1, "20", includes_tax=True), item(5, 1, "25", includes_tax=True))
    rounded_once = price_items(*both, rounding=policy(level="TOTAL", side="NET", per_rate=False))
    assert (net_tax_gross(rounded_once.total), item_taxes(rounded_once)) == ((17, 3, 20), [2, 1])
    rounded_by_rate = price_items(*both, rounding=policy(level="TOTAL", side="NET"))
    assert (net_tax_gross(rounded_by_rate.total), item_taxes(rounded_by_rate)) == (
        (17, 3, 20),
        [2, 1],
    )


def test_the_total_counts_items_surcharges_and_shipping_together() -> None:
    """R80: 0.10 three times at 5 %: 1.5 in all."""
    priced_purchase = price_items(
        item(10, 1, "5"),
        surcharges=(ExtraCharge("wrap", 10, tax_source=rates("5")),),
        shipping=(ExtraCharge("post", 10, tax_source=rates("5")),),
        rounding=policy("HALF_UP", "TOTAL"),
    )
    assert net_tax_gross(priced_purchase.items[0].total)[1] == 1
    assert (
        net_tax_gross(priced_purchase.items_total)[1],
        net_tax_gross(priced_purchase.shipping_total)[1],
    ) == (1, 1)
    assert net_tax_gross(priced_purchase.total) == (30, 2, 32)
    assert tax_summary_rows(priced_purchase) == [("tax5", "5", 30, 2)]


def test_what_costs_nothing_bears_no_carried_rounding() -> None:
    """R80: the last line that is taxed gets what is left, not the free shipping."""
    priced_purchase = price_items(
        item(110, tax_source=TWO_RATES),
        shipping=(ExtraCharge("free", 0, tax_source=TWO_RATES),),
        rounding=policy(level="TOTAL", per_rate=False),
    )
    assert net_tax_gross(priced_purchase.shipping_total) == (0, 0, 0)
    assert net_tax_gross(priced_purchase.total) == (110, 16, 126)


def test_one_name_and_rate_is_one_rate_included_or_added() -> None:
    """R80: at TOTAL the sums are per rate: 2.5 included, 2.5 added, 5 together."""
    priced_purchase = price_items(
        item(15, 1, "20", includes_tax=True),
        item(1250, 1, "0.2", tax_source=rates("20")),
        rounding=policy(level="TOTAL"),
    )
    assert net_tax_gross(priced_purchase.total)[1] == 253
    assert len(tax_summary_rows(priced_purchase)) == 1


def test_the_summary_groups_by_name_and_rate() -> None:
    with_decimals = FixedRates((TaxRate("VAT", Decimal("20.0")),))
    without_decimals = FixedRates((TaxRate("VAT", Decimal(20)),))
    priced_purchase = price_items(
        item(100, tax_source=with_decimals),
        item(200, tax_source=without_decimals),
        item(50, 1, "20"),
    )
    assert tax_summary_rows(priced_purchase) == [("VAT", "20.0", 300, 60), ("tax20", "20", 50, 10)]
