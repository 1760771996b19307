"""Calls of the operator's own endpoints about one thing, each once those before it are over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import orjson

from gateway.services.encryption import GATEWAY_SUBJECT
from gateway.services.operator_calls import call_endpoint
from gateway.services.outbox import MessageDeferred, OutboxMessage, OutboxWriter
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.operator_endpoints import OperatorEndpoint
from gateway.services.ports.outbox import MessageKind

MIN_DEFERRAL = timedelta(seconds=1)
"""The least time until a call is looked at again that waits for an earlier one."""


@dataclass(frozen=True, slots=True)
class OrderedCall:
    """The ``sequence``-th call about ``log_id``, counted from 1; it has no personal data."""

    id: str
    kind: MessageKind
    log_id: str
    sequence: int
    at: datetime
    payload: Mapping[str, object]


class OrderedCallDependencies(Protocol):
    """The dependencies of posting calls."""

    @property
    def ids(self) -> IdGenerator:
        """The source of new ids."""
        ...

    @property
    def cipher(self) -> Cipher:
        """The cipher, which seals messages."""
        ...


async def post_ordered_call(
    call: OrderedCall, dedupe_key: str, work: UnitOfWork, dependencies: OrderedCallDependencies
) -> bool:
    """Add ``call`` to the outbox; returns whether its key is new."""
    document = {
        "id": call.id,
        "log": call.log_id,
        "sequence": call.sequence,
        "body": orjson.dumps(call.payload).decode(),
    }
    # Sealed for the gateway itself: there is nobody whose erasure would have to reach it.
    message = OutboxMessage(dedupe_key, call.kind, GATEWAY_SUBJECT, orjson.dumps(document))
    writer = OutboxWriter(dependencies.ids, dependencies.cipher)
    return await writer.post(message, due=call.at, now=call.at, work=work)


@dataclass(frozen=True, slots=True)
class OrderedCallDelivery:
    """Calls an endpoint; ``dedupe_key`` is the outbox's key of a call by its log and sequence."""

    database: Database
    clock: Clock
    endpoint: OperatorEndpoint
    dedupe_key: Callable[[str, int], str]

    async def deliver(self, key: str, body: bytes) -> None:  # noqa: ARG002 - the call's id is the key
        """Call the endpoint.

        Raises:
            MessageDeferred: an earlier call about the same thing still waits.
            CallNotAccepted: the endpoint did not accept it.

        """
        document = orjson.loads(body)
        earlier_key = self.dedupe_key(document["log"], document["sequence"] - 1)
        async with self.database.read() as reading:
            earlier_due = await reading.outbox.find_waiting_due(earlier_key)
        if earlier_due is not None:
            raise MessageDeferred(max(earlier_due, self.clock.now() + MIN_DEFERRAL))
        await call_endpoint(self.endpoint, document["id"], document["body"])
