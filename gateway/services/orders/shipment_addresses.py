"""The address of a parcel and the page that follows it, stored sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import TypeAdapter

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.pricing.purchase_details import Attribute
from gateway.services import encryption
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher, UnsealFailed
from gateway.services.ports.shipments import SealedAddress


@dataclass(frozen=True, slots=True)
class ShipTo:
    """Where a parcel goes, the carrier's page that follows it, and what people wrote.

    ``message`` is a gift's, ``line_attributes`` are what buyers want written on the goods, by the
    ids of their orders' lines.
    """

    address: PostalAddress = field(repr=False)
    tracking_url: str | None = field(default=None, repr=False)
    message: str | None = field(default=None, repr=False)
    line_attributes: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict, repr=False)


SHIP_TO_ADAPTER = TypeAdapter(ShipTo)


class ShipToDependencies(Protocol):
    """The dependencies of sealing."""

    @property
    def cipher(self) -> Cipher:
        """The cipher."""
        ...


async def seal_ship_to(
    shipment_id: str,
    ship_to: ShipTo,
    subject: str,
    work: UnitOfWork,
    dependencies: ShipToDependencies,
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
    shipment_ids: Sequence[str], reading: ReadSession, dependencies: ShipToDependencies
) -> dict[str, ShipTo]:
    """Where these shipments go, by their ids; those whose data was erased are left out.

    Raises:
        UnsealFailed: what is kept was altered.

    """
    sealed_by_id = await reading.shipments.find_ship_to(shipment_ids)
    keys = await reading.data_keys.find_many(
        list({sealed.subject for sealed in sealed_by_id.values()})
    )
    try:
        return _unseal_all(sealed_by_id, keys, dependencies.cipher)
    except UnsealFailed:
        # A key was replaced between the reads, as somebody was forgotten.
        if await reading.shipments.find_ship_to(shipment_ids) == sealed_by_id:
            raise
        return await load_ship_to(shipment_ids, reading, dependencies)


def _unseal_all(
    sealed_by_id: Mapping[str, SealedAddress], keys: Mapping[str, bytes], cipher: Cipher
) -> dict[str, ShipTo]:
    return {
        shipment_id: SHIP_TO_ADAPTER.validate_json(
            cipher.unseal(
                sealed.subject, keys[sealed.subject], sealed.sealed, _context(shipment_id)
            )
        )
        for shipment_id, sealed in sealed_by_id.items()
        if sealed.sealed and sealed.subject in keys
    }


def _context(shipment_id: str) -> str:
    return f"shipments.sealed:{shipment_id}"
