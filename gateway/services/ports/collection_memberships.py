"""The port of the products that collections are to have, which are prepared before they show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.engine.catalogue.collections import CollectionRule, ConditionKeys, RuleIndex

NO_POSITION = -1
"""The position of a membership of which nothing is prepared yet."""


@dataclass(frozen=True, slots=True)
class PreparedMembership:
    """The products that a collection is to have, as far as they are prepared.

    With a ``rule``, ``position`` is the place in the catalogue of the last product that was looked
    at; else it is that of the last picked one. ``key`` says what is prepared and for which
    collection: whoever prepares the same goes on with it.
    """

    id: str
    key: str
    rule: CollectionRule | None
    position: int = NO_POSITION
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class ConditionTexts:
    """What rules look at of a product at a position in the catalogue."""

    product_id: str
    position: int
    keys: ConditionKeys


@dataclass(frozen=True, slots=True)
class PickedMember:
    """A product that is picked by hand, at its position in a membership."""

    membership_id: str
    position: int
    product_id: str


class CollectionMemberships(Protocol):
    """Repository of memberships that no collection shows yet, or any more.

    Whoever saves a product puts it into prepared ones, too, as their rules say.
    """

    async def find(self, keys: Sequence[str]) -> dict[str, PreparedMembership]:
        """What is prepared under these keys, by key."""
        ...

    async def make_room(self, rule_count: int) -> None:
        """Drop what waits longest, until so many more can be prepared by rules.

        Whoever prepared that plans anew. Lock the collections before.
        """
        ...

    async def drop(self, keys: Sequence[str]) -> None:
        """Let nobody show what waits under these keys: it is deleted with what is dropped."""
        ...

    async def add(self, memberships: Iterable[PreparedMembership], now: datetime) -> None:
        """Begin to prepare memberships; lock the collections before."""
        ...

    async def save_progress(self, memberships: Iterable[PreparedMembership], now: datetime) -> None:
        """Store how far memberships are prepared; what is complete stays so."""
        ...

    async def list_condition_texts(
        self, limit: int, after_position: int
    ) -> tuple[ConditionTexts, ...]:
        """At most ``limit`` products after a position in the catalogue, in order."""
        ...

    async def place_by_rules(
        self, matches: Sequence[tuple[ConditionTexts, Iterable[str]]], rules: RuleIndex
    ) -> None:
        """Let products be in just those prepared memberships of ``rules`` that stand beside them.

        Lock the collections before: a product that was changed meanwhile is looked at again.
        """
        ...

    async def place_picked(self, members: Sequence[PickedMember]) -> None:
        """Add products to memberships that are still prepared."""
        ...

    async def drop_outdated(self, before: datetime) -> None:
        """Drop what nobody has prepared further since ``before``; lock the collections first."""
        ...

    async def delete_dropped(self, limit: int) -> int:
        """Delete at most ``limit`` products of dropped memberships, and those that have none.

        Returns how many rows were deleted: 0 if nothing is left.
        """
        ...
