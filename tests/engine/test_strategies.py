"""Strategies run when they are needed, once, on the nodes that have their tags."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from gateway.engine import stages
from gateway.engine.ledger import Ledger
from gateway.engine.levies import TaxState
from gateway.engine.pricing import PricedPurchase
from gateway.engine.running import StrategyFailed
from gateway.engine.stages import STANDARD_STEPS, Step
from gateway.engine.strategies import Pipeline, StrategyCycle, UnknownStrategy
from gateway.engine.tree import Purchase
from tests.engine.purchases import (
    EVERYTHING,
    NY_10001,
    Spy,
    item,
    order_discount,
    percent_off,
    policy,
    purchase,
    purchases,
    sides,
    usd,
)

TAGGED = ["tag", "place"]
PRICED = ["tag", "price"]
DISCOUNTED = [*PRICED, "item discounts", "order discounts"]
SHIPPED = [*DISCOUNTED, "shipping"]
TAXED = [*SHIPPED, "tax"]
TOTALLED = [*TAXED, "stored value", "totals"]

Read = Callable[[PricedPurchase], object]


def names(found: PricedPurchase) -> object:
    return [(each.reference, each.name, each.quantity, each.components) for each in found.items]


# -- R88: what is read decides what runs


@pytest.mark.parametrize(
    ("read", "ran"),
    [
        (names, []),
        (lambda found: found.currency, []),
        (lambda found: found.items[0].unit_price, []),
        (lambda found: found.tags, TAGGED),
        (lambda found: found.items[1].components[0].tags, TAGGED),
        (lambda found: found.subtotal.net, PRICED),
        (lambda found: found.subtotal.gross, TAXED),
        (lambda found: found.subtotal.tax, TAXED),
        (lambda found: found.discount_total, DISCOUNTED),
        (lambda found: found.adjustments, DISCOUNTED),
        (lambda found: found.items[0].discount, DISCOUNTED),
        (lambda found: found.items[0].total.net, DISCOUNTED),
        (lambda found: found.items_total.net, DISCOUNTED),
        (lambda found: found.items_total.gross, TAXED),
        (lambda found: found.shipping_total.net, SHIPPED),
        (lambda found: found.shipping_name, SHIPPED),
        (lambda found: found.shipping_total.gross, TAXED),
        (lambda found: found.items[0].tax_lines, TAXED),
        (lambda found: found.tax_state, TAXED),
        (lambda found: found.tax_summary, TAXED),
        (lambda found: found.total.net, TOTALLED),
        (lambda found: found.total.gross, TOTALLED),
        (lambda found: found.due, TOTALLED),
        (lambda found: found.explanations, TOTALLED),
    ],
)
def test_only_what_a_figure_needs_runs_and_once(read: Read, ran: list[str]) -> None:
    """R88: however often it is read."""
    spy = Spy()
    found = PricedPurchase(EVERYTHING, spy.pipeline)
    for _ in range(3):
        read(found)
    assert sorted(spy.ran) == sorted(ran)
    assert [name for name in stages_in_order() if name in spy.ran] == spy.ran


def stages_in_order() -> tuple[str, ...]:
    return stages.STANDARD.order


def test_everything_together_runs_everything_once() -> None:
    """R88."""
    spy = Spy()
    found = PricedPurchase(EVERYTHING, spy.pipeline)
    for read in (names, *(getter(name) for name in figures_of(found))):
        read(found)
    assert sorted(spy.ran) == sorted([*TOTALLED, "place"])


def figures_of(found: PricedPurchase) -> list[str]:
    return [name for name in dir(found) if not name.startswith("_") and not callable_of(name)]


def callable_of(name: str) -> bool:
    return callable(getattr(PricedPurchase, name, None))


def getter(name: str) -> Read:
    return lambda found: getattr(found, name)


def test_the_side_that_prices_have_needs_no_tax() -> None:
    """R88: gross where they include tax, net where they do not."""
    spy = Spy()
    found = PricedPurchase(purchase(item(1000, 1, "20", includes_tax=True)), spy.pipeline)
    assert (found.subtotal.gross, found.items_total.gross) == (usd(1000), usd(1000))
    assert "tax" not in spy.ran
    assert found.items_total.net == usd(833)
    assert spy.ran.count("tax") == 1


# -- R89: failing


def failing(_: Ledger) -> Ledger:
    raise ZeroDivisionError


def test_a_failing_strategy_fails_the_figures_that_need_it_alone() -> None:
    """R89: and is tried once."""
    spy = Spy(tax=failing)
    found = PricedPurchase(EVERYTHING, spy.pipeline)
    for read in (lambda: found.total.gross, lambda: found.tax_summary, lambda: found.due):
        with pytest.raises(StrategyFailed, match="tax") as failed:
            read()
        assert isinstance(failed.value.__cause__, ZeroDivisionError)
    assert spy.ran.count("tax") == 1
    assert found.tax_state is TaxState.FAILED
    assert found.items_total.net == usd(2700 + 150)
    assert (found.discount_total, found.shipping_total.net) == (usd(-400), usd(300))


# -- R87: changing


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({"destination": NY_10001}, ["place", "shipping", "tax", "stored value", "totals"]),
        ({"shipping": ()}, ["shipping", "tax", "stored value", "totals"]),
        ({"rounding": policy("UP", "TOTAL")}, ["tax", "stored value", "totals"]),
        ({"tax_tables": None}, ["tax", "stored value", "totals"]),
        ({"stored_value": None}, ["stored value", "totals"]),
        ({"items": EVERYTHING.items[:1]}, [*TOTALLED, "place"]),
        ({"surcharges": ()}, [*TOTALLED, "place"]),
        ({}, []),
    ],
)
def test_a_change_recomputes_what_depends_on_it(change: dict[str, Any], again: list[str]) -> None:
    """R87: a new address does not price anew; and the figures are those of a fresh run."""
    spy = Spy()
    before = PricedPurchase(EVERYTHING, spy.pipeline)
    assert (before.due, "GIFT" in before.tags) == (usd(3014), True)
    spy.ran.clear()
    changed = replace(EVERYTHING, **change)
    after = before.revised(changed)
    assert (after.due, after.tags) == (PricedPurchase(changed).due, PricedPurchase(changed).tags)
    assert sorted(spy.ran) == sorted(again)
    assert sides(before.total) == sides(PricedPurchase(EVERYTHING).total)


@settings(max_examples=40, deadline=None)
@given(purchases, purchases)
def test_a_revised_purchase_is_as_if_new(one: Purchase, other: Purchase) -> None:
    """R87: whatever changed."""
    before = PricedPurchase(one)
    assert before.tags is not None
    assert before.total.gross is not None
    mixed = replace(one, shipping=other.shipping, rounding=other.rounding)
    for changed in (other, mixed, replace(other, items=one.items)):
        after, fresh = before.revised(changed), PricedPurchase(changed)
        assert sides(after.total) == sides(fresh.total)
        assert (after.tags, after.due) == (fresh.tags, fresh.due)


def test_a_strategy_that_reads_little_keeps_no_finding_about_other_nodes() -> None:
    """R87."""
    step = Step("own", lambda ledger: ledger)
    found = PricedPurchase(purchase(item(100, 1, "0")), Pipeline([*STANDARD_STEPS, step]))
    found.at("own")
    more = purchase(item(100, 1, "0"), item(50, 1, "0"))
    assert found.revised(more).subtotal.net == usd(150)


# -- R75, R76: the pipeline


def step(name: str, *after: str) -> Step:
    return Step(name, lambda ledger: ledger, frozenset(after))


def test_strategies_that_wait_for_one_another_are_refused() -> None:
    """R75: at start, not at the first purchase."""
    with pytest.raises(StrategyCycle, match=r"a -> b -> a|b -> a -> b"):
        Pipeline([step("a", "b"), step("b", "a")])
    with pytest.raises(StrategyCycle):
        Pipeline([*STANDARD_STEPS, step("self", "self")])


def test_a_strategy_that_builds_on_an_unknown_one_is_refused() -> None:
    """R75."""
    with pytest.raises(UnknownStrategy, match=r"bonus builds on \['gold'\]"):
        Pipeline([*STANDARD_STEPS, step("bonus", "gold")])


def test_the_standard_order_is_that_of_the_specification() -> None:
    named = [name for name in stages.STANDARD.order if name != "place"]
    assert named == TOTALLED


def bottle_deposit(ledger: Ledger) -> Ledger:
    """25 cents on each bottle."""
    prices = list(ledger.prices)
    for node in ledger.tagged("shop.bottle"):
        prices[node.position] += 25 * node.units
    return replace(ledger, prices=tuple(prices))


def test_a_new_tag_and_strategy_change_figures_without_touching_anything_else() -> None:
    """R76: the discount of a tenth, computed after it, follows."""
    own = Step("deposit", bottle_deposit, frozenset({"price"}))
    steps = [
        replace(each, after=each.after | {"deposit"}) if each.name == "item discounts" else each
        for each in STANDARD_STEPS
    ]
    bottles = item(100, 4, "0", tags=frozenset({"shop.bottle"}))
    described = purchase(bottles, item(600, 1, "0"), discounts=(order_discount(percent_off("10")),))
    found = PricedPurchase(described, Pipeline([*steps, own]))
    assert sides(found.total) == (990, 0, 990)
    assert "shop.bottle" in found.items[0].tags
    assert sides(PricedPurchase(described).total) == (900, 0, 900)
