"""Gifts, their events and their secret links, as tables keep them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.engine.gifts.gift import ChannelKind
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.tokens import GiftToken, TokenScope


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
class GiftSummary:
    """Whose a gift is, and how far it has come."""

    id: str
    giver_id: str
    partner_id: str | None
    status: GiftStatus


@dataclass(frozen=True, slots=True)
class LeasedGift:
    """A gift this process has leased."""

    id: str
    attempts: int
    version: int


@dataclass(frozen=True, slots=True)
class GiftEvent:
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
    gift's payment is asked of ``method_id``: ``hold_minor`` minor units held, or (None) nothing
    yet. At ``due_at`` an order that is not done counts as left behind; ``attempts`` counts the
    worker's tries to withdraw it, ``version`` the writes of the row.
    """

    id: str
    caller: str
    key: str
    fingerprint: str
    gift_ids: tuple[str, ...]
    created_at: datetime
    method_id: str
    hold_minor: int | None = None
    done: bool = False
    due_at: datetime | None = None
    version: int = 1
    attempts: int = 0


class Gifts(Protocol):
    """The gifts; writes raise ``VersionConflict`` where the version is not the one seen."""

    async def add(self, record: GiftRecord, due: datetime | None) -> None:
        """Keep a new gift that wakes at ``due``."""
        ...

    async def save(self, record: GiftRecord, due: datetime | None) -> None:
        """Replace the gift as it was at ``record.version``, which goes up by one."""
        ...

    async def find(self, id: str) -> GiftRecord | None:
        """The gift of this id."""
        ...

    async def find_many(self, ids: Sequence[str]) -> tuple[GiftRecord, ...]:
        """Those of these ids that there are, in no order."""
        ...

    async def find_summaries(self, ids: Sequence[str]) -> tuple[GiftSummary, ...]:
        """How far those of these ids have come, in no order."""
        ...

    async def find_by_tracking_number(self, tracking_number: str) -> GiftRecord | None:
        """The gift of this public number."""
        ...

    async def list_by_giver(
        self, giver_id: str, before: tuple[datetime, str] | None, limit: int
    ) -> tuple[GiftRecord, ...]:
        """A giver's gifts, by apps too, newest first, older than the (time, id) ``before``."""
        ...

    async def list_all(
        self, status: GiftStatus | None, before: tuple[datetime, str] | None, limit: int
    ) -> tuple[GiftRecord, ...]:
        """All gifts (of that status), newest first, older than the (time, id) ``before``."""
        ...

    async def count_since(self, giver_id: str, since: datetime) -> int:
        """How many gifts a giver has made since then."""
        ...

    async def count_without_partner_since(self, giver_id: str, since: datetime) -> int:
        """How many of them were made without a partner's key."""
        ...

    async def erase(self, id: str) -> None:
        """Keep nothing of what was sealed, and let the gift sleep for good."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[LeasedGift, ...]:
        """Up to ``limit`` gifts that are due and nobody's, leased."""
        ...

    async def postpone(self, leased_gift: LeasedGift, due: datetime) -> None:
        """Try again at ``due``."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next gift that nobody has leased falls due."""
        ...


class GiftOrders(Protocol):
    """What was ordered at once, by its idempotency key.

    Writes raise ``VersionConflict`` where the version is not the one seen, or the order is done.
    """

    async def add(self, order: GiftOrder) -> None:
        """Keep ``order``; raises ``DuplicateKey`` where the caller has used the key."""
        ...

    async def find(self, caller: str, key: str) -> GiftOrder | None:
        """The caller's order of this key."""
        ...

    async def find_many(self, ids: Sequence[str]) -> tuple[GiftOrder, ...]:
        """Those of these ids that there are, in no order."""
        ...

    async def mark_done(self, order: GiftOrder) -> None:
        """The order's gifts are there."""
        ...

    async def save(self, order: GiftOrder) -> GiftOrder:
        """Keep when ``order`` is due and how often it was claimed: the order as it is now."""
        ...

    async def delete(self, order: GiftOrder) -> None:
        """Forget an order that came to nothing."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[GiftOrder, ...]:
        """Up to ``limit`` orders that are overdue and nobody's, leased."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order that nobody has leased is overdue."""
        ...


class GiftEvents(Protocol):
    """The log of every gift."""

    async def add(self, events: Sequence[GiftEvent]) -> tuple[GiftEvent, ...]:
        """Keep ``events`` of one gift, with their places in the partner's feed."""
        ...

    async def list_after(self, gift_id: str, sequence: int, limit: int) -> tuple[GiftEvent, ...]:
        """A gift's events later than ``sequence``, in order."""
        ...

    async def find_last(self, gift_id: str) -> GiftEvent | None:
        """A gift's latest event."""
        ...

    async def find(self, id: str) -> GiftEvent | None:
        """The event of this id."""
        ...

    async def list_feed(self, partner_id: str, position: int, limit: int) -> tuple[GiftEvent, ...]:
        """A partner's events later than ``position``, in the order they were committed."""
        ...

    async def list_latest_in_feed(self, partner_id: str) -> tuple[GiftEvent, ...]:
        """The latest event of each of a partner's gifts that has not ended, in feed order."""
        ...

    async def feed_position(self, partner_id: str) -> int:
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

    async def restrict_scopes(self, digest: str, scopes: frozenset[TokenScope]) -> None:
        """Leave the link ``scopes`` only."""
        ...


class GiftContacts(Protocol):
    """Who gifts are for, by blind indexes of contacts, and who wants none."""

    async def add(self, gift_id: str, blind_indexes: Sequence[str]) -> None:
        """The gift is for the holder of these contacts."""
        ...

    async def mark_verified(self, gift_id: str, blind_index: str) -> None:
        """The recipient has answered by this contact, whose word replaces that of any other."""
        ...

    async def find_gift_ids(
        self, blind_indexes: Sequence[str], *, verified: bool, limit: int
    ) -> tuple[str, ...]:
        """The ids of gifts for one of these contacts, newest first."""
        ...

    async def block(self, blind_indexes: Sequence[str], giver_id: str, now: datetime) -> None:
        """No message to these contacts for gifts of ``giver_id`` (``"*"``: of anybody)."""
        ...

    async def is_blocked(self, blind_indexes: Sequence[str], giver_id: str) -> bool:
        """Whether messages to one of these contacts are unwanted."""
        ...

    async def find_blocked(self, blind_indexes: Sequence[str], giver_id: str) -> frozenset[str]:
        """Those of ``blind_indexes`` that were blocked for exactly ``giver_id``."""
        ...

    async def remove(self, gift_id: str, blind_indexes: Sequence[str]) -> None:
        """The gift is not for the holder of these contacts any more."""
        ...

    async def delete_for_gift(self, gift_id: str) -> None:
        """Forget whom the gift was for."""
        ...


class GiftGuesses(Protocol):
    """When givers guessed where recipients live: by whom, and about what, are blind indexes."""

    async def lock_and_load(
        self, subject_index: str, guesser_index: str, now: datetime
    ) -> tuple[datetime, ...]:
        """When ``guesser_index`` guessed about ``subject_index``.

        Nobody else may until the transaction ends.
        """
        ...

    async def save(
        self, subject_index: str, guesser_index: str, guess_times: Sequence[datetime]
    ) -> None:
        """These are the guesses that count; `lock_and_load` was asked before."""
        ...

    async def prune(self, before: datetime, limit: int) -> None:
        """Forget up to ``limit`` of those whose latest guess is older than ``before``."""
        ...
