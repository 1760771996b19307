"""R123, R128, R131: parts of an order where a charge is captured once: at Stripe, and simulated."""

from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.engine.orders.shipments import LineQuantity, Shipment, ShipmentState
from gateway.engine.user_errors import ErrorCode
from tests.services.orders.banks import Bank, SimulatedBank, StripeBank
from tests.services.orders.conftest import StripeStore
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import (
    close_window,
    dispatch,
    list_event_types,
    list_parcels,
    place_order,
    refusals,
)
from tests.services.orders.payments import list_amounts
from tests.store import Store

DUE, PRINT_SHARE = 16588, 13370
"""165.88; the print with its tax and the shipping is 133.70 of it."""
MUGS_SHARE = DUE - PRINT_SHARE
RETRY = timedelta(seconds=45)


@pytest.fixture
async def simulated_bank(database: SqliteDatabase, clock: ManualClock) -> SimulatedBank:
    return SimulatedBank(await Store.open(database, clock))


@pytest.fixture
def stripe_bank(stripe_store: StripeStore) -> StripeBank:
    return StripeBank(stripe_store)


@pytest.fixture(params=["simulated_bank", "stripe_bank"])
def bank(request: pytest.FixtureRequest) -> Bank:
    bank: Bank = request.getfixturevalue(request.param)
    return bank


async def buy(bank: Bank) -> tuple[Order, Shipment]:
    """An order whose window is over, and its parcel."""
    order = await place_order(await bank.store.sign_in_buyer())
    await close_window(bank.store)
    [parcel] = await list_parcels(bank.store, order)
    return order, parcel


def part(order: Order, line: int, quantity: int) -> tuple[LineQuantity, ...]:
    return (LineQuantity(order.lines[line].id, quantity),)


async def ready_parcel(bank: Bank, order: Order) -> Shipment:
    [parcel] = [
        parcel
        for parcel in await list_parcels(bank.store, order)
        if parcel.state is ShipmentState.READY
    ]
    return parcel


async def test_what_cannot_be_held_anew_keeps_the_next_parcel_here(bank: Bank) -> None:
    order, parcel = await buy(bank)
    bank.refuse_holds()
    first = await dispatch(bank.store, parcel, part(order, 1, 1))
    assert first.value is not None, first.user_errors
    assert await bank.sum_money() == (0, PRINT_SHARE, 0)
    parcel = await ready_parcel(bank, order)
    for _ in range(2):
        bank.store.clock.advance(timedelta(seconds=1))
        outcome = await dispatch(bank.store, parcel)
        message = "The payment provider refused to capture 32.18 USD: the parcel stays here."
        assert refusals(outcome) == [(ErrorCode.PAYMENT_DECLINED, "shipmentId", message)]
        assert await ready_parcel(bank, order) == parcel
    assert await bank.sum_money() == (0, PRINT_SHARE, 0)
    assert await find_violations(bank.store) == []
    bank.grant_holds()
    assert (await dispatch(bank.store, parcel)).value is not None
    assert await bank.sum_money() == (0, DUE, 0)
    assert (await bank.store.load_order(order.id)).status is OrderStatus.SHIPPED
    assert await find_violations(bank.store) == []


async def test_parts_leave_one_by_one_though_nothing_is_held_for_the_rest(bank: Bank) -> None:
    """What is asked for again is never more than what leaves and what is left."""
    order, parcel = await buy(bank)
    bank.refuse_holds()
    assert (await dispatch(bank.store, parcel, part(order, 1, 1))).value is not None
    bank.grant_holds()
    for _ in range(3):
        parcel = await ready_parcel(bank, order)
        assert (await dispatch(bank.store, parcel, part(order, 0, 1))).value is not None
        assert await find_violations(bank.store) == []
    assert await bank.sum_money() == (0, DUE, 0)
    assert await find_violations(bank.store) == []


async def test_after_a_refused_renewal_another_part_is_another_request(bank: Bank) -> None:
    order, parcel = await buy(bank)
    await bank.expire_holds()
    bank.refuse_holds()
    for lines, amount in [(None, "165.88"), (part(order, 1, 1), "133.70"), (None, "165.88")]:
        bank.store.clock.advance(timedelta(seconds=1))
        message = f"The payment provider refused to capture {amount} USD: the parcel stays here."
        assert refusals(await dispatch(bank.store, parcel, lines)) == [
            (ErrorCode.PAYMENT_DECLINED, "shipmentId", message)
        ]
    bank.grant_holds()
    assert (await dispatch(bank.store, parcel, part(order, 1, 1))).value is not None
    assert await bank.sum_money() == (MUGS_SHARE, PRINT_SHARE, 0)
    assert (await dispatch(bank.store, await ready_parcel(bank, order))).value is not None
    assert await bank.sum_money() == (0, DUE, 0)
    assert await find_violations(bank.store) == []


@pytest.mark.parametrize("is_asked_again", [True, False])
async def test_two_parts_while_the_provider_is_away_hold_no_more_than_is_due(
    bank: Bank, *, is_asked_again: bool
) -> None:
    order, parcel = await buy(bank)
    bank.go_away()
    for lines in (part(order, 0, 1), part(order, 1, 1)):
        bank.store.clock.advance(timedelta(seconds=1))
        outcome = await dispatch(bank.store, parcel, lines)
        assert [error.code for error in outcome.user_errors] == [ErrorCode.PURCHASE_IN_PROGRESS]
    bank.come_back()
    if not is_asked_again:
        for _ in range(2):
            bank.store.clock.advance(RETRY)
            await bank.store.work_until_idle()
    # Both captures were for the print in the end: 15.72 of the mug, and what it costs more.
    assert (await dispatch(bank.store, parcel, part(order, 1, 1))).value is not None
    assert await bank.sum_money() == (MUGS_SHARE, PRINT_SHARE, 0)
    parcel = await ready_parcel(bank, order)
    assert (await dispatch(bank.store, parcel)).value is not None
    assert await bank.sum_money() == (0, DUE, 0)
    assert await find_violations(bank.store) == []


@pytest.mark.parametrize("captured_minor", [DUE, 10000])
async def test_a_cancelled_order_gives_back_what_was_captured_by_hand(
    bank: Bank, captured_minor: int
) -> None:
    order = await place_order(await bank.store.sign_in_buyer())
    await bank.capture_by_hand(captured_minor)
    cancelled = await bank.store.cancel(order)
    assert cancelled.value is not None, cancelled.user_errors
    assert cancelled.value.status is OrderStatus.CANCELLED
    assert await bank.sum_money() == (0, captured_minor, captured_minor)
    assert await list_amounts(bank.store, order.id) == [
        (OrderPaymentState.REFUNDED, captured_minor, captured_minor)
    ]
    assert await find_violations(bank.store) == []


async def test_what_was_captured_by_hand_is_given_back_once_the_provider_is_back(
    bank: Bank,
) -> None:
    order = await place_order(await bank.store.sign_in_buyer())
    await bank.capture_by_hand(DUE)
    bank.go_away()
    assert (await bank.store.cancel(order)).value is not None
    assert await list_amounts(bank.store, order.id) == [(OrderPaymentState.RELEASING, 0, 0)]
    bank.come_back()
    bank.store.clock.advance(RETRY)
    await bank.store.work_until_idle()
    assert await list_amounts(bank.store, order.id) == [(OrderPaymentState.REFUNDED, DUE, DUE)]
    assert await bank.sum_money() == (0, DUE, DUE)
    assert "refund_failed" not in await list_event_types(bank.store, order)


@pytest.mark.parametrize("captured_minor", [DUE, PRINT_SHARE, 10000])
async def test_a_part_leaves_though_its_charge_was_captured_by_hand_and_nobody_told(
    bank: Bank, captured_minor: int
) -> None:
    order, parcel = await buy(bank)
    await bank.capture_by_hand(captured_minor)
    first = await dispatch(bank.store, parcel, part(order, 1, 1))
    assert first.value is not None, first.user_errors
    assert (await bank.sum_money())[1] == max(captured_minor, PRINT_SHARE)
    assert await find_violations(bank.store) == []
    second = await dispatch(bank.store, await ready_parcel(bank, order))
    assert second.value is not None, second.user_errors
    assert await bank.sum_money() == (0, DUE, 0)
    assert await find_violations(bank.store) == []
