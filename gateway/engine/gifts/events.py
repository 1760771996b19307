"""The events of a gift, each with its time and its data."""

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
    """An event without further data: results of screening, deadlines, reports of the carrier."""

    type: EventType
    at: datetime


@dataclass(frozen=True, slots=True)
class RecipientReplied:
    """The recipient gave an address that is valid, or confirmed it despite its warnings.

    ``type`` is REPLY while the answer was awaited, else LATE_REPLY.
    """

    type: EventType
    at: datetime
    candidate: AddressCandidate


@dataclass(frozen=True, slots=True)
class RecipientDeclined:
    """The recipient does not want the gift. ``reason`` is never shown to the giver."""

    at: datetime
    reason: str | None = None
    type: EventType = EventType.DECLINED


@dataclass(frozen=True, slots=True)
class ChannelFailed:
    """A channel timed out or its message bounced (``type`` TIMEOUT or BOUNCE)."""

    type: EventType
    at: datetime
    channel: ChannelKind


@dataclass(frozen=True, slots=True)
class SourcesSearched:
    """Sources were asked. ``type`` is NEW_FACTS or NOTHING_FOUND.

    ``candidates`` are the addresses among the facts with their validation, ``channels`` the
    contacts.
    """

    type: EventType
    at: datetime
    queries: tuple[SourceQuery, ...] = ()
    facts: tuple[Fact, ...] = ()
    candidates: tuple[AddressCandidate, ...] = ()
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressValidated:
    """The gift goes to the candidate ``key`` and costs ``final``.

    ``held_amount`` is held as ``charge_id`` until ``held_until``; the first two are None if no new
    hold was needed.
    """

    at: datetime
    key: str
    final: Money
    charge_id: str | None
    held_amount: Money | None
    held_until: datetime | None = None
    type: EventType = EventType.VALID


@dataclass(frozen=True, slots=True)
class CandidateRejected:
    """The candidate ``key`` failed verification.

    ``confirmable``: the giver can still confirm it.
    """

    at: datetime
    key: str
    confirmable: bool = False
    type: EventType = EventType.REJECTED


@dataclass(frozen=True, slots=True)
class ChargeStopped:
    """The giver must act before the charge: ``type`` is OVER_CAP, CHARGE_REFUSED or AMOUNT_REFUSED.

    ``needed`` is the amount of the charge.
    """

    type: EventType
    at: datetime
    needed: Money
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class GiverAnswered:
    """The giver's input: contacts, an address, a place that confirms one, a cap or a method.

    ``city_or_region`` is empty if the giver has no guesses left: it is counted but confirms
    nothing. ``held_amount``: the giver confirmed a payment of this amount, now held as
    ``charge_id`` until ``held_until``.
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
    held_until: datetime | None = None
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
    """One entry of a gift's log. ``status`` is the status after the event."""

    sequence: int
    type: EventType
    status: GiftStatus
    occurred_at: datetime
