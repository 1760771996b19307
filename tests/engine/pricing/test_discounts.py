"""Bundles, discounts and stored value: what is taxed, and what bears which share."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.engine.pricing.discounts import AmountOff, AmountOffPerUnit
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import ExtraCharge, Item
from gateway.engine.tax.line_tax import TaxState
from tests.engine.purchases import (
    GOLDEN,
    TODAY,
    item,
    net_tax_gross,
    order_discount,
    percent_off,
    policy,
    price_items,
    rates,
    tax_line_rows,
    tax_summary_rows,
    usd,
)

# -- bundles


def test_a_bundles_figures_include_its_parts() -> None:
    """R78: each part is taxed as a line of its own."""
    bundle = item(
        1000, 2, "20", components=(item(300, 1, "5"), item(0, 4, "20"), item(200, 2, "5"))
    )
    priced_purchase = price_items(bundle, item(100, 1, "20"))
    priced_bundle = priced_purchase.items[0]
    assert net_tax_gross(priced_bundle.total) == (2000 + 600 + 800, 400 + 30 + 40, 3870)
    assert tax_line_rows(priced_bundle) == [("tax20", "20", 2000, 400), ("tax5", "5", 1400, 70)]
    assert [net_tax_gross(component.total) for component in priced_bundle.components] == [
        (600, 30, 630), (0, 0, 0), (800, 40, 840),
    ]  # fmt: skip
    assert tax_summary_rows(priced_purchase) == [
        ("tax20", "20", 2100, 420),
        ("tax5", "5", 1400, 70),
    ]


def nested_bundle(depth: int) -> Item:
    inner = item(1, 1, "0")
    for _ in range(depth):
        inner = item(1, 2, "0", components=(replace(inner),))
    return inner


@pytest.mark.parametrize("depth", [1, 2, 10, 60])
def test_bundles_of_any_depth(depth: int) -> None:
    """Twice as many at each level: 2 + 4 + ... + 2^depth, and the innermost again."""
    priced_purchase = price_items(nested_bundle(depth))
    assert (
        net_tax_gross(priced_purchase.total)[0]
        == sum(2**level for level in range(1, depth + 1)) + 2**depth
    )


# -- discounts


def item_discounts(priced_purchase: PricedPurchase) -> list[int]:
    return [each.discount.minor for each in priced_purchase.items]


def test_a_discount_lowers_what_is_taxed() -> None:
    """R82: 10 % off 100.00 at 20 %."""
    priced_purchase = price_items(
        item(10_000, 1, "20"), discounts=(order_discount(percent_off("10")),)
    )
    assert net_tax_gross(priced_purchase.total) == (9000, 1800, 10_800)


def test_stored_value_does_not() -> None:
    """R82: and what is not needed stays on it."""
    priced_purchase = price_items(item(10_000, 1, "20"), stored_value=15_000)
    assert (net_tax_gross(priced_purchase.total), priced_purchase.due) == (
        (10_000, 2000, 12_000),
        usd(0),
    )
    assert priced_purchase.ledger_after("totals").paid_by_stored_value == 12_000


def test_an_items_discount_comes_first_and_is_capped_at_its_line() -> None:
    priced_purchase = price_items(
        item(1000, 2, "0", discount=AmountOffPerUnit(150)),
        item(300, 1, "0", discount=AmountOff(5000)),
        item(333, 1, "0", discount=percent_off("50")),
        discounts=(order_discount(percent_off("10")),),
    )
    # 1700, 0 and 333 - 167; then a tenth of 1866, 187, over 1700 and 166
    assert item_discounts(priced_purchase) == [-300 - 170, -300, -167 - 17]
    assert priced_purchase.discount_total == usd(-954)


@pytest.mark.parametrize(
    ("amounts", "off", "expected"),
    [
        ([100, 100, 100], AmountOff(100), [-34, -33, -33]),
        ([1, 1, 1, 1], AmountOff(2), [-1, -1, 0, 0]),
        ([5, 0, 10], AmountOff(100), [-5, 0, -10]),
        ([333, 333, 334], percent_off("10"), [-33, -33, -34]),
        ([0, 0], AmountOff(5), [0, 0]),
        ([], AmountOff(5), []),
    ],
)
def test_an_orders_discount_is_spread_by_the_largest_remainder(
    amounts: Sequence[int], off: AmountOff, expected: list[int]
) -> None:
    """R82: ties to the earlier line, at most what is there."""
    priced_purchase = price_items(
        *(item(each, 1, "0") for each in amounts), discounts=(order_discount(off),)
    )
    assert item_discounts(priced_purchase) == expected


def test_order_discounts_follow_one_another_and_leave_charges_alone() -> None:
    """10 % of 100.00, then half of the 90.00 that are left."""
    priced_purchase = price_items(
        item(10_000, 1, "0"),
        discounts=(order_discount(percent_off("10"), "A"), order_discount(percent_off("50"), "B")),
        surcharges=(ExtraCharge("wrap", 700, tax_source=rates("0")),),
        shipping=(ExtraCharge("post", 300, tax_source=rates("0"), discount=percent_off("50")),),
    )
    assert net_tax_gross(priced_purchase.total)[2] == 4500 + 700 + 150
    assert [(each.code, each.amount.minor) for each in priced_purchase.adjustments] == [
        ("A", -1000), ("B", -4500), (None, 700),
    ]  # fmt: skip
    assert priced_purchase.discount_total == usd(-5500)


def test_what_is_not_discountable_bears_no_share() -> None:
    gift_card = item(5000, 1, "0", tags=frozenset({"NOT_DISCOUNTABLE"}))
    priced_purchase = price_items(
        gift_card, item(1000, 1, "0"), discounts=(order_discount(percent_off("10")),)
    )
    assert item_discounts(priced_purchase) == [0, -100]


def test_a_discount_is_in_the_prices_own_basis() -> None:
    """120.00 with 20 % in it, less 10 %: 108.00 with 18.00 in it."""
    priced_purchase = price_items(
        item(12_000, 1, "20", includes_tax=True), discounts=(order_discount(percent_off("10")),)
    )
    assert net_tax_gross(priced_purchase.total) == (9000, 1800, 10_800)
    assert priced_purchase.discount_total == usd(-1200)


def test_the_subtotal_is_before_every_discount() -> None:
    priced_purchase = price_items(item(10_000, 1, "20", discount=AmountOff(5000)))
    assert net_tax_gross(priced_purchase.subtotal) == (10_000, 2000, 12_000)
    assert net_tax_gross(priced_purchase.items_total) == (5000, 1000, 6000)


def test_half_a_unit_of_a_discount_is_rounded_up_whatever_the_taxs_mode() -> None:
    for mode in ("DOWN", "HALF_EVEN", "FLOOR"):
        priced_purchase = price_items(
            item(25, 1, "0", discount=percent_off("10")),
            shipping=(ExtraCharge("post", 25, tax_source=rates("0"), discount=percent_off("10")),),
            rounding=policy(mode),
        )
        assert (
            item_discounts(priced_purchase),
            net_tax_gross(priced_purchase.shipping_total)[0],
        ) == ([-3], 22)


def test_nothing_costs_nothing() -> None:
    priced_purchase = price_items(tax_tables=GOLDEN)
    for total in (
        priced_purchase.subtotal,
        priced_purchase.items_total,
        priced_purchase.shipping_total,
        priced_purchase.total,
    ):
        assert net_tax_gross(total) == (0, 0, 0)
    assert (priced_purchase.due, priced_purchase.discount_total, priced_purchase.tax_state) == (
        usd(0),
        usd(0),
        TaxState.FINAL,
    )
    assert (priced_purchase.tax_summary, priced_purchase.adjustments, priced_purchase.items) == (
        (),
        (),
        (),
    )
    assert priced_purchase.purchase.on == TODAY
