"""Parcels of gifts: each gift that is to go out has one, which follows the gift's status.

The address is sealed under the key of the gift's own recipient, so that nobody can read it once
they are forgotten. Only staff see these parcels.
"""

from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.orders.shipments import Shipment, ShipmentLine, ShipmentState
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import recipient_subject
from gateway.services.orders.carrier_details import CarrierDetails
from gateway.services.orders.fulfilment import add_shipment
from gateway.services.orders.shipment_addresses import ShipTo, load_ship_to, seal_ship_to
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.shipments import SealedAddress

STATES = {
    GiftStatus.RESOLVED: ShipmentState.READY,
    GiftStatus.DISPATCHED: ShipmentState.DISPATCHED,
    GiftStatus.DELIVERED: ShipmentState.DELIVERED,
}
"""The state of a gift's parcel by the gift's status; by any other it is CANCELLED or RETURNED."""
GONE_STATES = frozenset({ShipmentState.CANCELLED, ShipmentState.RETURNED})


async def keep_parcel(
    gift: Gift, now: datetime, *, work: UnitOfWork, dependencies: GiftDependencies
) -> Gift:
    """``gift`` with its parcel made if it is due, or brought to the state that the gift is in.

    Raises:
        VersionConflict: the parcel was changed meanwhile.

    """
    if gift.needs_parcel(now):
        return await _make_parcel(gift, now, work, dependencies)
    if gift.parcel_id is None:
        return gift
    parcel = await work.shipments.find(gift.parcel_id)
    if parcel is None:
        return replace(gift, parcel_id=None)
    state = STATES.get(gift.status) or _end_state(parcel)
    if state is parcel.state:
        return gift
    ship_to = await _seal_tracking_page(gift, parcel, state, work, dependencies)
    await work.shipments.save(parcel.enter(state, now), ship_to)
    return replace(gift, parcel_id=None) if state in GONE_STATES else gift


def _end_state(parcel: Shipment) -> ShipmentState:
    """The state of the parcel of a gift that goes nowhere now: it stays here, or came back."""
    match parcel.state:
        case ShipmentState.READY:
            return ShipmentState.CANCELLED
        case ShipmentState.DISPATCHED:
            return ShipmentState.RETURNED
    return parcel.state


async def _make_parcel(
    gift: Gift, now: datetime, work: UnitOfWork, dependencies: GiftDependencies
) -> Gift:
    """``gift`` with a new parcel; its goods may have been out in an earlier one."""
    address = gift.address
    earlier_parcels = await work.shipments.find_by_gift(gift.id)
    for parcel in earlier_parcels:
        # A process of an earlier version has saved the gift without its parcel's id.
        if parcel.state is ShipmentState.READY:
            return replace(gift, parcel_id=parcel.id)
    if address is None:
        return gift
    returned_ids = [
        earlier.id for earlier in earlier_parcels if earlier.state is ShipmentState.RETURNED
    ]
    item = gift.item
    variants = await work.catalogue.load_variants([item.variant_id])
    sku = variants[item.variant_id].sku if item.variant_id in variants else ""
    new_parcel = Shipment(
        id=dependencies.ids.new("shm"),
        state=ShipmentState.READY,
        created_at=now,
        due_at=now,
        lines=(ShipmentLine(item.variant_id, sku, item.title, item.quantity),),
        gift_id=gift.id,
        shipping_method=await dependencies.pricing.find_shipping_method(
            item.variant_id, item.quantity, address=address, reading=work
        ),
        resent_id=returned_ids[-1] if returned_ids else None,
    )
    ship_to = ShipTo(address, message=gift.note.message)
    sealed_address = await seal_ship_to(
        new_parcel.id, ship_to, recipient_subject(gift.id), work, dependencies
    )
    await add_shipment(new_parcel, ship_to, sealed_address, work, dependencies)
    return replace(gift, parcel_id=new_parcel.id)


async def _seal_tracking_page(
    gift: Gift,
    parcel: Shipment,
    state: ShipmentState,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> SealedAddress | None:
    """Where the parcel goes with the carrier's page, once it leaves; None leaves it as it is."""
    if state is not ShipmentState.DISPATCHED or gift.tracking_url is None:
        return None
    ship_to = (await load_ship_to([parcel.id], work, dependencies)).get(parcel.id)
    if ship_to is None:
        return None
    return await seal_ship_to(
        parcel.id,
        replace(ship_to, tracking_url=gift.tracking_url),
        recipient_subject(gift.id),
        work,
        dependencies,
    )


async def save_carrier(gift: Gift, details: CarrierDetails, *, work: UnitOfWork) -> None:
    """Keep who carries the gift's parcel.

    Raises:
        VersionConflict: the parcel was changed meanwhile.

    """
    if gift.parcel_id is None or not (details.carrier or details.tracking_number):
        return
    parcel = await work.shipments.find(gift.parcel_id)
    if parcel is None:
        return
    await work.shipments.save(
        replace(
            parcel,
            carrier=details.carrier or parcel.carrier,
            tracking_number=details.tracking_number or parcel.tracking_number,
            version=parcel.version + 1,
        )
    )


async def forget_parcels(gift: Gift, now: datetime, *, work: UnitOfWork) -> Gift:
    """``gift`` after its parcels' addresses were deleted; one that has not left will not leave.

    Saving the gift makes another one if it still goes somewhere.

    Raises:
        VersionConflict: the parcel was changed meanwhile.

    """
    await work.shipments.erase_gift(gift.id)
    if gift.parcel_id is None:
        return gift
    parcel = await work.shipments.find(gift.parcel_id)
    if parcel is None or parcel.state is not ShipmentState.READY:
        return gift
    await work.shipments.save(parcel.enter(ShipmentState.CANCELLED, now))
    return replace(gift, parcel_id=None)
