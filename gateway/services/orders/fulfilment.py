"""The fulfilment house: each parcel that is ready is posted to it once, until it is accepted."""

from dataclasses import dataclass, replace
from typing import Protocol

import orjson

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.orders.shipments import Shipment, ShipmentState
from gateway.services.conflicts import retry_or_raise
from gateway.services.operator_calls import call_endpoint
from gateway.services.orders.carrier_details import CarrierDetails, read_carrier_details
from gateway.services.orders.lifecycle import order_number
from gateway.services.orders.shipment_addresses import ShipTo
from gateway.services.outbox import OutboxMessage, OutboxWriter
from gateway.services.policy import Policy
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.messages import UndeliverableMessage
from gateway.services.ports.operator_endpoints import OperatorEndpoint
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.shipments import SealedAddress


class ShipmentDependencies(Protocol):
    """The dependencies of keeping new shipments."""

    @property
    def policy(self) -> Policy:
        """Whether a fulfilment house is called."""
        ...

    @property
    def clock(self) -> Clock:
        """The source of the present time."""
        ...

    @property
    def ids(self) -> IdGenerator:
        """The source of new ids."""
        ...

    @property
    def cipher(self) -> Cipher:
        """The cipher, which seals messages."""
        ...


async def add_shipment(
    shipment: Shipment,
    ship_to: ShipTo,
    sealed_address: SealedAddress,
    work: UnitOfWork,
    dependencies: ShipmentDependencies,
) -> None:
    """Keep a new shipment that is READY, and post it to the fulfilment house, if there is one.

    ``sealed_address`` is ``ship_to``, sealed.
    """
    await work.shipments.add(shipment, sealed_address)
    if not dependencies.policy.calls_fulfilment:
        return
    now = dependencies.clock.now()
    document = {"id": shipment.id, "body": orjson.dumps(_payload(shipment, ship_to)).decode()}
    message = OutboxMessage(
        f"fulfilment-{shipment.id}",
        MessageKind.FULFILMENT,
        sealed_address.subject,
        orjson.dumps(document),
    )
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    await writer.post(message, due=now, now=now, work=work)


def _payload(shipment: Shipment, ship_to: ShipTo) -> dict[str, object]:
    return {
        "type": "shipment.ready",
        "timestamp": shipment.created_at.isoformat(),
        "data": {
            "id": shipment.id,
            "lines": [
                {
                    "sku": line.sku,
                    "title": line.title,
                    "quantity": line.quantity,
                    "orderNumber": order_number(line.order_id) if line.order_id else None,
                    "attributes": [
                        {"key": attribute.key, "value": attribute.value}
                        for attribute in ship_to.line_attributes.get(line.line_id or "", ())
                    ],
                }
                for line in shipment.lines
            ],
            "shipTo": _address_fields(ship_to.address),
            "shippingMethod": shipment.shipping_method,
            "dueAt": shipment.due_at.isoformat(),
            "gift": shipment.gift_id is not None,
            "message": ship_to.message,
        },
    }


def _address_fields(address: PostalAddress) -> dict[str, object]:
    return {
        "name": address.name,
        "lines": list(address.lines),
        "city": address.city,
        "region": address.region,
        "postalCode": address.postal_code,
        "country": address.country,
        "phone": address.phone,
    }


@dataclass(frozen=True, slots=True)
class FulfilmentDelivery:
    """Posts parcels to the fulfilment house, and keeps what its answers say of the carrier."""

    database: Database
    endpoint: OperatorEndpoint

    async def deliver(self, key: str, body: bytes) -> None:  # noqa: ARG002 - the shipment's id is the key
        """Post a parcel, unless it has left or will not leave.

        Raises:
            CallNotAccepted: the fulfilment house did not accept it.
            UndeliverableMessage: it is not READY any more.

        """
        document = orjson.loads(body)
        shipment_id = document["id"]
        async with self.database.read() as reading:
            shipment = await reading.shipments.find(shipment_id)
        if shipment is None or shipment.state is not ShipmentState.READY:
            raise UndeliverableMessage("the parcel is not ready any more")
        answer = await call_endpoint(self.endpoint, shipment_id, document["body"])
        details = _read_answer(answer.content)
        if details.carrier or details.tracking_number:
            await self._save_details(shipment_id, details)

    async def _save_details(self, shipment_id: str, details: CarrierDetails) -> None:
        """Keep what the answer says, except of a parcel of which more is known by now.

        Raises:
            VersionConflict: the parcel was changed meanwhile, repeatedly.

        """

        async def save() -> None:
            async with self.database.begin() as work:
                shipment = await work.shipments.find(shipment_id)
                if shipment is None or shipment.carrier or shipment.tracking_number:
                    return
                await work.shipments.save(
                    replace(
                        shipment,
                        carrier=details.carrier,
                        tracking_number=details.tracking_number,
                        version=shipment.version + 1,
                    )
                )

        await retry_or_raise(save)


def _read_answer(content: bytes) -> CarrierDetails:
    """What an answer says; one that is no JSON object says nothing."""
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        return CarrierDetails()
    return read_carrier_details(answer) if isinstance(answer, dict) else CarrierDetails()
