"""R120, R126: what is open of an order is cancelled after a part of it has left and is paid."""

from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.rules.files import from_yaml
from gateway.engine.catalogue.products import Stock, Variant
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.price_limits import PAID_LABEL
from gateway.engine.user_errors import ErrorCode
from gateway.services.orders.order_edits import CancelEdit
from gateway.services.rule_import import import_rules
from tests.conftest import AnyDatabase
from tests.services.orders.changing import cancel, change, error_rows, gross, order_after
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import dispatch, list_parcels, load_money
from tests.services.orders.test_scheduling import close_windows
from tests.shelves import CALIFORNIA, MUG, PRODUCT, VARIANTS
from tests.store import Buyer, Store, create_ids, require_order

pytestmark = pytest.mark.usefixtures("short_patience")

WAITS = Stock(0, backorder=True, backorder_days=14)
STOVE = Variant("var_stove", PRODUCT.id, "STOVE", "Stove", {"USD": 4000}, stock=WAITS, grams=9000)
PAGE = """
title: Shipping by the goods
valid_from: 2020-01-01
tax: {{default: {{rules: [{{name: Sales tax, areas: [US-CA], percent: 7.25}}]}}}}
shipping: [{shipping}]
coupons:
  - {{code: TEN, label: 10 off, amount: {{USD: 10}}}}
  - {{code: SIXTY, label: 60 off, amount: {{USD: 60}}, minimum: {{USD: 100}}}}
stored_value: [{{code: FIFTY, currency: USD, balance: 50.00}}]
"""
FLAT = "{id: post, name: Post, allowed: [US ALL], flat: {USD: 5}}"
BY_WEIGHT = (
    "{id: post, name: Post, allowed: [US ALL],"
    " by_weight: [{up_to_grams: 1000, price: {USD: 5}}, {up_to_grams: 20000, price: {USD: 15}}]}"
)
FREE_FROM_FIFTY = "{id: post, name: Post, allowed: [US ALL], flat: {USD: 5}, free_from: {USD: 50}}"


async def ship_a_part(
    database: AnyDatabase, clock: ManualClock, shipping: str, *codes: str, mugs: int = 2
) -> tuple[Buyer, Order]:
    """An order for mugs, which have left and are paid, and a stove of 40.00, and its buyer."""
    store = await Store.open(database, clock)
    clock.advance(timedelta(seconds=1))
    async with database.begin() as work:
        await work.catalogue.save({PRODUCT: [*VARIANTS, STOVE]}, clock.now())
    await import_rules(
        from_yaml(PAGE.format(shipping=shipping)),
        database=database,
        ids=store.dependencies.ids,
        clock=clock,
        countries=store.dependencies.countries,
    )
    buyer = await store.sign_in_buyer()
    ids = await create_ids(buyer)
    cart = await store.create_cart([(MUG, mugs), (STOVE, 1)], CALIFORNIA, codes)
    order = require_order(await buyer.check_out(cart, **ids))
    # An order that stands alone at its destination is not split.
    require_order(await buyer.check_out(await store.create_cart([(STOVE, 1)]), **ids))
    await close_windows(store)
    [parcel] = await list_parcels(store, order)
    assert (await dispatch(store, parcel)).value is not None
    return buyer, await store.load_order(order.id)


async def captured_amount(store: Store, order: Order) -> int:
    """What is captured of the order in the end, minor units; nothing stays held."""
    store.clock.advance(timedelta(minutes=5))
    await store.work_until_idle()
    money = await load_money(store, order)
    assert money.held_amount == 0
    assert await find_violations(store) == []
    return money.captured


@pytest.mark.parametrize(
    ("shipping", "before", "paid"),
    [
        # 60.00 with 4.35 tax, and 15.00; of it 20.00 with 1.45, and 15.00.
        (BY_WEIGHT, 7935, 3645),
        # 60.00 with 4.35 tax, shipped for nothing; of it 20.00 with 1.45.
        (FREE_FROM_FIFTY, 6435, 2145),
    ],
)
async def test_what_has_left_costs_what_was_paid_for_it(
    databases: AnyDatabase, clock: ManualClock, shipping: str, before: int, paid: int
) -> None:
    buyer, order = await ship_a_part(databases, clock, shipping)
    assert (gross(order), (await load_money(buyer.store, order)).captured) == (before, paid)
    left = order_after(await cancel(buyer, order))
    assert gross(left) == paid
    assert await captured_amount(buyer.store, left) == paid


async def test_an_amount_off_that_all_falls_to_what_has_left_takes_nothing_back(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """Of 10.00 the mugs have 3.33: 16.67 with 1.21 tax and 5.00 are paid. Alone: 15.73."""
    buyer, order = await ship_a_part(databases, clock, FLAT, "TEN")
    assert (await load_money(buyer.store, order)).captured == 2288
    left = order_after(await cancel(buyer, order))
    assert [(each.label, each.amount.minor) for each in left.adjustments or ()] == [
        ("10 off", -1000),
        (PAID_LABEL, 2288 - 1573),
    ]
    assert gross(left) == 2288
    assert await captured_amount(buyer.store, left) == 2288


async def test_stored_value_has_back_what_charges_have_paid(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """69.35 less 50.00 is captured of the mugs' 26.45, of which the code still pays 7.10."""
    buyer, order = await ship_a_part(databases, clock, FLAT, "FIFTY")
    assert (await load_money(buyer.store, order)).captured == 1935
    left = order_after(await cancel(buyer, order))
    assert left.due is not None
    assert (gross(left), left.due.minor) == (2645, 1935)
    assert await buyer.store.stored_value_balance("FIFTY") == 5000 - 710
    assert await captured_amount(buyer.store, left) == 1935


# -- what the buyer agrees to


async def test_what_stays_costs_no_more_than_expected(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """R120: a dry run tells it, and the guard is of that."""
    buyer, order = await ship_a_part(databases, clock, FLAT)
    preview = order_after(
        await change(buyer.store, order, CancelEdit(), buyer.caller, dry_run=True)
    )
    assert (gross(preview), [line.quantity for line in preview.lines]) == (2645, [2])
    refused = await change(buyer.store, order, CancelEdit(), buyer.caller, "26.44")
    assert error_rows(refused) == [
        (
            ErrorCode.PRICE_CHANGED,
            "input.expectedTotal",
            "The order would cost 26.45 USD, more than 26.44 USD expected.",
        )
    ]
    assert refused.value == await buyer.store.load_order(order.id) == order
    left = order_after(await change(buyer.store, order, CancelEdit(), buyer.caller, "26.45"))
    assert (gross(left), left.status) == (2645, OrderStatus.SHIPPED)


@pytest.mark.parametrize("expected", [None, "100"])
async def test_what_stays_never_costs_more_than_now(
    databases: AnyDatabase, clock: ManualClock, expected: str | None
) -> None:
    """R120: 60.00 off are for 100.00 only; whatever is expected, cancelling is not dearer."""
    buyer, order = await ship_a_part(databases, clock, FLAT, "SIXTY", mugs=6)
    refused = await change(buyer.store, order, CancelEdit(), buyer.caller, expected)
    assert error_rows(refused) == [
        (
            ErrorCode.PRICE_CHANGED,
            "input.expectedTotal",
            "The order would cost 69.35 USD, more than 47.90 USD now.",
        )
    ]
    assert await buyer.store.load_order(order.id) == order
    preview = await change(buyer.store, order, CancelEdit(), buyer.caller, dry_run=True)
    assert gross(order_after(preview)) == 6935
