"""The merchant's rules, and the codes that are used up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gateway.engine.pricing.discount_codes import StoredValue
from gateway.engine.rulebook.rulebook import Rulebook


class RuleSource(Protocol):
    """A rulebook as its author wrote it."""

    @property
    def title(self) -> str:
        """What its author calls it."""
        ...

    @property
    def valid_from(self) -> date | None:
        """The day from which it is in force; None: from its import on."""
        ...

    @property
    def text(self) -> str:
        """All of it, as it is kept."""
        ...

    @property
    def rulebook(self) -> Rulebook:
        """Its rules."""
        ...


@dataclass(frozen=True, slots=True)
class RuleSet:
    """An imported rulebook: ``version`` counts imports from 1."""

    id: str
    version: int
    title: str
    valid_from: date
    rulebook: Rulebook


class RuleSets(Protocol):
    """Every rulebook that was ever imported."""

    async def find_current(self, day: date) -> RuleSet | None:
        """The rules of that day: of those begun by then the latest, and of these the newest."""
        ...

    async def add(self, id: str, source: RuleSource, valid_from: date, now: datetime) -> int:
        """Keep a rulebook; its version."""
        ...


class StoredValues(Protocol):
    """Money paid in before, by code."""

    async def find_many(self, codes: Sequence[str]) -> tuple[StoredValue, ...]:
        """The stored value of these codes, however they are typed."""
        ...

    async def issue(self, values: Sequence[StoredValue], now: datetime) -> None:
        """Add what is not there; what is there keeps its balance."""
        ...

    async def debit(self, code: str, minor: int) -> bool:
        """Take so many minor units; not if less is left."""
        ...

    async def credit(self, code: str, minor: int) -> None:
        """Give so many minor units back."""
        ...


class CodeUses(Protocol):
    """Who used which discount codes; a buyer's name is a purchaser's id, or a blinded e-mail."""

    async def find_used(self, buyer_keys: Sequence[str], codes: Sequence[str]) -> frozenset[str]:
        """Those of ``codes`` used in any of these names, in the form they are found by."""
        ...

    async def record(self, code: str, buyer_key: str, used_by_id: str, now: datetime) -> bool:
        """Whether this is the first use of the code in that name, which is then kept.

        ``used_by_id`` is the order that uses it, or the purchase that may become one.
        """
        ...

    async def reassign(self, attempt_id: str, order_id: str) -> None:
        """What the purchase used is used by the order it has become."""
        ...

    async def delete(self, used_by_id: str) -> None:
        """Undo the uses of an order that was cancelled, or of a purchase that came to nothing."""
        ...
