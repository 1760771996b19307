"""Variants: what they cost, how many can be sold, and the line of a purchase they make."""

from dataclasses import replace

import pytest

from gateway.engine.catalogue.products import (
    BundleComponent,
    NotSoldInCurrency,
    Stock,
    Variant,
    VariantQuantity,
    build_item,
)
from gateway.engine.pricing.purchase import Item, RatesByTable

MUG = Variant(
    "var_mug", "prd_mug", "MUG", "Mug", {"USD": 1200, "EUR": 1100}, grams=350, stock=Stock(7)
)
COFFEE = Variant(
    "var_coffee",
    "prd_coffee",
    "COFFEE",
    "Coffee",
    {"USD": 900},
    tax_category="food",
    grams=250,
    stock=Stock(0, backorder=True, ships_in_days=1, backorder_days=14),
)
BUNDLE = Variant(
    "var_set",
    "prd_set",
    "SET",
    "Breakfast set",
    {"USD": 100},
    grams=50,
    discountable=False,
    components=(BundleComponent(MUG, 2, {"USD": 1000}), BundleComponent(COFFEE, 1, {"USD": 800})),
)


def test_a_bundle_costs_what_it_and_its_parts_cost() -> None:
    assert BUNDLE.price("USD") == 100 + 2 * 1000 + 800
    assert BUNDLE.price("EUR") is None
    assert MUG.price("EUR") == 1100


@pytest.mark.parametrize(
    ("stock", "quantity", "sells", "days"),
    [
        (Stock(), 1_000_000, True, 0),
        (Stock(3), 3, True, 0),
        (Stock(3, ships_in_days=2, backorder_days=9), 4, False, 9),
        (Stock(3, backorder=True, ships_in_days=2, backorder_days=9), 3, True, 2),
        (Stock(-2, backorder=True, backorder_days=14), 1, True, 14),
    ],
)
def test_stock(stock: Stock, quantity: int, sells: bool, days: int) -> None:  # noqa: FBT001
    assert (stock.can_sell(quantity), stock.days_to_ship(quantity)) == (sells, days)


def test_a_bundle_costs_what_the_bundles_in_it_cost_with_their_parts() -> None:
    nest = replace(BUNDLE, id="var_nest", components=(BundleComponent(BUNDLE, 2, {"USD": 50}),))
    assert nest.price("USD") == 100 + 2 * (50 + 2 * 1000 + 800)
    line = build_item(VariantQuantity(nest, 1), "USD", includes_tax=False)
    [part] = line.components
    assert (part.unit_price, [(each.unit_price, each.quantity) for each in part.components]) == (
        50,
        [(1000, 2), (800, 1)],
    )
    assert [
        (each.variant.id, each.quantity, each.parent.id, each.depth)
        for each in nest.nested_components()
    ] == [
        ("var_set", 2, "var_nest", 0),
        ("var_mug", 2, "var_set", 1),
        ("var_coffee", 1, "var_set", 1),
    ]


def test_a_bundle_is_there_as_often_as_its_parts() -> None:
    assert MUG.available == 7
    assert BUNDLE.available == 0
    stocked = replace(BUNDLE, components=BUNDLE.components[:1])
    assert stocked.available == 3
    assert (stocked.can_sell(3), stocked.can_sell(4)) == (True, False)
    assert (stocked.days_to_ship(1), BUNDLE.days_to_ship(1)) == (0, 14)
    assert replace(BUNDLE, components=()).available is None
    assert BUNDLE.stock_demand(3) == {"var_set": 3, "var_mug": 6, "var_coffee": 3}


def test_a_variant_as_a_line() -> None:
    line = build_item(VariantQuantity(BUNDLE, 3, price_when_added=3000), "USD", includes_tax=True)
    assert (line.reference, line.variant_id, line.name) == ("var_set", "var_set", "Breakfast set")
    assert (line.unit_price, line.quantity, line.price_when_added) == (100, 3, 200)
    assert line.tags == frozenset({"NOT_DISCOUNTABLE"})
    mug, coffee = line.components
    assert (mug.unit_price, mug.quantity, mug.grams, mug.includes_tax) == (1000, 2, 350, True)
    assert mug.tags == frozenset()
    assert coffee.tax_source == RatesByTable(None, "food")
    assert coffee.tags == frozenset({"BACKORDER"})


def test_a_price_that_did_not_change_is_no_change() -> None:
    line = build_item(VariantQuantity(BUNDLE, 1, price_when_added=2900), "USD", includes_tax=False)
    assert line.price_when_added == line.unit_price


def test_parts_count_for_each_bundle_that_holds_them() -> None:
    four = build_item(VariantQuantity(BUNDLE, 4), "USD", includes_tax=False)
    assert four.components[0].tags == frozenset({"BACKORDER"})


def test_what_is_not_sold_for_a_currency_makes_no_line() -> None:
    with pytest.raises(NotSoldInCurrency) as raised:
        build_item(VariantQuantity(BUNDLE, 1), "EUR", includes_tax=False)
    assert str(raised.value) == "SET in EUR"
    with pytest.raises(NotSoldInCurrency) as raised:
        build_item(VariantQuantity(replace(MUG, sku=""), 1), "GBP", includes_tax=False)
    assert str(raised.value) == "Mug in GBP"


def test_a_bundle_without_a_price_in_the_currency_has_none() -> None:
    assert replace(BUNDLE, prices={}).price("USD") is None
    mug, coffee = BUNDLE.components
    unpriced = replace(BUNDLE, components=(replace(mug, prices={}), coffee))
    assert unpriced.price("USD") is None
    # Nor is it known then what the bundle itself cost.
    free = replace(BUNDLE, components=(replace(coffee, prices={"USD": 0}),))
    line = build_item(VariantQuantity(free, 1, price_when_added=150), "USD", includes_tax=False)
    assert line.price_when_added == 150


def test_a_line_carries_all_of_its_variant() -> None:
    exact = replace(COFFEE, tax_table="warranty", tags=frozenset({"DIGITAL"}), stock=Stock(2))
    line = build_item(VariantQuantity(exact, 2, price_when_added=950), "USD", includes_tax=False)
    assert line == Item(
        reference="var_coffee",
        name="Coffee",
        unit_price=900,
        quantity=2,
        includes_tax=False,
        tax_source=RatesByTable("warranty", "food"),
        tags=frozenset({"DIGITAL"}),
        grams=250,
        price_when_added=950,
        variant_id="var_coffee",
    )


def test_what_is_not_listed_is_not_sold() -> None:
    assert not replace(MUG, listed=False).can_sell(1)
    unlisted = replace(BUNDLE, components=(BundleComponent(replace(MUG, listed=False), 1, {}),))
    assert not unlisted.can_sell(1)


def test_a_part_that_stands_twice_is_taken_twice() -> None:
    mug, _ = BUNDLE.components
    twice = replace(BUNDLE, stock=Stock(2), components=(mug, mug))
    assert twice.stock_demand(2) == {"var_set": 2, "var_mug": 8}
    assert (twice.available, replace(twice, stock=Stock(-1)).available) == (2, 0)
    slow = replace(twice, stock=Stock(0, backorder_days=3))
    assert (slow.days_to_ship(1), slow.can_sell(1)) == (3, False)
