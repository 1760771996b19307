"""Events of orders and gifts for the shop's own systems, in the order of their logs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import orjson

from gateway.services.encryption import GATEWAY_SUBJECT
from gateway.services.operator_calls import call_endpoint
from gateway.services.outbox import MessageDeferred, OutboxMessage, OutboxWriter
from gateway.services.policy import Policy
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.operator_endpoints import OperatorEndpoint
from gateway.services.ports.outbox import MessageKind

MIN_DEFERRAL = timedelta(seconds=1)
"""The least time until an event is looked at again that waits for an earlier one."""


@dataclass(frozen=True, slots=True)
class ShopEvent:
    """An event as the shop's systems are told it; ``data`` has no personal data.

    ``log_id`` is the order or the gift whose ``sequence``-th event it is, counted from 1.
    """

    id: str
    type: str
    log_id: str
    sequence: int
    occurred_at: datetime
    data: dict[str, str | int]


class ShopEventDependencies(Protocol):
    """The dependencies of posting events."""

    @property
    def policy(self) -> Policy:
        """Whether events are posted."""
        ...

    @property
    def ids(self) -> IdGenerator:
        """The source of new ids."""
        ...

    @property
    def cipher(self) -> Cipher:
        """The cipher, which seals messages."""
        ...


async def post_shop_event(
    event: ShopEvent, *, work: UnitOfWork, dependencies: ShopEventDependencies
) -> None:
    """Add a call with ``event`` to the outbox, if the shop has an endpoint."""
    if not dependencies.policy.calls_shop:
        return
    payload = {"type": event.type, "timestamp": event.occurred_at.isoformat(), "data": event.data}
    document = {
        "id": event.id,
        "log": event.log_id,
        "sequence": event.sequence,
        "body": orjson.dumps(payload).decode(),
    }
    # Sealed for the gateway itself: there is nobody whose erasure would have to reach it.
    message = OutboxMessage(
        _dedupe_key(event.log_id, event.sequence),
        MessageKind.SHOP_EVENT,
        GATEWAY_SUBJECT,
        orjson.dumps(document),
    )
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    await writer.post(message, due=event.occurred_at, now=event.occurred_at, work=work)


def _dedupe_key(log_id: str, sequence: int) -> str:
    return f"shop-event-{log_id}-{sequence}"


@dataclass(frozen=True, slots=True)
class ShopEventDelivery:
    """Calls the shop's endpoint with the events of each order and gift one after the other."""

    database: Database
    clock: Clock
    endpoint: OperatorEndpoint

    async def deliver(self, key: str, body: bytes) -> None:  # noqa: ARG002 - the event's id is the key
        """Call the endpoint with an event.

        Raises:
            MessageDeferred: an earlier event of the same log still waits.
            CallNotAccepted: the endpoint did not accept it.

        """
        document = orjson.loads(body)
        earlier_key = _dedupe_key(document["log"], document["sequence"] - 1)
        async with self.database.read() as reading:
            earlier_due = await reading.outbox.find_waiting_due(earlier_key)
        if earlier_due is not None:
            raise MessageDeferred(max(earlier_due, self.clock.now() + MIN_DEFERRAL))
        await call_endpoint(self.endpoint, document["id"], document["body"])
