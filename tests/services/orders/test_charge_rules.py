"""Orders under rules that tax shipping by the goods, add fees and round what is to pay, on both
databases (R133, R135).
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.reference.calendars import ZoneCalendars
from gateway.adapters.rules.files import from_yaml
from gateway.engine.catalogue.products import Variant
from gateway.engine.orders.order import Order
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.pricing.purchase import ExtraCharge
from gateway.services.gifts.pricing import EngineGiftPricing
from gateway.services.ports.gift_pricing import GiftEstimate
from gateway.services.rule_import import import_rules
from tests.conftest import AnyDatabase
from tests.engine.purchases import net_tax_gross, usd
from tests.services.checkout.test_interrupted_purchases import confirm
from tests.services.orders.changing import order_after, set_quantity
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import (
    advance,
    ask_return,
    deliver,
    list_refunds,
    load_money,
    place_order,
    refund,
    refusals,
)
from tests.shelves import CALIFORNIA, DEFAULT_POLICY, HOME, MUG, PRODUCT, VARIANTS
from tests.store import Store, require_order

pytestmark = pytest.mark.usefixtures("short_patience")

TEA = Variant("var_tea", PRODUCT.id, "TEA", "Tea", {"USD": 3001}, tax_category="food")
RULES = """
title: Charges by the goods
valid_from: 2020-01-01
markets: [{currency: USD, payable_step: [{areas: [US], step: 0.05}]}]
tax: {default: {rules: [
  {name: Sales tax, areas: [US-CA], categories: [food], percent: 0},
  {name: Sales tax, areas: [US-CA], percent: 7.25}]}}
shipping: [{id: slow, name: Slow, flat: {USD: 5.00}, free_from: {USD: 50}, allowed: [US ALL]}]
shipping_tax: [{areas: [US-CA], method: PRO_RATA}]
fees:
  - {name: Retail delivery fee, areas: [US-CA], amount: {USD: 0.28}, goods_below: {USD: 50},
     tax_rates: []}
stored_value: [{code: TWENTY, currency: USD, balance: 20.00}]
"""
# Read once.
RULE_FILE = from_yaml(RULES)
MIXED = ((MUG, 1), (TEA, 1))
"""10.00 at 7.25 %, 30.01 at nothing, 5.00 of shipping over both, a fee: 46.11, paid as 46.10.

Tax is 0.73 of the mug and 0.09 of the 1.25 of shipping that goes with it.
"""


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> AsyncIterator[Store]:
    """A store with such rules; whatever is done there, its orders stay consistent (R126)."""
    store = await Store.open(databases, clock)
    clock.advance(timedelta(seconds=1))
    async with databases.begin() as work:
        await work.catalogue.save({PRODUCT: [*VARIANTS, TEA]}, clock.now())
    await import_rules(
        RULE_FILE,
        database=databases,
        ids=store.dependencies.ids,
        clock=clock,
        countries=store.dependencies.countries,
    )
    yield store
    assert await find_violations(store) == []


def rows(order: Order) -> list[tuple[str, int]]:
    return [(each.label, each.amount.minor) for each in order.adjustments or ()]


async def test_a_checkout_charges_what_the_cart_shows(store: Store) -> None:
    cart = await store.create_cart(MIXED, CALIFORNIA)
    order = require_order(await store.check_out_as_guest(cart))
    assert net_tax_gross(order.total) == (4001 + 500 + 28, 73 + 9, 4611)
    assert net_tax_gross(order.shipping_total) == (500, 9, 509)
    assert (cart.due, order.due) == (usd(4610), usd(4610))
    assert rows(order) == [("Retail delivery fee", 28), ("Rounding", -1)]
    assert await store.list_charges() == [(4610, "HELD")]


async def test_what_is_rounded_up_is_no_fee(store: Store) -> None:
    """21.45 and 5.36 and 0.28 are 27.09, which is paid as 27.10."""
    order = await place_order(await store.sign_in_buyer(), ((MUG, 2),))
    assert rows(order) == [("Retail delivery fee", 28), ("Rounding", 1)]
    await deliver(store, order)
    assert (await load_money(store, order)).captured == 2710
    assert not refusals(await refund(store, order))
    assert await list_refunds(store, order) == [(2710, 181, "COMPLETED")]


async def test_stored_value_pays_its_own_amount(store: Store) -> None:
    """26.11 is left of 46.11; 26.10 is charged, and the code pays 20.00 of it."""
    order = await place_order(await store.sign_in_buyer(), MIXED, codes=("TWENTY",))
    assert order.due == usd(2610)
    assert order.terms is not None
    assert order.terms.stored_value == 2000
    assert await store.stored_value_balance("TWENTY") == 0
    await deliver(store, order)
    assert not refusals(await refund(store, order))
    assert await list_refunds(store, order) == [(4610, 82, "COMPLETED")]
    assert await store.stored_value_balance("TWENTY") == 2000


async def test_an_order_that_changes_is_shared_anew(store: Store) -> None:
    """Without the tea all of shipping is taxed: 10.73 and 5.36 and 0.28 are 16.37."""
    buyer = await store.sign_in_buyer()
    order = order_after(await set_quantity(buyer, await place_order(buyer, MIXED), 0, line=1))
    assert net_tax_gross(order.total) == (1528, 73 + 36, 1637)
    assert order.due == usd(1635)
    assert rows(order) == [("Retail delivery fee", 28), ("Rounding", -2)]


async def test_refunds_by_line_and_of_shipping_come_to_what_was_paid(store: Store) -> None:  # R124
    order = await place_order(await store.sign_in_buyer(), MIXED)
    await deliver(store, order)
    mug, tea = (line.id for line in order.lines)
    for fields in (
        {"lines": (LineQuantity(mug, 1),)},
        {"lines": (), "shipping": True},
        {"lines": (LineQuantity(tea, 1),)},
        {},
    ):
        assert not refusals(await refund(store, order, **fields))
    assert await list_refunds(store, order) == [
        (1073, 73, "COMPLETED"),
        (509, 9, "COMPLETED"),
        (3001, 0, "COMPLETED"),
        (27, 0, "COMPLETED"),
    ]
    money = await load_money(store, order)
    assert (money.captured, money.refunded) == (4610, 4610)


async def test_what_comes_back_is_given_back_though_less_was_paid(store: Store) -> None:  # R125
    """60.02, shipped free, is paid as 60.00."""
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer, ((TEA, 2),))
    await deliver(store, order)
    line = LineQuantity(order.lines[0].id, 2)
    outcome = await ask_return(store, order, buyer.caller, line)
    assert outcome.value is not None
    await advance(store, outcome.value.id, "APPROVED")
    assert not refusals(await advance(store, outcome.value.id, "RECEIVED"))
    assert await list_refunds(store, order) == [(6000, 0, "COMPLETED")]


async def test_a_click_joins_at_its_own_price(store: Store) -> None:  # R118
    """16.37 is paid as 16.35; the tea makes it 46.11 and 46.10: 29.75 is charged for it."""
    buyer = await store.one_click_buyer()
    require_order(await buyer.purchase(MUG, 1))
    joined = require_order(await buyer.purchase(TEA, 1, due="29.75"))
    assert joined.due == usd(4610)
    assert rows(joined) == [("Retail delivery fee", 28), ("Rounding", -1)]
    assert sorted(await store.list_charges()) == [(1635, "HELD"), (2975, "HELD")]


async def test_what_closes_too_early_costs_what_was_shown(store: Store) -> None:  # R118
    """Joining spares 0.27 of the tax of shipping and pays no second fee; so does it alone."""
    buyer = await store.one_click_buyer("sim_3ds")
    await confirm(store, await buyer.purchase(MUG, 1))
    async with store.database.read() as reading:
        [order] = await reading.orders.list_open_for(buyer.caller.purchaser_id or "")
    store.clock.advance(order.closes_at - store.clock.now())
    waiting = await buyer.purchase(TEA, 1)
    store.clock.advance(timedelta(seconds=1))
    await confirm(store, waiting)
    async with store.database.read() as reading:
        orders = await reading.orders.list_open_for(buyer.caller.purchaser_id or "")
    [late] = [each for each in orders if each.id != order.id]
    assert net_tax_gross(late.total) == (2974, 0, 2974)
    assert late.due == usd(2975)
    assert late.terms is not None
    assert late.terms.shipping is not None
    assert [each.amount for each in late.terms.shipping] == [0]
    assert late.terms.fees is not None
    assert [(each.name, each.amount) for each in late.terms.fees] == [("Slow", -27)]
    assert ExtraCharge("Retail delivery fee", 28) not in late.terms.fees
    assert sorted(await store.list_charges()) == [(1635, "HELD"), (2975, "HELD")]


async def test_gifts_are_estimated_and_charged_by_the_same_rules(store: Store) -> None:
    """Elsewhere 10.00 and 5.00; in California with tax of both and the fee."""
    pricing = EngineGiftPricing(store.database, DEFAULT_POLICY, store.clock, ZoneCalendars())
    estimate = await pricing.estimate(MUG.id, 1, wrap=False)
    assert isinstance(estimate, GiftEstimate)
    assert (estimate.low, estimate.high) == (usd(1500), usd(1637))
    assert await pricing.final_total(MUG.id, 1, wrap=False, address=HOME) == usd(1637)
