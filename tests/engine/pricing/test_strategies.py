"""Strategies run when they are needed, once, on the nodes that have their tags."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from gateway.engine.pricing import pipeline
from gateway.engine.pricing.ledger import Ledger
from gateway.engine.pricing.pipeline import STANDARD_STEPS, PricingStep
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import Purchase
from gateway.engine.pricing.runs import StrategyFailed
from gateway.engine.pricing.strategies import Pipeline, StrategyCycle, UnknownStrategy
from gateway.engine.tax.line_tax import TaxState
from tests.engine.purchases import (
    FULL_PURCHASE,
    NY_10001,
    PipelineSpy,
    item,
    net_tax_gross,
    order_discount,
    percent_off,
    policy,
    purchase,
    purchases,
    usd,
)

TAG_STEPS = ["tag", "place"]
PRICE_STEPS = ["tag", "price"]
DISCOUNT_STEPS = [*PRICE_STEPS, "item discounts", "order discounts"]
SHIPPING_STEPS = [*DISCOUNT_STEPS, "shipping"]
TAX_STEPS = [*SHIPPING_STEPS, "tax"]
TOTAL_STEPS = [*TAX_STEPS, "stored value", "totals"]

FigureReader = Callable[[PricedPurchase], object]


def describe_items(priced_purchase: PricedPurchase) -> object:
    return [
        (each.reference, each.name, each.quantity, each.components)
        for each in priced_purchase.items
    ]


# -- R88: what is read decides what runs


@pytest.mark.parametrize(
    ("read", "ran"),
    [
        (describe_items, []),
        (lambda found: found.currency, []),
        (lambda found: found.items[0].unit_price, []),
        (lambda found: found.tags, TAG_STEPS),
        (lambda found: found.items[1].components[0].tags, TAG_STEPS),
        (lambda found: found.subtotal.net, PRICE_STEPS),
        (lambda found: found.subtotal.gross, TAX_STEPS),
        (lambda found: found.subtotal.tax, TAX_STEPS),
        (lambda found: found.discount_total, DISCOUNT_STEPS),
        (lambda found: found.adjustments, DISCOUNT_STEPS),
        (lambda found: found.items[0].discount, DISCOUNT_STEPS),
        (lambda found: found.items[0].total.net, DISCOUNT_STEPS),
        (lambda found: found.items_total.net, DISCOUNT_STEPS),
        (lambda found: found.items_total.gross, TAX_STEPS),
        (lambda found: found.shipping_total.net, SHIPPING_STEPS),
        (lambda found: found.shipping_name, SHIPPING_STEPS),
        (lambda found: found.shipping_total.gross, TAX_STEPS),
        (lambda found: found.items[0].tax_lines, TAX_STEPS),
        (lambda found: found.tax_state, TAX_STEPS),
        (lambda found: found.tax_summary, TAX_STEPS),
        (lambda found: found.total.net, TOTAL_STEPS),
        (lambda found: found.total.gross, TOTAL_STEPS),
        (lambda found: found.due, TOTAL_STEPS),
        (lambda found: found.explanations, TOTAL_STEPS),
    ],
)
def test_only_what_a_figure_needs_runs_and_once(read: FigureReader, ran: list[str]) -> None:
    """R88: however often it is read."""
    spy = PipelineSpy()
    priced_purchase = PricedPurchase(FULL_PURCHASE, spy.pipeline)
    for _ in range(3):
        read(priced_purchase)
    assert sorted(spy.ran) == sorted(ran)
    assert [name for name in step_names_in_order() if name in spy.ran] == spy.ran


def step_names_in_order() -> tuple[str, ...]:
    return pipeline.STANDARD_PIPELINE.order


def test_everything_together_runs_everything_once() -> None:
    """R88."""
    spy = PipelineSpy()
    priced_purchase = PricedPurchase(FULL_PURCHASE, spy.pipeline)
    for read in (describe_items, *(figure_reader(name) for name in figure_names(priced_purchase))):
        read(priced_purchase)
    assert sorted(spy.ran) == sorted([*TOTAL_STEPS, "place"])


def figure_names(priced_purchase: PricedPurchase) -> list[str]:
    return [
        name for name in dir(priced_purchase) if not name.startswith("_") and not is_method(name)
    ]


def is_method(name: str) -> bool:
    return callable(getattr(PricedPurchase, name, None))


def figure_reader(name: str) -> FigureReader:
    return lambda found: getattr(found, name)


def test_the_side_that_prices_have_needs_no_tax() -> None:
    """R88: gross where they include tax, net where they do not."""
    spy = PipelineSpy()
    priced_purchase = PricedPurchase(purchase(item(1000, 1, "20", includes_tax=True)), spy.pipeline)
    assert (priced_purchase.subtotal.gross, priced_purchase.items_total.gross) == (
        usd(1000),
        usd(1000),
    )
    assert "tax" not in spy.ran
    assert priced_purchase.items_total.net == usd(833)
    assert spy.ran.count("tax") == 1


# -- R89: failing


def fail_step(_: Ledger) -> Ledger:
    raise ZeroDivisionError


def test_a_failing_strategy_fails_the_figures_that_need_it_alone() -> None:
    """R89: and is tried once."""
    spy = PipelineSpy(tax=fail_step)
    priced_purchase = PricedPurchase(FULL_PURCHASE, spy.pipeline)
    for read in (
        lambda: priced_purchase.total.gross,
        lambda: priced_purchase.tax_summary,
        lambda: priced_purchase.due,
    ):
        with pytest.raises(StrategyFailed, match="tax") as failed:
            read()
        assert isinstance(failed.value.__cause__, ZeroDivisionError)
    assert spy.ran.count("tax") == 1
    assert priced_purchase.tax_state is TaxState.FAILED
    assert priced_purchase.items_total.net == usd(2700 + 150)
    assert (priced_purchase.discount_total, priced_purchase.shipping_total.net) == (
        usd(-400),
        usd(300),
    )


# -- R87: changing


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({"destination": NY_10001}, ["place", "shipping", "tax", "stored value", "totals"]),
        ({"shipping": ()}, ["shipping", "tax", "stored value", "totals"]),
        ({"rounding": policy("UP", "TOTAL")}, ["tax", "stored value", "totals"]),
        ({"tax_tables": None}, ["tax", "stored value", "totals"]),
        ({"stored_value": None}, ["stored value", "totals"]),
        ({"items": FULL_PURCHASE.items[:1]}, [*TOTAL_STEPS, "place"]),
        ({"surcharges": ()}, [*TOTAL_STEPS, "place"]),
        ({}, []),
    ],
)
def test_a_change_recomputes_what_depends_on_it(change: dict[str, Any], again: list[str]) -> None:
    """R87: a new address does not price anew; and the figures are those of a fresh run."""
    spy = PipelineSpy()
    before = PricedPurchase(FULL_PURCHASE, spy.pipeline)
    assert (before.due, "GIFT" in before.tags) == (usd(3014), True)
    spy.ran.clear()
    changed = replace(FULL_PURCHASE, **change)
    after = before.with_purchase(changed)
    assert (after.due, after.tags) == (PricedPurchase(changed).due, PricedPurchase(changed).tags)
    assert sorted(spy.ran) == sorted(again)
    assert net_tax_gross(before.total) == net_tax_gross(PricedPurchase(FULL_PURCHASE).total)


@settings(max_examples=40, deadline=None)
@given(purchases, purchases)
def test_a_revised_purchase_is_as_if_new(first: Purchase, second: Purchase) -> None:
    """R87: whatever changed."""
    before = PricedPurchase(first)
    assert before.tags is not None
    assert before.total.gross is not None
    mixed = replace(first, shipping=second.shipping, rounding=second.rounding)
    for changed in (second, mixed, replace(second, items=first.items)):
        after, fresh = before.with_purchase(changed), PricedPurchase(changed)
        assert net_tax_gross(after.total) == net_tax_gross(fresh.total)
        assert (after.tags, after.due) == (fresh.tags, fresh.due)


def test_a_strategy_that_reads_little_keeps_no_finding_about_other_nodes() -> None:
    """R87."""
    step = PricingStep("own", lambda ledger: ledger)
    priced_purchase = PricedPurchase(purchase(item(100, 1, "0")), Pipeline([*STANDARD_STEPS, step]))
    priced_purchase.ledger_after("own")
    more = purchase(item(100, 1, "0"), item(50, 1, "0"))
    assert priced_purchase.with_purchase(more).subtotal.net == usd(150)


# -- R75, R76: the pipeline


def no_op_step(name: str, *after: str) -> PricingStep:
    return PricingStep(name, lambda ledger: ledger, frozenset(after))


def test_strategies_that_wait_for_one_another_are_refused() -> None:
    """R75: at start, not at the first purchase."""
    with pytest.raises(StrategyCycle, match=r"a -> b -> a|b -> a -> b"):
        Pipeline([no_op_step("a", "b"), no_op_step("b", "a")])
    with pytest.raises(StrategyCycle):
        Pipeline([*STANDARD_STEPS, no_op_step("self", "self")])


def test_a_strategy_that_builds_on_an_unknown_one_is_refused() -> None:
    """R75."""
    with pytest.raises(UnknownStrategy, match=r"bonus builds on \['gold'\]"):
        Pipeline([*STANDARD_STEPS, no_op_step("bonus", "gold")])


def test_the_standard_order_is_that_of_the_specification() -> None:
    step_names = [name for name in pipeline.STANDARD_PIPELINE.order if name != "place"]
    assert step_names == TOTAL_STEPS


def bottle_deposit(ledger: Ledger) -> Ledger:
    """25 cents on each bottle."""
    prices = list(ledger.prices)
    for node in ledger.nodes_tagged("shop.bottle"):
        prices[node.position] += 25 * node.units
    return replace(ledger, prices=tuple(prices))


def test_a_new_tag_and_strategy_change_figures_without_touching_anything_else() -> None:
    """R76: the discount of a tenth, computed after it, follows."""
    deposit_step = PricingStep("deposit", bottle_deposit, frozenset({"price"}))
    steps = [
        replace(step, after=step.after | {"deposit"}) if step.name == "item discounts" else step
        for step in STANDARD_STEPS
    ]
    bottles = item(100, 4, "0", tags=frozenset({"shop.bottle"}))
    bottle_purchase = purchase(
        bottles, item(600, 1, "0"), discounts=(order_discount(percent_off("10")),)
    )
    priced_purchase = PricedPurchase(bottle_purchase, Pipeline([*steps, deposit_step]))
    assert net_tax_gross(priced_purchase.total) == (990, 0, 990)
    assert "shop.bottle" in priced_purchase.items[0].tags
    assert net_tax_gross(PricedPurchase(bottle_purchase).total) == (900, 0, 900)
