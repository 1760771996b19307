"""The port of the log of staff's actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StaffAction:
    """An action of a member of staff.

    ``key_name`` is the name of their key, ``action`` the mutation's, ``subject_id`` the id of
    the changed object. ``detail`` has figures and codes, no personal data; amounts are minor units.
    """

    id: str
    key_name: str
    action: str
    subject_id: str
    reason: str | None
    detail: Mapping[str, str | int]
    done_at: datetime


@dataclass(frozen=True, slots=True)
class StaffActionPosition:
    """The position of an action in the list, which is sorted by time and id."""

    done_at: datetime
    id: str


class StaffActions(Protocol):
    """Repository of the actions of staff, which are never changed or deleted."""

    async def add(self, action: StaffAction) -> None:
        """Add an action."""
        ...

    async def find(self, id: str) -> StaffAction | None:
        """The action of that id."""
        ...

    async def list_page(
        self, limit: int, before: StaffActionPosition | None, subject_id: str | None
    ) -> tuple[StaffAction, ...]:
        """Up to ``limit`` actions before a position, latest first; all or one subject's."""
        ...
