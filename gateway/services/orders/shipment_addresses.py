"""The address of a parcel and the page that follows it, stored sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from gateway.engine.addresses.address import PostalAddress
from gateway.services import encryption
from gateway.services.dependencies import Dependencies
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.shipments import SealedAddress


@dataclass(frozen=True, slots=True)
class ShipTo:
    """Where a parcel goes, the carrier's page that follows it, and a gift's message."""

    address: PostalAddress = field(repr=False)
    tracking_url: str | None = field(default=None, repr=False)
    message: str | None = field(default=None, repr=False)


SHIP_TO_ADAPTER = TypeAdapter(ShipTo)


async def seal_ship_to(
    shipment_id: str,
    ship_to: ShipTo,
    subject: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> SealedAddress:
    """``ship_to`` sealed under the key of ``subject``: the purchaser, a guest's order or a gift."""
    sealed = await encryption.seal(
        SHIP_TO_ADAPTER.dump_json(ship_to),
        subject=subject,
        context=_context(shipment_id),
        work=work,
        cipher=dependencies.cipher,
    )
    return SealedAddress(subject, sealed)


async def load_ship_to(
    shipment_ids: Sequence[str], reading: ReadSession, dependencies: Dependencies
) -> dict[str, ShipTo]:
    """Where these shipments go, by their ids; those whose data was erased are left out."""
    sealed_by_id = await reading.shipments.find_ship_to(shipment_ids)
    keys = await reading.data_keys.find_many(
        list({sealed.subject for sealed in sealed_by_id.values()})
    )
    return {
        shipment_id: SHIP_TO_ADAPTER.validate_json(
            dependencies.cipher.unseal(
                sealed.subject, keys[sealed.subject], sealed.sealed, _context(shipment_id)
            )
        )
        for shipment_id, sealed in sealed_by_id.items()
        if sealed.subject in keys
    }


def _context(shipment_id: str) -> str:
    return f"shipments.sealed:{shipment_id}"
