"""The tree, its tags, and strategies that act by them."""

import gc
import weakref
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from gateway.engine.pricing import pipeline, tags
from gateway.engine.pricing.discounts import AmountOff
from gateway.engine.pricing.ledger import Ledger
from gateway.engine.pricing.pipeline import STANDARD_STEPS
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import FixedRates, NodeKind, Purchase, build_nodes
from gateway.engine.pricing.snapshots import take_snapshot
from gateway.engine.pricing.strategies import Pipeline
from tests.engine.purchases import (
    FULL_PURCHASE,
    GB,
    GOLDEN,
    USD,
    item,
    net_tax_gross,
    order_discount,
    price_items,
    purchase,
    purchases,
)

# -- R72: the tree


def test_a_purchase_of_n_items_has_n_nodes_and_a_root() -> None:
    """R72."""
    assert len(build_nodes(purchase(item(1), item(2), item(3)))) == 4
    assert [node.id for node in build_nodes(FULL_PURCHASE)] == [
        "",
        "0",
        "1",
        "1.0",
        "1.1",
        "surcharge.0",
    ]


@settings(max_examples=60, deadline=None)
@given(purchases)
def test_the_nested_shape_is_the_trees(described: Purchase) -> None:
    """R72: any depth of bundles."""
    nodes = build_nodes(described)
    assert [node.position for node in nodes] == list(range(len(nodes)))
    assert nodes[0].end == len(nodes)

    def item_paths(items: Iterable[Any], path: str = "") -> list[str]:
        paths = []
        for index, child in enumerate(items):
            child_path = f"{path}{index}"
            paths += [child_path, *item_paths(child.components, f"{child_path}.")]
        return paths

    assert item_paths(PricedPurchase(described).items) == [
        node.id for node in nodes if node.kind is NodeKind.ITEM
    ]


# -- R73: tagging


def only_item_tags(priced_purchase: PricedPurchase) -> set[str]:
    return set(priced_purchase.items[0].tags)


def test_tags_follow_from_what_an_item_is() -> None:
    """R73."""
    assert only_item_tags(price_items(item(100))) == {
        "TAXABLE",
        "SHIPPABLE",
        "DISCOUNTABLE",
        "NEEDS_ADDRESS",
    }
    digital = price_items(item(100, tags=frozenset({"DIGITAL", "SHIPPABLE"})))
    assert only_item_tags(digital) == {"TAXABLE", "DIGITAL", "DISCOUNTABLE"}
    untaxed = item(
        100, tax_source=FixedRates(()), discount=AmountOff(1), tags=frozenset({"OVERSIZE"})
    )
    assert only_item_tags(price_items(untaxed, destination=GB)) == {
        "TAX_EXEMPT", "SHIPPABLE", "DISCOUNTABLE", "DISCOUNTED", "OVERSIZE",
    }  # fmt: skip
    dearer = item(100, price_when_added=99, grams=30_001, tags=frozenset({"NOT_DISCOUNTABLE"}))
    assert only_item_tags(price_items(dearer, destination=GB)) == {
        "TAXABLE", "SHIPPABLE", "NOT_DISCOUNTABLE", "PRICE_CHANGED", "OVERSIZE",
    }  # fmt: skip


def test_given_tags_that_do_not_hold_are_left_out() -> None:
    """R73: derived ones are derived anew."""
    claimed = frozenset({"PRICE_CHANGED", "DISCOUNTED", "NEEDS_ADDRESS", "TAXABLE", "TAX_EXEMPT"})
    priced_purchase = price_items(item(100, tags=claimed), destination=GB)
    assert only_item_tags(priced_purchase) == {"TAX_EXEMPT", "SHIPPABLE", "DISCOUNTABLE"}


def test_the_root_has_what_any_item_has_and_the_rest_only_if_all_have() -> None:
    digital = item(1, tags=frozenset({"DIGITAL"}))
    assert "DIGITAL" in price_items(digital).tags
    mixed = price_items(digital, item(1))
    assert set(mixed.tags) == {"TAXABLE", "SHIPPABLE", "DISCOUNTABLE", "NEEDS_ADDRESS"}
    reduced = price_items(item(1), discounts=(order_discount(AmountOff(1)),), destination=GB)
    assert "DISCOUNTED" in reduced.tags
    assert price_items().tags == ()


@settings(max_examples=60, deadline=None)
@given(purchases)
def test_tagging_twice_is_tagging_once(described: Purchase) -> None:
    """R73: also when each item brings the tags it was given the first time."""
    tagged_ledger = Pipeline(STANDARD_STEPS).by_name["tag"](
        Ledger(described, build_nodes(described))
    )
    assert pipeline.add_tags(tagged_ledger) == tagged_ledger

    def with_own_tags(items: tuple[Any, ...], priced_items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            replace(
                described_item,
                tags=frozenset(priced_item.tags),
                components=with_own_tags(described_item.components, priced_item.components),
            )
            for described_item, priced_item in zip(items, priced_items, strict=True)
        )

    priced_purchase = PricedPurchase(described)
    again = replace(described, items=with_own_tags(described.items, priced_purchase.items))
    assert PricedPurchase(again).tags == priced_purchase.tags


# -- R74: acting by tag

EXTRA = "some.tag"
STEPS_AND_TAGS = [
    (pipeline.apply_item_discounts, tags.DISCOUNTED, "reduced_prices"),
    (pipeline.apply_order_discounts, tags.DISCOUNTABLE, "amounts"),
]


@pytest.mark.parametrize(("work", "tag", "column"), STEPS_AND_TAGS)
@settings(max_examples=40, deadline=None)
@given(described=purchases)
def test_a_strategy_touches_only_nodes_with_its_tags(
    work: Callable[[Ledger], Ledger], tag: str, column: str, described: Purchase
) -> None:
    """R74."""
    ledger = PricedPurchase(described).ledger_after("order discounts")
    before = ledger.prices if column == "reduced_prices" else ledger.reduced_prices
    after = getattr(work(ledger), column)
    untagged = [node.position for node in ledger.nodes if tag not in ledger.tags[node.position]]
    assert all(after[position] == before[position] for position in untagged)


def test_only_shippable_items_are_weighed_and_only_taxable_ones_taxed() -> None:
    """R74."""
    digital = item(700, tags=frozenset({"DIGITAL", "TAX_EXEMPT"}), grams=5_000)
    priced_purchase = price_items(digital, item(300, grams=10), destination=GB, tax_tables=GOLDEN)
    first, second = priced_purchase.items
    assert (net_tax_gross(first.total), net_tax_gross(second.total)) == (
        (700, 0, 700),
        (300, 60, 360),
    )
    assert first.tax_lines is not None
    assert [line.reason for line in first.tax_lines] == ["the item is exempt"]


def test_currencies_are_the_purchases_own() -> None:
    assert price_items(item(1)).currency == USD


def test_figures_go_with_their_last_reader() -> None:
    """No cycle waits for the collector, which would stop every request at once."""
    gc.disable()
    try:
        priced_purchase = PricedPurchase(FULL_PURCHASE)
        take_snapshot(priced_purchase)
        reference = weakref.ref(priced_purchase)
        del priced_purchase
        assert reference() is None
    finally:
        gc.enable()
