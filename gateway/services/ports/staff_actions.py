"""What staff did, by whom, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StaffAction:
    """One thing that staff did.

    ``key_name`` is the name of their key, ``action`` the mutation's, ``subject_id`` the id of what
    it was done to. ``detail`` has figures and codes, no personal data; amounts are minor units.
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
    """The place of an action in the list, which is by time, then by id."""

    done_at: datetime
    id: str


class StaffActions(Protocol):
    """The log of what staff did; nothing in it is changed or deleted."""

    async def add(self, action: StaffAction) -> None:
        """Keep one."""
        ...

    async def list_page(
        self, limit: int, before: StaffActionPosition | None, subject_id: str | None
    ) -> tuple[StaffAction, ...]:
        """Up to ``limit``, the latest first, before a place; with ``subject_id``: of that alone."""
        ...
