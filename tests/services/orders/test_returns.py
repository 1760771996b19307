"""Returns of what was delivered, and parcels that come back, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.order import OrderStatus
from gateway.engine.orders.returns import ReturnLine, ReturnStatus
from gateway.engine.orders.shipments import LineQuantity, ReturnedParcel, ShipmentState
from gateway.engine.user_errors import ErrorCode
from gateway.services.orders.carrier_updates import CarrierWord, update_order_parcels
from gateway.services.orders.returns import ReturnUpdate, update_return
from gateway.services.ports.refunds import StoredReturn
from tests.conftest import AnyDatabase
from tests.services.orders.parcels import (
    ACTOR,
    advance,
    ask_return,
    close_window,
    deliver,
    dispatch,
    list_event_types,
    list_parcels,
    list_refunds,
    load_money,
    place_order,
    refund,
    refusals,
    say,
)
from tests.shelves import EBOOK, PRINT
from tests.store import Store, require_order

COMPLETED = "COMPLETED"
PAUSE = timedelta(seconds=1)


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


async def request_one(store: Store, count: int = 2) -> StoredReturn:
    """A return of so many mugs of a delivered order of three mugs and a print."""
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    await deliver(store, order)
    outcome = await ask_return(
        store, order, buyer.caller, LineQuantity(order.lines[0].id, count), reason="Too small."
    )
    assert outcome.value is not None, outcome
    return outcome.value


# -- requesting


async def test_what_was_delivered_can_be_requested_once(store: Store) -> None:  # R125
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    mugs, prints = (line.id for line in order.lines)
    early = await ask_return(store, order, buyer.caller, LineQuantity(mugs, 1))
    assert refusals(early) == [
        (ErrorCode.INVALID_INPUT, "lines.0.quantity", "1 are more than the 0 left to return.")
    ]
    await deliver(store, order)
    requested = await ask_return(store, order, buyer.caller, LineQuantity(mugs, 2))
    assert requested.value is not None
    assert (requested.value.status, requested.value.lines) == (
        ReturnStatus.REQUESTED,
        (ReturnLine(mugs, 2),),
    )
    too_many = await ask_return(
        store, order, buyer.caller, LineQuantity(mugs, 2), LineQuantity("orl_none", 1)
    )
    assert refusals(too_many) == [
        (ErrorCode.INVALID_INPUT, "lines.0.quantity", "2 are more than the 1 left to return."),
        (ErrorCode.NOT_FOUND, "lines.1.lineId", "There is no line orl_none."),
    ]
    both = await asyncio.gather(
        *(ask_return(store, order, buyer.caller, LineQuantity(prints, 1)) for _ in range(3))
    )
    assert sorted(len(outcome.user_errors) for outcome in both) == [0, 1, 1]


async def test_others_orders_are_no_ones_to_return(store: Store) -> None:  # R125
    ada, grace = await store.sign_in_buyer(), await store.sign_in_buyer("grace@example.com")
    order = await place_order(ada)
    await deliver(store, order)
    line = LineQuantity(order.lines[0].id, 1)
    refused = await ask_return(store, order, grace.caller, line)
    assert refusals(refused) == [(ErrorCode.NOT_FOUND, "orderId", "There is no such order.")]
    device = await ada.on_device_alone()
    assert refusals(await ask_return(store, order, device.caller, line)) == []


async def test_a_guest_returns_from_the_device_that_bought(store: Store) -> None:  # R121, R125
    order = require_order(await store.check_out_as_guest(await store.create_cart()))
    await deliver(store, order)
    line = LineQuantity(order.lines[0].id, 1)
    stranger = await store.authenticate()
    refused = await ask_return(store, order, stranger, line)
    assert refusals(refused) == [(ErrorCode.NOT_FOUND, "orderId", "There is no such order.")]
    assert order.client_id is not None
    guest = replace(stranger, client=replace(stranger.client, id=order.client_id))
    assert refusals(await ask_return(store, order, guest, line, reason="Too big.")) == []


async def test_one_key_is_one_return(store: Store) -> None:  # R125
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    await deliver(store, order)
    mugs = order.lines[0].id
    outcomes = await asyncio.gather(
        *(ask_return(store, order, buyer.caller, LineQuantity(mugs, 1), key="k") for _ in range(3))
    )
    assert len({outcome.value.id for outcome in outcomes if outcome.value}) == 1
    other = await ask_return(store, order, buyer.caller, LineQuantity(mugs, 2), key="k")
    assert [(code, path) for code, path, _ in refusals(other)] == [
        (ErrorCode.IDEMPOTENCY_CONFLICT, "idempotencyKey")
    ]


# -- what staff say


async def test_a_return_is_received_in_parts_refunded_and_restocked(store: Store) -> None:  # R125
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer, ((PRINT, 3),))
    await deliver(store, order)
    assert await store.available_stock(PRINT) == 0
    prints = order.lines[0].id
    requested = (await ask_return(store, order, buyer.caller, LineQuantity(prints, 3))).value
    assert requested is not None
    assert refusals(await advance(store, requested.id, "APPROVED")) == []
    partly = await advance(store, requested.id, "RECEIVED", lines=(LineQuantity(prints, 1),))
    assert partly.value is not None
    assert partly.value.lines == (ReturnLine(prints, 3, 1),)
    assert (await store.available_stock(PRINT), await list_refunds(store, order)) == (
        1,
        [(12_870, 870, COMPLETED)],
    )
    store.clock.advance(PAUSE)
    completed = await advance(store, requested.id, "RECEIVED")
    assert completed.value is not None
    assert completed.value.lines == (ReturnLine(prints, 3, 3),)
    assert completed.value.refund_id != partly.value.refund_id
    assert (await store.available_stock(PRINT), await list_refunds(store, order)) == (
        3,
        [(12_870, 870, COMPLETED), (25_740, 1740, COMPLETED)],
    )
    closed = await advance(store, requested.id, "CLOSED")
    assert closed.value is not None
    assert closed.value.status is ReturnStatus.CLOSED
    assert (await store.load_order(order.id)).status is OrderStatus.DELIVERED
    assert (await list_event_types(store, order))[-4:] == ["returned", "refunded"] * 2
    async with store.database.read() as reading:
        actions = await reading.staff_actions.list_page(9, None, requested.id)
    assert [dict(action.detail)["status"] for action in actions] == [
        "CLOSED",
        "RECEIVED",
        "RECEIVED",
        "APPROVED",
    ]


async def test_a_return_without_its_money_or_its_stock(store: Store) -> None:  # R125
    requested = await request_one(store)
    await advance(store, requested.id, "APPROVED")
    received = await advance(store, requested.id, "RECEIVED", refund=False, restock=False)
    assert received.value is not None
    assert (received.value.refund_id, dict(received.value.restocked)) == (None, {})


async def test_a_stale_screen_changes_nothing(store: Store) -> None:  # R125
    requested = await request_one(store)
    await advance(store, requested.id, "DECLINED")
    late = await advance(store, requested.id, "APPROVED")
    assert refusals(late) == [
        (
            ErrorCode.NOT_MODIFIABLE,
            "status",
            "The return is DECLINED: it cannot become APPROVED.",
        )
    ]
    unknown = await advance(store, "ret_none", "APPROVED")
    assert refusals(unknown) == [(ErrorCode.NOT_FOUND, "returnId", "There is no such return.")]


async def test_two_members_of_staff_receive_at_once(store: Store) -> None:  # R125
    requested = await request_one(store)
    await advance(store, requested.id, "APPROVED")
    outcomes = await asyncio.gather(*(advance(store, requested.id, "RECEIVED") for _ in range(3)))
    assert sorted(len(outcome.user_errors) for outcome in outcomes) == [0, 1, 1]
    order = await store.load_order(requested.order_id)
    assert await list_refunds(store, order) == [(2145, 145, COMPLETED)]


async def test_a_double_click_receives_once(store: Store) -> None:  # R125
    requested = await request_one(store)
    await advance(store, requested.id, "APPROVED")
    line = (LineQuantity(requested.lines[0].line_id, 1),)
    outcomes = await asyncio.gather(
        *(advance(store, requested.id, "RECEIVED", "k", lines=line) for _ in range(3))
    )
    assert [refusals(outcome) for outcome in outcomes] == [[], [], []]
    order = await store.load_order(requested.order_id)
    assert await list_refunds(store, order) == [(1072, 72, COMPLETED)]


async def test_what_was_given_back_before_is_not_given_back_again(store: Store) -> None:  # R125
    requested = await request_one(store, 3)
    order = await store.load_order(requested.order_id)
    await refund(store, order, lines=(LineQuantity(requested.lines[0].line_id, 2),), restock=True)
    await advance(store, requested.id, "APPROVED")
    again = await advance(store, requested.id, "RECEIVED")
    assert [(code, path) for code, path, _ in refusals(again)] == [
        (ErrorCode.INVALID_INPUT, "restock")
    ]
    paid = await advance(store, requested.id, "RECEIVED", restock=False)
    assert refusals(paid) == [
        (ErrorCode.INVALID_INPUT, "refund", "3 are more than the 1 left to refund.")
    ]
    assert await list_event_types(store, order) == [
        "placed",
        "scheduled",
        "shipped",
        "delivered",
        "refunded",
    ]
    received = await advance(store, requested.id, "RECEIVED", refund=False, restock=False)
    assert refusals(received) == []


async def test_nobody_but_staff_updates_returns(store: Store) -> None:  # R125
    buyer = await store.sign_in_buyer()
    refused = await update_return(
        ReturnUpdate("ret_1", ReturnStatus.APPROVED),
        None,
        caller=buyer.caller,
        dependencies=store.dependencies,
    )
    assert [code for code, _, _ in refusals(refused)] == [ErrorCode.FORBIDDEN]


# -- parcels that come back


async def test_an_order_that_came_back_is_refunded_and_restocked(store: Store) -> None:  # R125
    order = await place_order(await store.sign_in_buyer())
    await close_window(store)
    (parcel,) = await list_parcels(store, order)
    await dispatch(store, parcel)
    assert refusals(await say(store, parcel, ShipmentState.RETURNED)) == []
    assert (await store.load_order(order.id)).status is OrderStatus.SCHEDULED
    assert await store.available_stock(PRINT) == 2
    word = CarrierWord(ShipmentState.RETURNED, ACTOR, on_return=ReturnedParcel.REFUND)
    decided = await update_order_parcels(order.id, word, store.dependencies)
    assert refusals(decided) == []
    assert await list_refunds(store, order) == [(16_588, 1088, COMPLETED)]
    assert await store.available_stock(PRINT) == 3
    assert (await store.load_order(order.id)).status is OrderStatus.DELIVERED
    assert (await list_event_types(store, order))[-3:] == ["shipped", "returned", "refunded"]
    money = await load_money(store, order)
    assert (money.captured, money.refunded) == (16_588, 16_588)
    again = await say(store, parcel, ShipmentState.RETURNED, ReturnedParcel.REFUND)
    assert [code for code, _, _ in refusals(again)] == [ErrorCode.NOT_MODIFIABLE]


async def test_one_parcel_of_two_comes_back(store: Store) -> None:  # R125
    order = await place_order(await store.sign_in_buyer())
    await close_window(store)
    (parcel,) = await list_parcels(store, order)
    mugs, prints = (line.id for line in order.lines)
    await dispatch(store, parcel, (LineQuantity(mugs, 2),))
    (second,) = [
        each for each in await list_parcels(store, order) if each.state is ShipmentState.READY
    ]
    await dispatch(store, second)
    await refund(store, order, lines=(LineQuantity(prints, 1),))
    store.clock.advance(PAUSE)
    assert refusals(await say(store, second, ShipmentState.RETURNED, ReturnedParcel.REFUND)) == []
    # The third mug; the print was given back before, shipping stays with the other parcel.
    assert await list_refunds(store, order) == [
        (12_870, 870, COMPLETED),
        (1072, 72, COMPLETED),
    ]
    assert await store.available_stock(PRINT) == 3
    restocked_before = await refund(store, order, lines=(LineQuantity(mugs, 2),), restock=True)
    assert refusals(restocked_before) == []


async def test_a_parcel_whose_money_is_back_already_is_restocked(store: Store) -> None:  # R125
    order = await place_order(await store.sign_in_buyer())
    await close_window(store)
    (parcel,) = await list_parcels(store, order)
    await dispatch(store, parcel)
    await refund(store, order, amount=Decimal("165.88"))
    outcome = await say(store, parcel, ShipmentState.RETURNED, ReturnedParcel.REFUND)
    assert refusals(outcome) == []
    assert await store.available_stock(PRINT) == 3
    assert (await load_money(store, order)).refunded == 16_588


async def test_what_cost_nothing_comes_back_without_a_refund(store: Store) -> None:  # R125
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer, ((EBOOK, 1),), codes=("RICH",))
    await deliver(store, order)
    line = LineQuantity(order.lines[0].id, 1)
    requested = (await ask_return(store, order, buyer.caller, line)).value
    assert requested is not None
    await advance(store, requested.id, "APPROVED")
    assert refusals(await advance(store, requested.id, "RECEIVED")) == []
    assert await store.stored_value_balance("RICH") > 49_000
