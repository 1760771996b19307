"""Events of orders and gifts for the shop's own systems, in the order of their logs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.services.ordered_calls import OrderedCall, OrderedCallDelivery, post_ordered_call
from gateway.services.policy import Policy
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.operator_endpoints import OperatorEndpoint
from gateway.services.ports.outbox import MessageKind


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
    call = OrderedCall(
        event.id,
        MessageKind.SHOP_EVENT,
        event.log_id,
        event.sequence,
        event.occurred_at,
        payload,
    )
    await post_ordered_call(call, _dedupe_key(event.log_id, event.sequence), work, dependencies)


def _dedupe_key(log_id: str, sequence: int) -> str:
    return f"shop-event-{log_id}-{sequence}"


def shop_event_delivery(
    database: Database, clock: Clock, endpoint: OperatorEndpoint
) -> OrderedCallDelivery:
    """What calls the shop's endpoint with each order's and gift's events, one after the other."""
    return OrderedCallDelivery(database, clock, endpoint, _dedupe_key)
