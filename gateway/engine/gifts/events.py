"""What happens to a gift, each with the time it happened and what it brings."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from gateway.engine.gifts.gift import (
    AddressCandidate,
    Channel,
    ChannelKind,
    Fact,
    Recipient,
    SourceQuery,
)
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.money import Money


@dataclass(frozen=True, slots=True)
class PlainEvent:
    """An event that brings nothing but itself: screenings, deadlines, the carrier's word."""

    type: EventType
    at: datetime


@dataclass(frozen=True, slots=True)
class RecipientReplied:
    """The recipient gave an address, sufficient or confirmed past its warnings.

    ``type`` is REPLY while the answer was awaited, else LATE_REPLY.
    """

    type: EventType
    at: datetime
    candidate: AddressCandidate


@dataclass(frozen=True, slots=True)
class RecipientDeclined:
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
class SourcesSearched:
    """Sources were asked; ``type`` is NEW_FACTS or NOTHING_FOUND.

    ``candidates`` are the addresses among the facts, judged; ``channels`` the contacts.
    """

    type: EventType
    at: datetime
    queries: tuple[SourceQuery, ...] = ()
    facts: tuple[Fact, ...] = ()
    candidates: tuple[AddressCandidate, ...] = ()
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressValidated:
    """The candidate ``key`` is where the gift goes, for ``final``, authorised as ``charge_id``."""

    at: datetime
    key: str
    final: Money
    charge_id: str | None
    held_amount: Money | None
    type: EventType = EventType.VALID


@dataclass(frozen=True, slots=True)
class CandidateRejected:
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

    ``city_or_region`` is empty where it was one guess too many: it counts, and confirms nothing.
    ``held_amount``: the giver confirmed the payment of this amount, which is now held as
    ``charge_id``.
    """

    at: datetime
    recipient: Recipient | None = None
    channels: tuple[Channel, ...] = ()
    candidate: AddressCandidate | None = None
    city_or_region: str | None = None
    cap: Money | None = None
    payment_method_id: str | None = None
    held_amount: Money | None = None
    charge_id: str | None = None
    type: EventType = EventType.GIVER_INPUT


GiftDomainEvent: TypeAlias = (
    PlainEvent
    | RecipientReplied
    | RecipientDeclined
    | ChannelFailed
    | SourcesSearched
    | AddressValidated
    | CandidateRejected
    | ChargeStopped
    | GiverAnswered
)


@dataclass(frozen=True, slots=True)
class GiftLogEntry:
    """One line of a gift's log: ``status`` is what the event led to."""

    sequence: int
    type: EventType
    status: GiftStatus
    occurred_at: datetime
