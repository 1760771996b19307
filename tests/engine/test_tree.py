"""The tree, its tags, and strategies that act by them."""

import gc
import weakref
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from gateway.engine import stages, tags
from gateway.engine.discounts import AmountOff
from gateway.engine.ledger import Ledger
from gateway.engine.pricing import PricedPurchase
from gateway.engine.records import recorded
from gateway.engine.stages import STANDARD_STEPS
from gateway.engine.strategies import Pipeline
from gateway.engine.tree import NodeKind, Purchase, Rates, nodes_of
from tests.engine.purchases import (
    EVERYTHING,
    GB,
    GOLDEN,
    USD,
    item,
    order_discount,
    priced,
    purchase,
    purchases,
    sides,
)

# -- R72: the tree


def test_a_purchase_of_n_items_has_n_nodes_and_a_root() -> None:
    """R72."""
    assert len(nodes_of(purchase(item(1), item(2), item(3)))) == 4
    assert [node.id for node in nodes_of(EVERYTHING)] == ["", "0", "1", "1.0", "1.1", "surcharge.0"]


@settings(max_examples=60, deadline=None)
@given(purchases)
def test_the_nested_shape_is_the_trees(described: Purchase) -> None:
    """R72: any depth of bundles."""
    nodes = nodes_of(described)
    assert [node.position for node in nodes] == list(range(len(nodes)))
    assert nodes[0].end == len(nodes)

    def seen(items: Iterable[Any], path: str = "") -> list[str]:
        found = []
        for at, each in enumerate(items):
            here = f"{path}{at}"
            found += [here, *seen(each.components, f"{here}.")]
        return found

    assert seen(PricedPurchase(described).items) == [
        node.id for node in nodes if node.kind is NodeKind.ITEM
    ]


# -- R73: tagging


def only(found: PricedPurchase) -> set[str]:
    return set(found.items[0].tags)


def test_tags_follow_from_what_an_item_is() -> None:
    """R73."""
    assert only(priced(item(100))) == {"TAXABLE", "SHIPPABLE", "DISCOUNTABLE", "NEEDS_ADDRESS"}
    digital = priced(item(100, tags=frozenset({"DIGITAL", "SHIPPABLE"})))
    assert only(digital) == {"TAXABLE", "DIGITAL", "DISCOUNTABLE"}
    untaxed = item(100, taxation=Rates(()), discount=AmountOff(1), tags=frozenset({"OVERSIZE"}))
    assert only(priced(untaxed, destination=GB)) == {
        "TAX_EXEMPT", "SHIPPABLE", "DISCOUNTABLE", "DISCOUNTED", "OVERSIZE",
    }  # fmt: skip
    dearer = item(100, price_when_added=99, grams=30_001, tags=frozenset({"NOT_DISCOUNTABLE"}))
    assert only(priced(dearer, destination=GB)) == {
        "TAXABLE", "SHIPPABLE", "NOT_DISCOUNTABLE", "PRICE_CHANGED", "OVERSIZE",
    }  # fmt: skip


def test_given_tags_that_do_not_hold_are_left_out() -> None:
    """R73: derived ones are derived anew."""
    claimed = frozenset({"PRICE_CHANGED", "DISCOUNTED", "NEEDS_ADDRESS", "TAXABLE", "TAX_EXEMPT"})
    found = priced(item(100, tags=claimed), destination=GB)
    assert only(found) == {"TAX_EXEMPT", "SHIPPABLE", "DISCOUNTABLE"}


def test_the_root_has_what_any_item_has_and_the_rest_only_if_all_have() -> None:
    digital = item(1, tags=frozenset({"DIGITAL"}))
    assert "DIGITAL" in priced(digital).tags
    mixed = priced(digital, item(1))
    assert set(mixed.tags) == {"TAXABLE", "SHIPPABLE", "DISCOUNTABLE", "NEEDS_ADDRESS"}
    reduced = priced(item(1), discounts=(order_discount(AmountOff(1)),), destination=GB)
    assert "DISCOUNTED" in reduced.tags
    assert priced().tags == ()


@settings(max_examples=60, deadline=None)
@given(purchases)
def test_tagging_twice_is_tagging_once(described: Purchase) -> None:
    """R73: also when each item brings the tags it was given the first time."""
    once = Pipeline(STANDARD_STEPS).by_name["tag"](Ledger(described, nodes_of(described)))
    assert stages.tag(once) == once

    def with_own_tags(items: tuple[Any, ...], found: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            replace(
                each,
                tags=frozenset(priced.tags),
                components=with_own_tags(each.components, priced.components),
            )
            for each, priced in zip(items, found, strict=True)
        )

    found = PricedPurchase(described)
    again = replace(described, items=with_own_tags(described.items, found.items))
    assert PricedPurchase(again).tags == found.tags


# -- R74: acting by tag

EXTRA = "some.tag"
ACTS_ON = [
    (stages.discount_items, tags.DISCOUNTED, "reduced"),
    (stages.discount_order, tags.DISCOUNTABLE, "amounts"),
]


@pytest.mark.parametrize(("work", "tag", "column"), ACTS_ON)
@settings(max_examples=40, deadline=None)
@given(described=purchases)
def test_a_strategy_touches_only_nodes_with_its_tags(
    work: Callable[[Ledger], Ledger], tag: str, column: str, described: Purchase
) -> None:
    """R74."""
    ledger = PricedPurchase(described).at("order discounts")
    before = ledger.prices if column == "reduced" else ledger.reduced
    after = getattr(work(ledger), column)
    untagged = [node.position for node in ledger.nodes if tag not in ledger.tags[node.position]]
    assert all(after[at] == before[at] for at in untagged)


def test_only_shippable_items_are_weighed_and_only_taxable_ones_taxed() -> None:
    """R74."""
    digital = item(700, tags=frozenset({"DIGITAL", "TAX_EXEMPT"}), grams=5_000)
    found = priced(digital, item(300, grams=10), destination=GB, tax_tables=GOLDEN)
    first, second = found.items
    assert (sides(first.total), sides(second.total)) == ((700, 0, 700), (300, 60, 360))
    assert first.tax_lines is not None
    assert [line.reason for line in first.tax_lines] == ["the item is exempt"]


def test_currencies_are_the_purchases_own() -> None:
    assert priced(item(1)).currency == USD


def test_figures_go_with_their_last_reader() -> None:
    """No cycle waits for the collector, which would stop every request at once."""
    gc.disable()
    try:
        found = PricedPurchase(EVERYTHING)
        recorded(found)
        gone = weakref.ref(found)
        del found
        assert gone() is None
    finally:
        gc.enable()
