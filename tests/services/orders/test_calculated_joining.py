"""Purchases that join an order whose whole the merchant's calculator computes (R84, R118)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.engine.checkout.outcomes import PriceChanged
from gateway.engine.orders.order import OrderChange
from gateway.engine.pricing.calculations import (
    CalculationLine,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.pricing.purchase import ExtraCharge, FixedRates
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.tax.line_tax import TaxRate
from gateway.services.ports.payments import AuthorizationRequest
from tests.engine.purchases import net_tax_gross
from tests.faults import Fault, FaultPlan, ProcessKilled
from tests.services.checkout.test_broken_purchases import faulty_store
from tests.services.checkout.test_calculated_purchases import create_cart_with, figures
from tests.services.checkout.test_interrupted_purchases import confirm
from tests.services.merchant_calculators import CITY_TAX, DRONE, SimpleCalculator, with_calculator
from tests.services.orders.test_joining import event_types, open_orders
from tests.services.test_promotions import load_pricing
from tests.shelves import EBOOK, MUG
from tests.store import Buyer, Store, create_ids, require_order

ALONE = (1300, 116, 1416)
"""A mug of 10.00 with 0.89 tax, and a drone of 3.00 with 0.27."""
ADDED = (1000, 89, 1089)
"""The same with the drone of the mug before it."""
TOGETHER = (2300, 205, 2505)


@pytest.fixture
def calculator() -> SimpleCalculator:
    return SimpleCalculator()


@pytest.fixture
def shop(store: Store, calculator: SimpleCalculator) -> Store:
    """The store of a merchant who has a calculator."""
    return with_calculator(store, calculator)


def weigh(request: CalculationRequest) -> int:
    """What all lines of a request cost, minor units."""
    return sum(line.minor for line in request.lines)


async def order_figures(buyer: Buyer) -> list[tuple[object, ...]]:
    """The figures of the buyer's open orders, the earliest first."""
    return [figures(order) for order in await open_orders(buyer)]


async def test_the_whole_is_asked_about_and_the_difference_is_paid(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R118: every line by the id that it has in the order."""
    buyer = await shop.one_click_buyer()
    await buyer.purchase(MUG)
    await buyer.purchase(MUG)
    [order] = await open_orders(buyer)
    assert figures(order) == (TOGETHER, Calculator.MERCHANT, "calculation 3")
    assert net_tax_gross(order.shipping_total) == (300, 27, 327)
    assert [item.line_id for item in order.items] == [line.id for line in order.lines]
    assert [net_tax_gross(item.total) for item in order.items] == [ADDED, ADDED]
    assert await shop.list_charges() == [(1089, "HELD"), (1416, "HELD")]
    lines = tuple(CalculationLine(line.id, "MUG", 1, 1000) for line in order.lines)
    alone = (CalculationLine("1", "MUG", 1, 1000),)
    assert [(request.lines, request.order_number) for request in calculator.requests] == [
        (alone, None),
        (alone, None),
        (lines, order.number),
    ]
    assert await event_types(shop, order) == [OrderChange.PLACED, OrderChange.JOINED]


async def test_goods_of_both_are_sent_by_their_skus(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84: 9.99 with 0.89; then a mug, and the drone that it needs."""
    buyer = await shop.one_click_buyer()
    await buyer.purchase(EBOOK)
    await buyer.purchase(MUG, expected="14.16")
    lines = [(line.sku, line.minor) for line in calculator.requests[-1].lines]
    assert lines == [("EBOOK", 999), ("MUG", 1000)]
    assert await order_figures(buyer) == [((2299, 205, 2504), Calculator.MERCHANT, "calculation 3")]


async def test_the_guard_is_for_what_joining_adds(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R118: also where the calculator taxes what is there anew."""
    calculator.rate = lambda request: "10" if weigh(request) > 1000 else "8.875"
    buyer = await shop.one_click_buyer()
    await buyer.purchase(MUG)
    # 23.00 with 10 % are 25.30; 14.16 of that are held.
    refusal = await buyer.purchase(MUG, expected="11.13")
    assert isinstance(refusal, PriceChanged)
    assert (refusal.expected.minor, refusal.actual.minor) == (1113, 1114)
    require_order(await buyer.purchase(MUG, expected="11.14"))
    assert await order_figures(buyer) == [((2300, 230, 2530), Calculator.MERCHANT, "calculation 5")]
    assert await shop.list_charges() == [(1114, "HELD"), (1416, "HELD")]


async def test_what_is_asked_about_holds_for_the_draft_that_is_kept(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R129: the bank is asked first, and the order is as the calculator said before."""
    buyer = await shop.one_click_buyer("sim_3ds")
    await confirm(shop, await buyer.purchase(MUG))
    waiting = await buyer.purchase(MUG, key="k")
    calculator.rate = lambda _: "20"
    await confirm(shop, waiting)
    [order] = await open_orders(buyer)
    assert figures(order) == (TOGETHER, Calculator.MERCHANT, "calculation 3")
    assert require_order(await buyer.purchase(MUG, key="k")) == order
    assert len(calculator.requests) == 3


# -- the order is not what it was


async def cancel(shop: Store, buyer: Buyer) -> None:
    [order] = await open_orders(buyer)
    assert (await shop.with_dependencies(calculator=None).cancel(order)).value is not None


async def let_it_close(shop: Store, buyer: Buyer) -> None:  # noqa: ARG001 - as the other changes
    shop.clock.advance(timedelta(seconds=1))


async def join_it(shop: Store, buyer: Buyer) -> None:
    await confirm(shop, await buyer.purchase(MUG))


@pytest.mark.parametrize("change", [cancel, let_it_close, join_it])
async def test_who_pays_for_an_order_that_has_changed_pays_what_was_shown(
    shop: Store,
    calculator: SimpleCalculator,
    change: Callable[[Store, Buyer], Awaitable[None]],
) -> None:
    """R84, R118: it is an order of its own, at the price of joining, by the answer for it alone."""
    buyer = await shop.one_click_buyer("sim_3ds")
    await confirm(shop, await buyer.purchase(MUG))
    [first_order] = await open_orders(buyer)
    shop.clock.advance(first_order.closes_at - shop.clock.now())
    waiting = await buyer.purchase(MUG, expected="10.89")
    await change(shop, buyer)
    calls = len(calculator.requests)
    await confirm(shop, waiting)
    assert len(calculator.requests) == calls
    order = (await open_orders(buyer))[-1]
    assert order.id != first_order.id
    assert figures(order) == (ADDED, Calculator.MERCHANT, "calculation 2")
    assert order.terms is not None
    rates = FixedRates((TaxRate(CITY_TAX, Decimal("8.875")),))
    assert order.terms.shipping == (ExtraCharge("Drone", 0, includes_tax=True, tax_source=rates),)
    assert (1089, "HELD") in await shop.list_charges()


async def test_shipping_that_joining_makes_dearer_is_part_of_the_price_alone(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R118: 10.00 and 2.00 more for the drone, with 8.875 % of each sum, rounded apart."""
    ways = {1: DRONE, 2: replace(DRONE, minor=500)}
    calculator.ways = lambda request: (ways[len(request.lines)],)
    buyer = await shop.one_click_buyer("sim_3ds")
    await confirm(shop, await buyer.purchase(MUG))
    waiting = await buyer.purchase(MUG, expected="13.06")
    await cancel(shop, buyer)
    await confirm(shop, waiting)
    [order] = await open_orders(buyer)
    # 5.44 less 3.27 are shown: alone they are the same, of which 0.18 are tax.
    assert figures(order) == ((1199, 107, 1306), Calculator.MERCHANT, "calculation 2")
    assert net_tax_gross(order.shipping_total) == (199, 18, 217)
    assert (1306, "HELD") in await shop.list_charges()


class MeetingPayments:
    """A provider that answers nobody before so many have asked."""

    def __init__(self, payments: Any, count: int) -> None:  # noqa: ANN401 - any provider
        self._payments = payments
        self._all_asked = asyncio.Barrier(count)

    async def authorize(self, request: AuthorizationRequest) -> object:
        await self._all_asked.wait()
        return await self._payments.authorize(request)

    def __getattr__(self, name: str) -> object:
        return getattr(self._payments, name)


async def purchase_at_once(shop: Store, buyer: Buyer, count: int, expected: str) -> None:
    """So many presses, all of which are priced before the first is paid."""
    payments = MeetingPayments(shop.dependencies.payment_provider, count)
    meeting_shop = shop.with_dependencies(payment_provider=payments)
    meeting_buyer = replace(buyer, store=meeting_shop)
    purchases = (meeting_buyer.purchase(MUG, expected=expected) for _ in range(count))
    for outcome in await asyncio.gather(*purchases):
        require_order(outcome)


async def test_first_purchases_at_once_are_orders_of_their_own(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R118: nobody was asked about the whole, and each pays what was shown."""
    buyer = await shop.one_click_buyer()
    await purchase_at_once(shop, buyer, 3, "14.16")
    orders = await open_orders(buyer)
    assert [(len(order.lines), net_tax_gross(order.total)) for order in orders] == [(1, ALONE)] * 3
    assert len(calculator.requests) == 3
    # The next one joins one of them.
    await buyer.purchase(MUG, expected="10.89")
    assert sorted(len(order.lines) for order in await open_orders(buyer)) == [1, 1, 2]


async def test_of_two_that_were_shown_the_same_order_one_joins_it(shop: Store) -> None:
    """R84, R118: the order that the other was asked about is there no more."""
    buyer = await shop.one_click_buyer()
    await buyer.purchase(MUG)
    shop.clock.advance(timedelta(seconds=1))
    await purchase_at_once(shop, buyer, 2, "10.89")
    orders = await open_orders(buyer)
    assert [len(order.lines) for order in orders] == [2, 1]
    assert [net_tax_gross(order.total) for order in orders] == [TOGETHER, ADDED]
    assert await shop.list_charges() == [(1089, "HELD"), (1089, "HELD"), (1416, "HELD")]


HALF_A_MINUTE = timedelta(seconds=31)


@pytest.mark.usefixtures("short_patience")
@pytest.mark.parametrize("kind", [Fault, ProcessKilled])
@pytest.mark.parametrize("number", range(1, 10))
async def test_a_purchase_that_is_cut_joins_by_what_was_asked_before(
    shop: Store, calculator: SimpleCalculator, number: int, kind: type[BaseException]
) -> None:
    """R84, R129: the worker ends it, and asks nobody; one charge, by the same key."""
    buyer = await shop.one_click_buyer()
    await buyer.purchase(MUG)
    broken_shop = faulty_store(shop, FaultPlan(number, fault_type=kind))
    with suppress(Fault, ProcessKilled):
        await replace(buyer, store=broken_shop).purchase(MUG, key="k", expected="10.89")
    calls = len(calculator.requests)
    calculator.rate = lambda _: "8.8"
    for _ in range(3):
        await shop.run_due_jobs(HALF_A_MINUTE)
    assert len(calculator.requests) == calls
    require_order(await buyer.purchase(MUG, key="k", expected="10.89"))
    [order] = await open_orders(buyer)
    was_begun = len(calculator.requests) == calls
    # Where nothing was kept of it, it is bought anew, at what the calculator says now.
    total = TOGETHER if was_begun else (2300, 202, 2502)
    assert net_tax_gross(order.total) == total
    assert order.figures.calculation_reference == f"calculation {3 if was_begun else 5}"
    amounts = [amount for amount, status in await shop.list_charges() if status == "HELD"]
    assert amounts == [total[2] - 1416, 1416]


# -- what is not planned


async def test_goods_that_alone_would_be_dearer_do_not_join(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R118: the button says what the purchase costs alone, and so does the charge."""
    calculator.rate = lambda request: "0" if weigh(request) > 1000 else "8.875"
    buyer = await shop.one_click_buyer()
    await buyer.purchase(MUG)
    price = await (await load_pricing(buyer)).calculate(MUG, 1)
    assert price is not None
    assert net_tax_gross(price.added) == ALONE
    shop.clock.advance(timedelta(seconds=1))
    require_order(await buyer.purchase(MUG, expected="14.16"))
    assert await order_figures(buyer) == [
        (ALONE, Calculator.MERCHANT, "calculation 1"),
        (ALONE, Calculator.MERCHANT, "calculation 4"),
    ]


@pytest.mark.parametrize("failing_call", [2, 3])
async def test_an_order_by_the_calculator_is_not_computed_by_the_tables(
    shop: Store, calculator: SimpleCalculator, failing_call: int
) -> None:
    """R84: the purchase would bear the difference of what was there before.

    Without an answer for it alone, what the calculator says of the whole still holds.
    """

    async def fail_once() -> None:
        calculator.is_down = len(calculator.requests) == failing_call

    buyer = await shop.one_click_buyer()
    await buyer.purchase(MUG)
    calculator.before_answer = fail_once
    shop.clock.advance(timedelta(seconds=1))
    await buyer.purchase(MUG)
    assert await order_figures(buyer) == (
        [(TOGETHER, Calculator.MERCHANT, "calculation 3")]
        if failing_call == 2
        else [
            (ALONE, Calculator.MERCHANT, "calculation 1"),
            (ALONE, Calculator.MERCHANT, "calculation 2"),
        ]
    )


async def test_while_the_calculator_is_away_its_orders_stay_as_they_are(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84: by the tables the purchase would bear the tax of the mug that is there."""
    calculator.rate = lambda _: "0"
    buyer = await shop.one_click_buyer()
    await buyer.purchase(MUG)
    calculator.is_down = True
    shop.clock.advance(timedelta(seconds=1))
    await buyer.purchase(MUG, expected="15.73")
    assert await order_figures(buyer) == [
        ((1300, 0, 1300), Calculator.MERCHANT, "calculation 1"),
        ((1500, 73, 1573), Calculator.FALLBACK, None),
    ]


async def test_without_answers_purchases_join_by_the_tables(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R118: as if there were no calculator, and the order says so."""
    calculator.is_down = True
    buyer = await shop.one_click_buyer("sim_3ds")
    await confirm(shop, await buyer.purchase(MUG))
    waiting = await buyer.purchase(MUG)
    # One that joins meanwhile changes nothing for the tables.
    await join_it(shop, buyer)
    await confirm(shop, waiting)
    assert await order_figures(buyer) == [((3500, 219, 3719), Calculator.FALLBACK, None)]
    assert await shop.list_charges() == [(1073, "HELD"), (1073, "HELD"), (1573, "HELD")]


async def test_an_order_by_the_tables_is_asked_about_when_it_is_joined(shop: Store) -> None:
    """R84: 25.05 for both by drone, of which 15.73 are held."""
    buyer = await shop.with_dependencies(calculator=None).one_click_buyer()
    await buyer.purchase(MUG)
    assert await order_figures(buyer) == [((1500, 73, 1573), Calculator.TABLE, None)]
    await replace(buyer, store=shop).purchase(MUG, expected="9.32")
    assert await order_figures(buyer) == [(TOGETHER, Calculator.MERCHANT, "calculation 2")]
    assert await shop.list_charges() == [(932, "HELD"), (1573, "HELD")]


async def test_what_the_calculator_answers_not_is_joined_by_the_tables(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R88, R118: it judges codes, and there is none."""
    calculator.parts = frozenset({CalculationPart.CODES})
    buyer = await shop.one_click_buyer()
    await buyer.purchase(MUG)
    await buyer.purchase(EBOOK)
    assert calculator.requests == []
    assert await order_figures(buyer) == [((2499, 145, 2644), Calculator.TABLE, None)]


async def test_an_order_keeps_its_code_when_it_is_joined(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84: the calculator judges it again with the whole."""
    calculator.codes = {"VIP": 200}
    policy = shop.dependencies.policy
    consolidation = replace(policy.consolidation, joins_carts=True)
    shop = shop.with_dependencies(policy=replace(policy, consolidation=consolidation))
    buyer = await shop.sign_in_buyer()
    ids = await create_ids(buyer)
    require_order(await buyer.check_out(await create_cart_with(shop, "VIP"), **ids))
    require_order(await buyer.check_out(await shop.create_cart([(MUG, 1)]), **ids))
    # 10.00 twice less 2.00, and the drone, with the taxes as answered.
    assert await order_figures(buyer) == [((2100, 205, 2305), Calculator.MERCHANT, "calculation 3")]
    assert [request.codes for request in calculator.requests] == [("VIP",), (), ("VIP",)]
    assert await shop.list_charges() == [(1089, "HELD"), (1216, "HELD")]
