"""Gifts, their events and their secret links, as tables keep them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.tokens import GiftToken, Scope
from gateway.engine.gifts.values import ChannelKind


@dataclass(frozen=True, slots=True)
class GiftRecord:
    """A gift as kept: ``public`` is JSON without personal data, ``sealed`` the rest, encrypted.

    ``version`` counts the writes of the row, ``sequence`` the gift's events.
    """

    id: str
    order_id: str
    giver_id: str
    partner_id: str | None
    tracking_number: str
    status: GiftStatus
    sequence: int
    version: int
    created_at: datetime
    ended_at: datetime | None
    public: str
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class GiftStanding:
    """Whose a gift is, and how far it has come."""

    id: str
    giver_id: str
    partner_id: str | None
    status: GiftStatus


@dataclass(frozen=True, slots=True)
class DueGift:
    """A gift this process has leased."""

    id: str
    attempts: int
    version: int


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One line of a gift's log; ``position`` is its place in its partner's feed."""

    id: str
    gift_id: str
    sequence: int
    type: str
    status: GiftStatus
    occurred_at: datetime
    partner_id: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class GiftOrder:
    """Gifts asked for at once: ``gift_ids`` in the order of their recipients.

    ``caller`` and ``key`` are the idempotency key's; ``done`` once the gifts are there. Each
    gift's payment is asked of ``method_id``: ``hold`` minor units held, or (None) nothing yet.
    At ``due_at`` an order that is not done counts as left behind; ``attempts`` counts the
    worker's tries to withdraw it, ``version`` the writes of the row.
    """

    id: str
    caller: str
    key: str
    fingerprint: str
    gift_ids: tuple[str, ...]
    created_at: datetime
    method_id: str
    hold: int | None = None
    done: bool = False
    due_at: datetime | None = None
    version: int = 1
    attempts: int = 0


class Gifts(Protocol):
    """The gifts; writes raise ``Stale`` where the version is not the one seen."""

    async def add(self, record: GiftRecord, due: datetime | None) -> None:
        """Keep a new gift that wakes at ``due``."""
        ...

    async def save(self, record: GiftRecord, due: datetime | None) -> None:
        """Replace the gift as it was at ``record.version``, which goes up by one."""
        ...

    async def find(self, id: str) -> GiftRecord | None:
        """The gift of this id."""
        ...

    async def among(self, ids: Sequence[str]) -> tuple[GiftRecord, ...]:
        """Those of these ids that there are, in no order."""
        ...

    async def standings(self, ids: Sequence[str]) -> tuple[GiftStanding, ...]:
        """How far those of these ids have come, in no order."""
        ...

    async def tracked(self, tracking_number: str) -> GiftRecord | None:
        """The gift of this public number."""
        ...

    async def of_giver(
        self, giver_id: str, before: tuple[datetime, str] | None, most: int
    ) -> tuple[GiftRecord, ...]:
        """A giver's gifts, by apps too, newest first, older than the (time, id) ``before``."""
        ...

    async def given_since(self, giver_id: str, since: datetime) -> int:
        """How many gifts a giver has made since then."""
        ...

    async def given_alone_since(self, giver_id: str, since: datetime) -> int:
        """How many of them were made without a partner's key."""
        ...

    async def blank(self, id: str) -> None:
        """Keep nothing of what was sealed, and let the gift sleep for good."""
        ...

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> tuple[DueGift, ...]:
        """Up to ``most`` gifts that are due and nobody's, leased."""
        ...

    async def postpone(self, claimed: DueGift, due: datetime) -> None:
        """Try again at ``due``."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next gift that nobody has leased falls due."""
        ...


class GiftOrders(Protocol):
    """What was ordered at once, by its idempotency key.

    Writes raise ``Stale`` where the version is not the one seen, or the order is done.
    """

    async def add(self, order: GiftOrder) -> None:
        """Keep ``order``; raises ``Duplicate`` where the caller has used the key."""
        ...

    async def find(self, caller: str, key: str) -> GiftOrder | None:
        """The caller's order of this key."""
        ...

    async def among(self, ids: Sequence[str]) -> tuple[GiftOrder, ...]:
        """Those of these ids that there are, in no order."""
        ...

    async def finish(self, order: GiftOrder) -> None:
        """The order's gifts are there."""
        ...

    async def save(self, order: GiftOrder) -> GiftOrder:
        """Keep when ``order`` is due and how often it was claimed: the order as it is now."""
        ...

    async def withdraw(self, order: GiftOrder) -> None:
        """Forget an order that came to nothing."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, most: int
    ) -> tuple[GiftOrder, ...]:
        """Up to ``most`` orders that are overdue and nobody's, leased."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order that nobody has leased is overdue."""
        ...


class GiftEvents(Protocol):
    """The log of every gift."""

    async def add(self, events: Sequence[LoggedEvent]) -> tuple[LoggedEvent, ...]:
        """Keep ``events`` of one gift, with their places in the partner's feed."""
        ...

    async def after(self, gift_id: str, sequence: int, most: int) -> tuple[LoggedEvent, ...]:
        """A gift's events later than ``sequence``, in order."""
        ...

    async def last(self, gift_id: str) -> LoggedEvent | None:
        """A gift's latest event."""
        ...

    async def find(self, id: str) -> LoggedEvent | None:
        """The event of this id."""
        ...

    async def fed(self, partner_id: str, position: int, most: int) -> tuple[LoggedEvent, ...]:
        """A partner's events later than ``position``, in the order they were committed."""
        ...

    async def fed_last(self, partner_id: str) -> tuple[LoggedEvent, ...]:
        """The latest event of each of a partner's gifts that has not ended, in feed order."""
        ...

    async def fed_position(self, partner_id: str) -> int:
        """The place of a partner's latest event; 0 where there is none."""
        ...


class GiftTokens(Protocol):
    """The secret links to gifts, by digest only."""

    async def add(self, token: GiftToken) -> None:
        """Keep a new link."""
        ...

    async def find(self, digest: str) -> GiftToken | None:
        """The link of this digest, unless it was revoked."""
        ...

    async def revoke(self, gift_id: str, channel: ChannelKind | None = None) -> None:
        """End the gift's links, or those of one channel."""
        ...

    async def narrow(self, digest: str, scopes: frozenset[Scope]) -> None:
        """Leave the link ``scopes`` only."""
        ...


class GiftContacts(Protocol):
    """Who gifts are for, by blind indexes of contacts, and who wants none."""

    async def add(self, gift_id: str, blinds: Sequence[str]) -> None:
        """The gift is for the holder of these contacts."""
        ...

    async def verified(self, gift_id: str, blind: str) -> None:
        """The recipient has answered by this contact, whose word replaces that of any other."""
        ...

    async def gifts_for(
        self, blinds: Sequence[str], *, verified: bool, most: int
    ) -> tuple[str, ...]:
        """The ids of gifts for one of these contacts, newest first."""
        ...

    async def block(self, blinds: Sequence[str], giver_id: str, now: datetime) -> None:
        """No message to these contacts for gifts of ``giver_id`` (``"*"``: of anybody)."""
        ...

    async def blocked(self, blinds: Sequence[str], giver_id: str) -> bool:
        """Whether messages to one of these contacts are unwanted."""
        ...

    async def blocked_among(self, blinds: Sequence[str], giver_id: str) -> frozenset[str]:
        """Those of ``blinds`` that were blocked for exactly ``giver_id``."""
        ...

    async def drop(self, gift_id: str, blinds: Sequence[str]) -> None:
        """The gift is not for the holder of these contacts any more."""
        ...

    async def forget(self, gift_id: str) -> None:
        """Forget whom the gift was for."""
        ...


class GiftGuesses(Protocol):
    """When givers guessed where recipients live: by whom, and about what, are blind indexes."""

    async def of(self, about: str, guesser: str, now: datetime) -> tuple[datetime, ...]:
        """When ``guesser`` guessed about ``about``; nobody else may until the transaction ends."""
        ...

    async def keep(self, about: str, guesser: str, guessed: Sequence[datetime]) -> None:
        """These are the guesses that count; `of` was asked before."""
        ...

    async def sweep(self, before: datetime, most: int) -> None:
        """Forget up to ``most`` of those whose latest guess is older than ``before``."""
        ...
