"""What happens to a gift, each with the time it happened and what it brings."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.values import Asked, Candidate, Channel, ChannelKind, Fact, Recipient
from gateway.engine.money import Money


@dataclass(frozen=True, slots=True)
class Occurred:
    """An event that brings nothing but itself: screenings, deadlines, the carrier's word."""

    type: EventType
    at: datetime


@dataclass(frozen=True, slots=True)
class Replied:
    """The recipient gave an address, sufficient or confirmed past its warnings.

    ``type`` is REPLY while the answer was awaited, else LATE_REPLY.
    """

    type: EventType
    at: datetime
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Declined:
    """The recipient does not want the gift; ``reason`` is never shown to the giver."""

    at: datetime
    reason: str | None = None
    type: EventType = EventType.DECLINED


@dataclass(frozen=True, slots=True)
class ChannelFailed:
    """A channel timed out or its message came back (``type`` TIMEOUT or BOUNCE)."""

    type: EventType
    at: datetime
    channel: ChannelKind


@dataclass(frozen=True, slots=True)
class Searched:
    """Sources were asked; ``type`` is NEW_FACTS or NOTHING_FOUND.

    ``candidates`` are the addresses among the facts, judged; ``channels`` the contacts.
    """

    type: EventType
    at: datetime
    asked: tuple[Asked, ...] = ()
    facts: tuple[Fact, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class Validated:
    """The candidate ``key`` is where the gift goes, for ``final``, authorised as ``charge_id``."""

    at: datetime
    key: str
    final: Money
    charge_id: str | None
    held: Money | None
    type: EventType = EventType.VALID


@dataclass(frozen=True, slots=True)
class Rejected:
    """The candidate ``key`` did not pass; ``confirmable``: a confirmation would let it."""

    at: datetime
    key: str
    confirmable: bool = False
    type: EventType = EventType.REJECTED


@dataclass(frozen=True, slots=True)
class ChargeStopped:
    """The charge needs the giver: ``type`` is OVER_CAP or CHARGE_REFUSED."""

    type: EventType
    at: datetime
    needed: Money
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class GiverAnswered:
    """What the giver adds: contacts, an address or a place that confirms one, consent, a method.

    ``place`` is empty where it was one guess too many: it counts, and confirms nothing.
    ``held``: the giver confirmed the payment of this amount, which is now held as ``charge_id``.
    """

    at: datetime
    recipient: Recipient | None = None
    channels: tuple[Channel, ...] = ()
    candidate: Candidate | None = None
    place: str | None = None
    cap: Money | None = None
    payment_method_id: str | None = None
    held: Money | None = None
    charge_id: str | None = None
    type: EventType = EventType.GIVER_INPUT


Event: TypeAlias = (
    Occurred
    | Replied
    | Declined
    | ChannelFailed
    | Searched
    | Validated
    | Rejected
    | ChargeStopped
    | GiverAnswered
)


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One line of a gift's log: ``status`` is what the event led to."""

    sequence: int
    type: EventType
    status: GiftStatus
    occurred_at: datetime
