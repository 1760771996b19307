"""The ports of gifts, gift orders, events, secret links and contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.engine.gifts.gift import ChannelKind
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.tokens import GiftToken, TokenScope


@dataclass(frozen=True, slots=True)
class GiftRecord:
    """A gift as stored: ``public`` is JSON without personal data, ``sealed`` the encrypted rest.

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
    """The giver, partner and status of a gift."""

    id: str
    giver_id: str
    partner_id: str | None
    status: GiftStatus


@dataclass(frozen=True, slots=True)
class LeasedGift:
    """A gift that this process has leased."""

    id: str
    attempts: int
    version: int


@dataclass(frozen=True, slots=True)
class GiftEvent:
    """An event of a gift; ``position`` is its place in the partner's feed."""

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
    """Gifts created by one request; ``gift_ids`` are in the order of their recipients.

    ``caller`` is the scope of the idempotency key ``key``; ``done`` is true once the gifts exist.
    Each gift is charged to ``method_id``: ``hold_minor`` minor units are authorized at once, None
    if nothing is. An order that is not done at ``due_at`` counts as abandoned; ``attempts`` counts
    the worker's attempts to withdraw it, ``version`` the writes of the row.
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
    """Repository of gifts; writes raise ``VersionConflict`` if the stored version is another."""

    async def add(self, record: GiftRecord, due: datetime | None) -> None:
        """Add a gift whose next step is due at ``due``; None if no step is."""
        ...

    async def save(self, record: GiftRecord, due: datetime | None) -> None:
        """Replace the gift with the version ``record.version``; the version is increased by one."""
        ...

    async def find(self, id: str) -> GiftRecord | None:
        """The gift of this id, or None."""
        ...

    async def find_many(self, ids: Sequence[str]) -> tuple[GiftRecord, ...]:
        """The ones of these ids that exist, in any order."""
        ...

    async def find_summaries(self, ids: Sequence[str]) -> tuple[GiftSummary, ...]:
        """The summaries of the gifts of these ids that exist, in any order."""
        ...

    async def find_by_tracking_number(self, tracking_number: str) -> GiftRecord | None:
        """The gift with this tracking number, or None."""
        ...

    async def list_by_giver(
        self, giver_id: str, before: tuple[datetime, str] | None, limit: int
    ) -> tuple[GiftRecord, ...]:
        """A giver's gifts, by partners too, newest first, older than the (time, id) ``before``."""
        ...

    async def list_all(
        self, status: GiftStatus | None, before: tuple[datetime, str] | None, limit: int
    ) -> tuple[GiftRecord, ...]:
        """All gifts (of that status), newest first, older than the (time, id) ``before``."""
        ...

    async def count_since(self, giver_id: str, since: datetime) -> int:
        """The number of gifts of a giver since then."""
        ...

    async def count_without_partner_since(self, giver_id: str, since: datetime) -> int:
        """The number of gifts of a giver since then that were made without a partner's key."""
        ...

    async def erase(self, id: str) -> None:
        """Delete the sealed part of the gift, whose steps then never become due."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[LeasedGift, ...]:
        """Lease up to ``limit`` gifts that are due."""
        ...

    async def postpone(self, leased_gift: LeasedGift, due: datetime) -> None:
        """Let the gift be due again at ``due``."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next gift without a lease becomes due; None if there is none."""
        ...


class GiftOrders(Protocol):
    """Repository of gift orders by idempotency key.

    Writes raise ``VersionConflict`` if the stored version is another or the order is done.
    """

    async def add(self, order: GiftOrder) -> None:
        """Add ``order``; raises ``DuplicateKey`` if the caller has used the key already."""
        ...

    async def find(self, caller: str, key: str) -> GiftOrder | None:
        """The caller's order with this key, or None."""
        ...

    async def find_many(self, ids: Sequence[str]) -> tuple[GiftOrder, ...]:
        """The ones of these ids that exist, in any order."""
        ...

    async def is_any_unfinished(self, caller: str) -> bool:
        """Whether the gifts of one of the caller's orders do not exist yet."""
        ...

    async def mark_done(self, order: GiftOrder) -> None:
        """Save that the order's gifts exist."""
        ...

    async def save(self, order: GiftOrder) -> GiftOrder:
        """Save when ``order`` is due and its attempts; returns it with the new version."""
        ...

    async def delete(self, order: GiftOrder) -> None:
        """Delete an order that was withdrawn."""
        ...

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[GiftOrder, ...]:
        """Lease up to ``limit`` orders that are overdue."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order without a lease becomes overdue; None if there is none."""
        ...


class GiftEvents(Protocol):
    """Repository of the events of gifts."""

    async def add(self, events: Sequence[GiftEvent]) -> tuple[GiftEvent, ...]:
        """Add ``events`` of one gift; returns them with their positions in the partner's feed."""
        ...

    async def list_after(self, gift_id: str, sequence: int, limit: int) -> tuple[GiftEvent, ...]:
        """Up to ``limit`` events of a gift after ``sequence``, in order."""
        ...

    async def find_last(self, gift_id: str) -> GiftEvent | None:
        """A gift's latest event, or None."""
        ...

    async def find(self, id: str) -> GiftEvent | None:
        """The event of this id, or None."""
        ...

    async def list_feed(self, partner_id: str, position: int, limit: int) -> tuple[GiftEvent, ...]:
        """Up to ``limit`` events of a partner after ``position``, in the order of their commits."""
        ...

    async def list_latest_in_feed(self, partner_id: str) -> tuple[GiftEvent, ...]:
        """The latest event of each of a partner's gifts that has not ended, in feed order."""
        ...

    async def feed_position(self, partner_id: str) -> int:
        """The position of a partner's latest event; 0 if there is none."""
        ...


class GiftTokens(Protocol):
    """Repository of the secret links to gifts, stored by digest."""

    async def add(self, token: GiftToken) -> None:
        """Add a link."""
        ...

    async def find(self, digest: str) -> GiftToken | None:
        """The link with this digest; None if there is none or it was revoked."""
        ...

    async def revoke(self, gift_id: str, channel: ChannelKind | None = None) -> None:
        """Revoke the gift's links, or only those of one channel."""
        ...

    async def restrict_scopes(self, digest: str, scopes: frozenset[TokenScope]) -> None:
        """Restrict the link to ``scopes``."""
        ...


class GiftContacts(Protocol):
    """Repository of the blind indexes of recipients' contacts and of blocked contacts."""

    async def add(self, gift_id: str, blind_indexes: Sequence[str]) -> None:
        """Add contacts of the gift's recipient."""
        ...

    async def mark_verified(self, gift_id: str, blind_index: str) -> None:
        """Save that the recipient has answered by this contact, instead of any other contact."""
        ...

    async def find_gift_ids(
        self, blind_indexes: Sequence[str], *, verified: bool, limit: int
    ) -> tuple[str, ...]:
        """The ids of up to ``limit`` gifts for one of these contacts, newest first."""
        ...

    async def block(self, blind_indexes: Sequence[str], giver_id: str, now: datetime) -> None:
        """Block messages to these contacts for gifts of ``giver_id`` (``"*"``: of all givers)."""
        ...

    async def is_blocked(self, blind_indexes: Sequence[str], giver_id: str) -> bool:
        """Whether one of these contacts is blocked for ``giver_id`` or for all givers."""
        ...

    async def find_blocked(self, blind_indexes: Sequence[str], giver_id: str) -> frozenset[str]:
        """The ones of ``blind_indexes`` that are blocked for exactly ``giver_id``."""
        ...

    async def remove(self, gift_id: str, blind_indexes: Sequence[str]) -> None:
        """Remove contacts of the gift's recipient."""
        ...

    async def delete_for_gift(self, gift_id: str) -> None:
        """Delete all contacts of the gift's recipient."""
        ...


class GiftGuesses(Protocol):
    """Repository of the times of givers' guesses about recipients; both are blind indexes."""

    async def lock_and_load(
        self, subject_index: str, guesser_index: str, now: datetime
    ) -> tuple[datetime, ...]:
        """The times of the guesses of ``guesser_index`` about ``subject_index``.

        Locks them until the transaction ends.
        """
        ...

    async def save(
        self, subject_index: str, guesser_index: str, guess_times: Sequence[datetime]
    ) -> None:
        """Save the times of guesses, after `lock_and_load` in the same transaction."""
        ...

    async def prune(self, before: datetime, limit: int) -> None:
        """Delete up to ``limit`` of the rows whose latest guess is older than ``before``."""
        ...
