"""The ports of the merchant's rules, stored value and uses of codes and promotions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gateway.engine.pricing.discount_codes import StoredValue
from gateway.engine.rulebook.rulebook import Rulebook


class RuleSource(Protocol):
    """The source of a rulebook, as its author wrote it."""

    @property
    def title(self) -> str:
        """The author's title."""
        ...

    @property
    def valid_from(self) -> date | None:
        """The first day of the rules; None means the day of their import."""
        ...

    @property
    def text(self) -> str:
        """The whole text, as it is stored."""
        ...

    @property
    def rulebook(self) -> Rulebook:
        """The rules of the text."""
        ...


@dataclass(frozen=True, slots=True)
class RuleSet:
    """An imported rulebook: ``version`` counts imports from 1, ``text`` is as it was stored."""

    id: str
    version: int
    title: str
    valid_from: date
    rulebook: Rulebook
    text: str


class RuleSets(Protocol):
    """Repository of all imported rulebooks."""

    async def find_current(self, day: date) -> RuleSet | None:
        """The rules of that day: those with the latest first day, and of these the newest."""
        ...

    async def add(self, id: str, source: RuleSource, valid_from: date, now: datetime) -> int:
        """Add a rulebook; returns its version."""
        ...


class StoredValues(Protocol):
    """Repository of stored value by code."""

    async def find_many(self, codes: Sequence[str]) -> tuple[StoredValue, ...]:
        """The stored value of these codes, in any spelling."""
        ...

    async def issue(self, values: Sequence[StoredValue], now: datetime) -> None:
        """Add stored value whose code is new; a code that exists keeps its balance."""
        ...

    async def debit(self, code: str, minor: int) -> bool:
        """Subtract ``minor`` minor units; returns False, unchanged, if the balance is less."""
        ...

    async def credit(self, code: str, minor: int) -> None:
        """Add ``minor`` minor units back."""
        ...


class CodeUses(Protocol):
    """Repository of uses of discount codes; a buyer's key is a purchaser's id or a blind index."""

    async def find_used(self, buyer_keys: Sequence[str], codes: Sequence[str]) -> frozenset[str]:
        """The normalized ``codes`` that were used with any of these buyer keys."""
        ...

    async def record(self, code: str, buyer_key: str, used_by_id: str, now: datetime) -> bool:
        """Add the first use of a code with a buyer key; returns False if it was used before.

        ``used_by_id`` is the id of the order, or of the attempt that may become one.
        """
        ...

    async def reassign(self, attempt_id: str, order_id: str) -> None:
        """Reassign the uses of an attempt to the order that it has become."""
        ...

    async def delete(self, used_by_id: str) -> None:
        """Delete the uses of a cancelled order or a failed attempt."""
        ...


class PromotionUses(Protocol):
    """Repository of the uses of promotions that have limits, by their names.

    A buyer's key is a purchaser's id or a blind index. ``used_by_id`` is the id of the order, or of
    the attempt that may become one.
    """

    async def find_counts(self, promotions: Sequence[str]) -> dict[str, int]:
        """How often each of ``promotions`` was used; those never used are left out."""
        ...

    async def count_by_buyer(
        self, buyer_keys: Sequence[str], promotions: Sequence[str]
    ) -> dict[tuple[str, str], int]:
        """How often each of ``promotions`` was used with each buyer key, by both; never: absent."""
        ...

    async def count_use(self, promotion: str, limit: int, used_by_id: str, now: datetime) -> bool:
        """Count a use of ``promotion``; returns False, uncounted, if there were ``limit`` before.

        Of any number at once, no more than ``limit`` are counted.
        """
        ...

    async def record_use(
        self, promotion: str, buyer_key: str, limit: int, used_by_id: str, now: datetime
    ) -> bool:
        """Record a use of ``promotion`` by a buyer; returns False if there were ``limit`` before.

        Of any number at once, no more than ``limit`` are recorded.
        """
        ...

    async def reassign(self, attempt_id: str, order_id: str) -> None:
        """Reassign the uses of an attempt to the order that it has become."""
        ...

    async def release(self, used_by_id: str) -> None:
        """Give back the uses of a cancelled order or a failed attempt."""
        ...
