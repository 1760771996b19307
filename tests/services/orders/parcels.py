"""Orders on their way in tests: what buyers, staff and carriers do with them."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.engine.catalogue.products import Variant
from gateway.engine.orders.order import Order
from gateway.engine.orders.payments import OrderMoney
from gateway.engine.orders.returns import ReturnStatus
from gateway.engine.orders.shipments import LineQuantity, ReturnedParcel, Shipment, ShipmentState
from gateway.engine.user_errors import ErrorCode
from gateway.services.identity.callers import Caller
from gateway.services.orders.carrier_updates import CarrierWord, update_parcel
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from gateway.services.orders.order_money import order_money
from gateway.services.orders.refunds import RefundDraft, refund_order
from gateway.services.orders.returns import (
    ReturnDraft,
    ReturnUpdate,
    request_order_return,
    update_return,
)
from gateway.services.outcomes import Outcome
from gateway.services.ports.api_keys import ApiKey, ApiKeyRole
from gateway.services.ports.refunds import OrderRefund, StoredReturn
from tests.shelves import MUG, PRINT
from tests.store import CLOCK_TICK, Buyer, Store, create_ids, require_order

WINDOW = timedelta(minutes=90)
ACTOR = "staff:desk"
LINES = ((MUG, 3), (PRINT, 1))
"""Three of 10.00 and one of 120.00; 7.25 % tax on both, 5.00 shipping: 165.88."""
_keys = (f"request-{number}" for number in itertools.count())


async def staff_caller(store: Store) -> Caller:
    """Somebody with a staff key."""
    key = ApiKey("key_1", "desk", ApiKeyRole.STAFF, None)
    return replace(await store.authenticate(), key=key)


async def place_order(
    buyer: Buyer,
    lines: tuple[tuple[Variant, int], ...] = LINES,
    method: str = "sim_ok",
    codes: tuple[str, ...] = (),
) -> Order:
    cart = await buyer.store.create_cart(lines, codes=codes)
    return require_order(await buyer.check_out(cart, **await create_ids(buyer, method)))


async def close_window(store: Store) -> None:
    store.clock.advance(WINDOW)
    await store.work_until_idle()


async def list_parcels(store: Store, order: Order) -> tuple[Shipment, ...]:
    async with store.database.read() as reading:
        return await reading.shipments.list_for_orders([order.id])


async def dispatch(
    store: Store, parcel: Shipment, lines: tuple[LineQuantity, ...] | None = None
) -> Outcome[Shipment]:
    return await dispatch_shipment(Dispatch(parcel.id, ACTOR, lines), store.dependencies)


async def say(
    store: Store,
    parcel: Shipment,
    state: ShipmentState,
    on_return: ReturnedParcel = ReturnedParcel.WAIT,
) -> Outcome[Shipment]:
    """What the carrier or staff say of a parcel."""
    word = CarrierWord(state, ACTOR, on_return=on_return)
    return await update_parcel(parcel.id, word, store.dependencies)


async def deliver(store: Store, order: Order) -> None:
    """Close the window of ``order``, and bring all of it to its buyer."""
    await close_window(store)
    for parcel in await list_parcels(store, order):
        assert (await dispatch(store, parcel)).value is not None
        assert (await say(store, parcel, ShipmentState.DELIVERED)).value is not None


async def refund(
    store: Store,
    order: Order,
    key: str | None = None,
    **fields: Any,  # noqa: ANN401 - of a draft
) -> Outcome[OrderRefund]:
    store.clock.advance(CLOCK_TICK)
    draft = RefundDraft(order.id, **fields)
    return await refund_order(
        draft,
        key or next(_keys),
        caller=await staff_caller(store),
        dependencies=store.dependencies,
    )


async def ask_return(
    store: Store,
    order: Order,
    caller: Caller,
    *lines: LineQuantity,
    key: str | None = None,
    reason: str | None = None,
) -> Outcome[StoredReturn]:
    draft = ReturnDraft(order.id, lines, reason)
    return await request_order_return(draft, key, caller=caller, dependencies=store.dependencies)


async def advance(
    store: Store,
    id: str,
    status: str,
    key: str | None = None,
    **fields: Any,  # noqa: ANN401 - of a draft
) -> Outcome[StoredReturn]:
    store.clock.advance(CLOCK_TICK)
    word = ReturnUpdate(id, ReturnStatus(status), **fields)
    return await update_return(
        word, key, caller=await staff_caller(store), dependencies=store.dependencies
    )


async def load_money(store: Store, order: Order) -> OrderMoney:
    async with store.database.read() as reading:
        payments = await reading.order_payments.list_for(order.id)
    return order_money(await store.load_order(order.id), payments)


async def list_refunds(store: Store, order: Order) -> list[tuple[int, int, str]]:
    """Amount and tax of each refund, in minor units, and whether it came about."""
    async with store.database.read() as reading:
        refunds = await reading.refunds.list_for_orders([order.id])
    return [(each.amount.minor, each.tax.minor, each.status.value) for each in refunds]


async def list_event_types(store: Store, order: Order) -> list[str]:
    async with store.database.read() as reading:
        events = await reading.orders.list_events(order.id, 0, 100)
    return [event.type.value for event in events]


def refusals(outcome: Outcome[Any]) -> list[tuple[ErrorCode, str, str]]:
    """Code, path and sentence of each error."""
    return [
        (error.code, ".".join((error.field or ())[1:]), error.message)
        for error in outcome.user_errors
    ]
