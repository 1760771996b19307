"""R126: the invariants of orders hold after every step of random histories, on both databases."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.adapters.rules.files import from_yaml
from gateway.engine.catalogue.products import Variant
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.shipments import (
    LineQuantity,
    ReturnedParcel,
    Shipment,
    ShipmentState,
)
from gateway.services.orders.carrier_updates import (
    CarrierWord,
    update_order_parcels,
    update_parcel,
)
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from gateway.services.orders.order_edits import LineEdit
from gateway.services.rule_import import import_rules
from tests.services.merchant_calculators import DRONE, SimpleCalculator, with_calculator
from tests.services.orders.changing import MUCH, change
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import advance, ask_return, list_parcels, refund
from tests.services.orders.test_scheduling import list_shipments
from tests.shelves import BUNDLE, DESK, EBOOK, HOME, MUG, OFFICE, PRINT
from tests.store import STAFF, Buyer, Store, require_order

pytestmark = pytest.mark.usefixtures("short_patience")
STEPS_PER_HISTORY = 25
LIMITED = (PRINT, DESK)
CLICKED = (MUG, PRINT, DESK, EBOOK, BUNDLE)

BY_THE_GOODS = """
title: Prices by the goods
valid_from: 2020-01-01
markets: [{currency: USD, payable_step: [{areas: [US], step: 0.05}]}]
tax: {default: {rules: [
  {name: Sales tax, areas: [US-CA], percent: 7.25},
  {name: Sales tax, areas: [US-NY], percent: 4, shipping_taxed: true}]}}
shipping:
  - {id: post, name: Post, allowed: [US ALL], free_from: {USD: 150},
     by_weight: [{up_to_grams: 300, price: {USD: 5}}, {up_to_grams: 90000, price: {USD: 15}}]}
shipping_tax: [{areas: [US-CA], method: PRO_RATA}]
coupons:
  - {code: SAVE10, label: 10 off, amount: {USD: 10}}
stored_value: [{code: RICH, currency: USD, balance: 500.00}]
"""


def is_packed(line: OrderLine) -> bool:
    """Whether something of the line is in a parcel."""
    return line.scheduled > 0


@dataclass
class History:
    """A store in which things happen at random, and what of them the books do not tell.

    ``calculator`` is None where the merchant has none.
    """

    store: Store
    buyers: Sequence[Buyer]
    chance: random.Random
    calculator: SimpleCalculator | None = None
    incoming: dict[str, int] = field(default_factory=dict)

    async def click(self) -> None:
        buyer = self.chance.choice(self.buyers)
        await buyer.purchase(self.chance.choice(CLICKED), self.chance.randint(1, 3))

    async def check_out(self) -> None:
        buyer = await self.buyers[0].sign_in_again()
        addresses, methods = await buyer.saved_details()
        await buyer.check_out(
            await self.store.create_cart(self.random_lines()),
            address_id=self.chance.choice(addresses).id,
            payment_method_id=methods[0].id,
        )

    async def ship_a_part(self) -> None:
        """Order what is there with what is to come, and let the former leave."""
        buyer = await self.buyers[0].sign_in_again()
        addresses, methods = await buyer.saved_details()
        [home] = [address for address in addresses if address.postal == HOME]
        ids = {"address_id": home.id, "payment_method_id": methods[0].id}
        codes = self.chance.choice([(), ("SAVE10",), ("STORED25",)])
        there = (self.chance.choice([MUG, EBOOK]), self.chance.randint(1, 3))
        cart = await self.store.create_cart([there, (DESK, 1)], HOME.destination, codes)
        order = require_order(await buyer.check_out(cart, **ids))
        # An order that stands alone at its destination is not split.
        await buyer.check_out(await self.store.create_cart([(DESK, 1)]), **ids)
        self.store.clock.advance(timedelta(minutes=90))
        await self.store.work_until_idle()
        for parcel in await list_parcels(self.store, order):
            await dispatch_shipment(Dispatch(parcel.id, "staff:packer"), self.store.dependencies)

    async def check_out_as_guest(self) -> None:
        codes = self.chance.choice([(), ("SAVE10",), ("RICH",), ("SAVE10", "STORED25")])
        cart = await self.store.create_cart(self.random_lines(), HOME.destination, codes)
        await self.store.check_out_as_guest(cart)

    def random_lines(self) -> list[tuple[Variant, int]]:
        variants = self.chance.sample(CLICKED, self.chance.randint(1, 3))
        return [(variant, self.chance.randint(1, 2)) for variant in variants]

    async def wait(self) -> None:
        minutes = self.chance.choice([1, 20, 90])
        self.store.clock.advance(timedelta(minutes=minutes))
        await self.store.work_until_idle()

    async def receive_stock(self) -> None:
        variant, quantity = self.chance.choice(LIMITED), self.chance.randint(1, 4)
        self.incoming[variant.id] = self.incoming.get(variant.id, 0) + quantity
        async with self.store.database.begin() as work:
            await work.stock.release({variant.id: quantity})
            await work.selection_requests.request(self.store.clock.now())
        await self.store.work_until_idle()

    async def dispatch(self) -> None:
        parcel = await self.choose_parcel(ShipmentState.READY)
        if parcel is None:
            return
        lines = None
        if self.chance.random() < 0.5:
            line = self.chance.choice(parcel.lines)
            quantity = self.chance.randint(1, line.quantity)
            lines = (LineQuantity(line.line_id or "", quantity),)
        dispatch = Dispatch(parcel.id, "staff:packer", lines)
        assert (await dispatch_shipment(dispatch, self.store.dependencies)).value is not None

    async def deliver(self) -> None:
        await self.tell_of_parcel(CarrierWord(ShipmentState.DELIVERED, "carrier"))

    async def bring_back(self) -> None:
        on_return = self.chance.choice(list(ReturnedParcel))
        await self.tell_of_parcel(
            CarrierWord(ShipmentState.RETURNED, "carrier", on_return=on_return)
        )

    async def tell_of_parcel(self, word: CarrierWord) -> None:
        parcel = await self.choose_parcel(ShipmentState.DISPATCHED)
        if parcel is not None:
            assert (await update_parcel(parcel.id, word, self.store.dependencies)).value is not None

    async def send_again(self) -> None:
        parcel = await self.choose_parcel(ShipmentState.RETURNED)
        on_return = self.chance.choice([ReturnedParcel.REFUND, ReturnedParcel.RESEND])
        word = CarrierWord(ShipmentState.RETURNED, "shop", on_return=on_return)
        if parcel is not None and parcel.waits_for_a_word:
            await update_parcel(parcel.id, word, self.store.dependencies)

    async def tell_of_order(self) -> None:
        states = [ShipmentState.DISPATCHED, ShipmentState.DELIVERED, ShipmentState.RETURNED]
        word = CarrierWord(self.chance.choice(states), "carrier")
        orders = await self.list_orders()
        if orders:
            order_id = self.chance.choice(orders)
            await update_order_parcels(order_id, word, self.store.dependencies)

    async def cancel(self) -> None:
        orders = await self.list_orders()
        if orders:
            order = await self.store.load_order(self.chance.choice(orders))
            await self.store.cancel(order)
            await self.capture_what_is_due()

    async def cancel_what_is_open(self) -> None:
        orders = [await self.store.load_order(id) for id in await self.list_orders()]
        split_orders = [
            order for order in orders if order.is_modifiable and any(map(is_packed, order.lines))
        ]
        if split_orders:
            await self.store.cancel(self.chance.choice(split_orders))
            await self.capture_what_is_due()

    async def capture_what_is_due(self) -> None:
        """Where nothing is left to leave, the worker captures what is still due."""
        self.store.clock.advance(timedelta(minutes=5))
        await self.store.work_until_idle()

    async def change_line(self) -> None:
        orders = await self.list_orders()
        if not orders:
            return
        order = await self.store.load_order(self.chance.choice(orders))
        line = self.chance.choice(order.lines)
        edit = LineEdit(line.id, self.chance.randint(0, line.quantity + 2))
        await change(self.store, order, edit, STAFF, MUCH)
        await self.capture_what_is_due()

    async def buy_one_more(self) -> None:
        await self.click()
        [order_id, *_] = await self.list_orders()
        [line, *_] = (order := await self.store.load_order(order_id)).lines
        await change(self.store, order, LineEdit(line.id, line.quantity + 1), STAFF, MUCH)

    async def refund(self) -> None:
        orders = await self.list_orders()
        if not orders:
            return
        order = await self.store.load_order(self.chance.choice(orders))
        line = self.chance.choice(order.lines)
        quantities = (LineQuantity(line.id, self.chance.randint(1, line.quantity)),)
        requests: list[dict[str, Any]] = [
            {"lines": quantities, "restock": self.chance.random() < 0.5},
            {"lines": (), "shipping": True},
            {"amount": Decimal("1.23")},
            {},
        ]
        await refund(self.store, order, reason="Chipped.", **self.chance.choice(requests))

    async def ask_return(self) -> None:
        parcel = await self.choose_parcel(ShipmentState.DELIVERED)
        if parcel is not None:
            line = self.chance.choice(parcel.lines)
            order = await self.store.load_order(line.order_id or "")
            quantity = self.chance.randint(1, line.quantity)
            await ask_return(self.store, order, STAFF, LineQuantity(line.line_id or "", quantity))

    async def receive_return(self) -> None:
        async with self.store.database.read() as reading:
            returns = await reading.returns.list_page(None, 100, None)
        if returns:
            record = self.chance.choice(returns)
            await advance(self.store, record.id, "APPROVED")
            is_refunded, is_restocked = self.chance.choices([True, False], k=2)
            await advance(
                self.store, record.id, "RECEIVED", refund=is_refunded, restock=is_restocked
            )

    async def change_its_mind(self) -> None:
        """The merchant's calculator says something else from now on, or nothing."""
        assert self.calculator is not None
        rate = self.chance.choice(["0", "7.25", "8.875", "20"])
        self.calculator.rate = lambda _: rate
        ways = (replace(DRONE, minor=self.chance.choice([0, 300, 900])),)
        self.calculator.ways = lambda _: ways
        self.calculator.codes = self.chance.choice([{}, {"SAVE10": 120}])
        self.calculator.is_down = self.chance.random() < 0.3

    async def list_orders(self) -> list[str]:
        async with self.store.database.read() as reading:
            return [order.id for order in await reading.order_search.list_orders(None, None, 100)]

    async def choose_parcel(self, state: ShipmentState) -> Shipment | None:
        shipments = await list_shipments(self.store)
        parcels = [parcel for parcel in shipments if parcel.state is state]
        return self.chance.choice(parcels) if parcels else None

    @property
    def steps(self) -> Sequence[tuple[Callable[[], Awaitable[None]], int]]:
        """What can happen, and how often of all."""
        minds = () if self.calculator is None else ((self.change_its_mind, 3),)
        return (
            (self.click, 6),
            (self.check_out, 3),
            (self.check_out_as_guest, 2),
            (self.wait, 5),
            (self.receive_stock, 3),
            (self.dispatch, 5),
            (self.deliver, 3),
            (self.bring_back, 2),
            (self.send_again, 2),
            (self.tell_of_order, 2),
            (self.cancel, 1),
            (self.ship_a_part, 2),
            (self.cancel_what_is_open, 4),
            (self.change_line, 4 if self.calculator is None else 12),
            (self.refund, 3),
            (self.ask_return, 2),
            (self.receive_return, 2),
            *minds,
        )

    async def check_stock(self) -> None:
        """What is available and what was sold is what there was and what came in."""
        async with self.store.database.read() as reading:
            orders = await reading.order_search.list_orders(None, None, 100)
        for variant in LIMITED:
            sold = sum(
                dict(order.demand).get(variant.id, 0)
                for order in orders
                if order.status is not OrderStatus.CANCELLED
            )
            available = await self.store.available_stock(variant)
            assert available is not None
            came_in = self.incoming.get(variant.id, 0)
            sold -= await self.sum_put_back(variant, orders)
            assert available + sold == (variant.stock.available or 0) + came_in, variant.id

    async def sum_put_back(self, variant: Variant, orders: Sequence[Order]) -> int:
        """How many of what was sold are back in stock."""
        order_ids = [order.id for order in orders]
        counts: list[tuple[str, int]] = []
        async with self.store.database.read() as reading:
            for one_refund in await reading.refunds.list_for_orders(order_ids):
                if one_refund.restock:
                    counts += [(line.line_id, line.quantity) for line in one_refund.lines]
            for record in await reading.returns.list_for_orders(order_ids):
                counts += record.restocked.items()
            for parcel in await reading.shipments.list_for_orders(order_ids):
                if parcel.on_return is ReturnedParcel.REFUND:
                    counts += [(line.line_id or "", line.quantity) for line in parcel.lines]
        demand = {line.id: dict(line.demand) for order in orders for line in order.lines}
        return sum(demand[line_id].get(variant.id, 0) * count for line_id, count in counts)


@pytest.mark.parametrize("seed", range(3))
async def test_invariants_hold_after_every_step(store: Store, seed: int) -> None:
    """R126."""
    await live_through(store, random.Random(seed))  # noqa: S311 - nothing secret


@pytest.mark.parametrize("seed", range(3))
async def test_invariants_hold_whatever_the_calculator_says(store: Store, seed: int) -> None:
    """R84, R126: it answers, fails and changes its mind; orders are changed more often."""
    calculator = SimpleCalculator()
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    await live_through(with_calculator(store, calculator), chance, calculator)
    assert calculator.requests


@pytest.mark.parametrize("seed", range(3))
async def test_invariants_hold_where_prices_go_by_what_is_bought(store: Store, seed: int) -> None:
    """R126, R133: shipping by weight, free from an amount and taxed by the goods; due in steps."""
    store.clock.advance(timedelta(seconds=1))
    await import_rules(
        from_yaml(BY_THE_GOODS),
        database=store.database,
        ids=store.dependencies.ids,
        clock=store.clock,
        countries=store.dependencies.countries,
    )
    await live_through(store, random.Random(seed))  # noqa: S311 - nothing secret


async def live_through(
    store: Store, chance: random.Random, calculator: SimpleCalculator | None = None
) -> None:
    """Let things happen in ``store``, and look at all orders after each of them."""
    first_buyer = await store.sign_in_buyer()
    method = await first_buyer.save_payment_method("sim_ok")
    await first_buyer.enable_one_click(await first_buyer.save_address(HOME), method)
    await first_buyer.save_address(OFFICE, "office")
    second_buyer = await store.sign_in_buyer("bob@example.com")
    await second_buyer.enable_one_click(
        await second_buyer.save_address(OFFICE), await second_buyer.save_payment_method("sim_ok")
    )
    history = History(store, (first_buyer, second_buyer), chance, calculator)
    steps, weights = zip(*history.steps, strict=True)
    happened = []
    # Some seeds never buy of their own accord, and most of what happens needs an order.
    chosen = history.chance.choices(steps, weights, k=STEPS_PER_HISTORY)
    for step in (history.buy_one_more, *chosen):
        await step()
        happened.append(step.__name__)
        assert await find_violations(store) == [], happened
        await history.check_stock()
    assert await history.list_orders()
