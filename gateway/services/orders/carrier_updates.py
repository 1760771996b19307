"""What the carrier says of parcels: they have left, have arrived, or came back."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from gateway.engine.orders.order import Order, OrderChange, OrderStatus
from gateway.engine.orders.shipments import (
    InvalidShipmentTransition,
    ReturnedParcel,
    Shipment,
    ShipmentState,
    order_status,
)
from gateway.engine.user_errors import ErrorCode, InputPath
from gateway.services.conflicts import changing_outcome, retry_on_conflict
from gateway.services.dependencies import Dependencies
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import delivery_details, lifecycle
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from gateway.services.orders.fulfilment import add_shipment
from gateway.services.orders.parcel_refunds import refund_parcel, restock_parcel
from gateway.services.orders.refunds import complete_refunds
from gateway.services.orders.scheduling import schedule_at_once
from gateway.services.orders.shipment_addresses import load_ship_to, seal_ship_to
from gateway.services.orders.shipment_mails import post_delivery_mail
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import UnitOfWork, VersionConflict
from gateway.services.provider_waits import answer_in_time

ID_PATH: InputPath = ("input", "id")
CHANGES = {
    ShipmentState.DELIVERED: OrderChange.DELIVERED,
    ShipmentState.RETURNED: OrderChange.RETURNED,
}


@dataclass(frozen=True, slots=True)
class CarrierWord:
    """What is said of a parcel: the state that it is in now, by ``actor``."""

    state: ShipmentState
    actor: str
    tracking_url: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    on_return: ReturnedParcel = ReturnedParcel.WAIT

    @property
    def decides_return(self) -> bool:
        """Whether it says what becomes of a parcel that came back."""
        return self.on_return is not ReturnedParcel.WAIT


async def update_parcel(
    shipment_id: str, word: CarrierWord, dependencies: Dependencies, path: InputPath = ID_PATH
) -> Outcome[Shipment]:
    """The parcel after the carrier's word."""
    if word.state is ShipmentState.DISPATCHED:
        return await dispatch_shipment(_dispatch(shipment_id, word, path), dependencies)
    outcome = await _retry(
        lambda work: _store_word(shipment_id, word, path, work, dependencies), path, dependencies
    )
    if outcome.value is not None and outcome.value.on_return is ReturnedParcel.REFUND:
        await complete_refunds(outcome.value.order_ids, dependencies)
    return outcome


async def update_order_parcels(
    order_id: str, word: CarrierWord, dependencies: Dependencies
) -> Outcome[Shipment]:
    """The last parcel of an order after the carrier's word about all of them that it can be of.

    The word that an order has left puts what is still open into a parcel first, and sends again
    what came back and waits. All parcels together take no longer than one request may.
    """
    with answer_in_time():
        return await _update_order_parcels(order_id, word, dependencies)


async def _update_order_parcels(
    order_id: str, word: CarrierWord, dependencies: Dependencies
) -> Outcome[Shipment]:
    if word.state is ShipmentState.DISPATCHED:
        try:
            order = await schedule_at_once(order_id, dependencies)
        except VersionConflict:
            return changing_outcome("order", ID_PATH)
    else:
        async with dependencies.database.read() as reading:
            order = await reading.orders.find(order_id)
    if order is None:
        return error_outcome(ErrorCode.NOT_FOUND, ID_PATH, "There is no such order.")
    parcels = await _list_parcels(order, word, dependencies)
    if not parcels:
        return await _update_without_parcels(order, word, dependencies)
    outcome: Outcome[Shipment] = Outcome()
    for parcel in parcels:
        outcome = await update_parcel(parcel.id, word, dependencies)
        if outcome.value is None:
            return outcome
    return outcome


def _dispatch(shipment_id: str, word: CarrierWord, path: InputPath) -> Dispatch:
    return Dispatch(
        shipment_id,
        word.actor,
        carrier=word.carrier,
        tracking_number=word.tracking_number,
        tracking_url=word.tracking_url,
        path=path,
    )


async def _list_parcels(
    order: Order, word: CarrierWord, dependencies: Dependencies
) -> tuple[Shipment, ...]:
    """The parcels of ``order`` that the word can be of."""
    async with dependencies.database.read() as reading:
        parcels = await reading.shipments.list_for_orders([order.id])
    if word.state is not ShipmentState.DISPATCHED:
        is_decision = word.state is ShipmentState.RETURNED and word.decides_return
        return tuple(
            parcel
            for parcel in parcels
            if parcel.state is ShipmentState.DISPATCHED or (is_decision and parcel.waits_for_a_word)
        )
    ready_parcels = _in_state(parcels, ShipmentState.READY)
    if ready_parcels:
        return ready_parcels
    resent_parcels = []
    for parcel in parcels:
        if parcel.waits_for_a_word:
            async with dependencies.database.begin() as work:
                resent_parcels.append(await send_again(parcel, work, dependencies))
    return tuple(resent_parcels)


def _in_state(parcels: Iterable[Shipment], state: ShipmentState) -> tuple[Shipment, ...]:
    return tuple(parcel for parcel in parcels if parcel.state is state)


async def _update_without_parcels(
    order: Order, word: CarrierWord, dependencies: Dependencies
) -> Outcome[Shipment]:
    """The word about an order that left before parcels were kept; else that it is not possible."""
    change = CHANGES.get(word.state)
    if order.status is not OrderStatus.SHIPPED or change is None:
        message = f"Not possible for an order that is {order.status.lower()}."
        return error_outcome(ErrorCode.NOT_MODIFIABLE, ID_PATH, message)
    async with dependencies.database.begin() as work:
        await lifecycle.change_order(order, change, work, dependencies, actor=word.actor)
    await dependencies.wakeups.announce(lifecycle.order_topic(order.id))
    return Outcome()


# -- a parcel has arrived, or came back


async def _retry(
    store_word: Callable[[UnitOfWork], Awaitable[Outcome[Shipment]]],
    path: InputPath,
    dependencies: Dependencies,
) -> Outcome[Shipment]:
    async def store() -> Outcome[Shipment]:
        async with dependencies.database.begin() as work:
            return await store_word(work)

    conflict: Outcome[Shipment] = changing_outcome("order", path)
    outcome = await retry_on_conflict(store, conflict)
    if outcome.value is not None:
        for order_id in outcome.value.order_ids:
            await dependencies.wakeups.announce(lifecycle.order_topic(order_id))
        await dependencies.wakeups.announce(DUE_TOPIC)
    return outcome


async def _store_word(
    shipment_id: str,
    word: CarrierWord,
    path: InputPath,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> Outcome[Shipment]:
    """Store the state of a parcel, and what follows for its orders.

    Raises:
        VersionConflict: the parcel or one of its orders was changed meanwhile.

    """
    shipment = await work.shipments.find(shipment_id)
    if shipment is None:
        return error_outcome(ErrorCode.NOT_FOUND, path, "There is no such shipment.")
    is_decision = word.state is ShipmentState.RETURNED and shipment.waits_for_a_word
    if is_decision and word.decides_return:
        return Outcome(await _decide_return(shipment, word, work, dependencies))
    try:
        changed_shipment = shipment.enter(word.state, dependencies.clock.now())
    except InvalidShipmentTransition:
        message = f"Not possible for a shipment that is {shipment.state.lower()}."
        return error_outcome(ErrorCode.NOT_MODIFIABLE, path, message)
    if word.state is ShipmentState.RETURNED:
        changed_shipment = replace(changed_shipment, on_return=ReturnedParcel.WAIT)
    await work.shipments.save(changed_shipment)
    for order_id in changed_shipment.order_ids:
        await _save_order(order_id, changed_shipment, word, work, dependencies)
    if word.state is ShipmentState.RETURNED and word.decides_return:
        changed_shipment = await _decide_return(changed_shipment, word, work, dependencies)
    return Outcome(changed_shipment)


async def _save_order(
    order_id: str,
    shipment: Shipment,
    word: CarrierWord,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    order = await work.orders.find(order_id)
    if order is None:
        return
    parcels = await work.shipments.list_for_orders([order_id])
    changed_order = await lifecycle.advance_order(
        order,
        CHANGES[word.state],
        order_status(order, parcels),
        work,
        dependencies,
        actor=word.actor,
    )
    if word.state is ShipmentState.DELIVERED:
        await post_delivery_mail(changed_order, shipment, work, dependencies)
    else:
        await delivery_details.save_tracking_page(order_id, None, work, dependencies)


# -- what came back


async def _decide_return(
    shipment: Shipment, word: CarrierWord, work: UnitOfWork, dependencies: Dependencies
) -> Shipment:
    """The parcel that came back after the word about what becomes of it."""
    if word.on_return is ReturnedParcel.RESEND:
        await send_again(shipment, work, dependencies)
        return shipment
    decided_shipment = replace(
        shipment, on_return=ReturnedParcel.REFUND, version=shipment.version + 1
    )
    await work.shipments.save(decided_shipment)
    for order_id in decided_shipment.order_ids:
        await refund_parcel(order_id, decided_shipment, word.actor, work, dependencies)
    await restock_parcel(decided_shipment, work, dependencies)
    return decided_shipment


async def send_again(shipment: Shipment, work: UnitOfWork, dependencies: Dependencies) -> Shipment:
    """A new parcel with what came back; it costs nothing more.

    Raises:
        VersionConflict: the parcel or one of its orders was changed meanwhile.

    """
    now = dependencies.clock.now()
    await work.shipments.save(
        replace(shipment, on_return=ReturnedParcel.RESEND, version=shipment.version + 1)
    )
    new_shipment = replace(
        shipment,
        id=dependencies.ids.new("shm"),
        state=ShipmentState.READY,
        created_at=now,
        due_at=now,
        carrier=None,
        tracking_number=None,
        dispatched_at=None,
        on_return=None,
        resent_id=shipment.id,
        version=1,
    )
    ship_to = (await load_ship_to([shipment.id], work, dependencies)).get(shipment.id)
    if ship_to is None:
        return new_shipment
    subject = shipment.purchaser_id or shipment.order_ids[0]
    new_ship_to = replace(ship_to, tracking_url=None)
    sealed_address = await seal_ship_to(new_shipment.id, new_ship_to, subject, work, dependencies)
    await add_shipment(new_shipment, new_ship_to, sealed_address, work, dependencies)
    for order_id in shipment.order_ids:
        order = await work.orders.find(order_id)
        if order is not None:
            await lifecycle.advance_order(
                order,
                OrderChange.SCHEDULED,
                order_status(order, await work.shipments.list_for_orders([order_id])),
                work,
                dependencies,
                actor=lifecycle.ACTOR_SHOP,
                detail="a parcel that came back is sent again",
            )
    return new_shipment
