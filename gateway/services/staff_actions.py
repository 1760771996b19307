"""The log of what staff did: each change they make is kept with who made it, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from gateway.engine.text.card_numbers import looks_like_card_number
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.identity.callers import Caller
from gateway.services.pagination import (
    NOT_A_CURSOR,
    InvalidPage,
    Page,
    build_page,
    decode_cursor,
    encode_cursor,
    page_size,
    parse_cursor_number,
)
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.staff_actions import StaffAction, StaffActionPosition

NO_DETAIL: Mapping[str, str | int] = MappingProxyType({})
ACTIONS_CURSOR = "staff actions"
REASON_PATH = ("input", "reason")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MAX_CURSOR_MICROSECONDS = 10**16 - 1
"""Digits of the microseconds of an instant that the calendar surely holds."""


class StaffActionDependencies(Protocol):
    """The parts of the gateway that the log needs."""

    @property
    def database(self) -> Database:
        """Where everything is kept."""
        ...

    @property
    def ids(self) -> IdGenerator:
        """New ids."""
        ...

    @property
    def clock(self) -> Clock:
        """The present instant."""
        ...


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Whoever comes with a staff key, by its name."""

    key_name: str


@dataclass(frozen=True, slots=True)
class ActionDetail:
    """One figure or code of what staff did, as text."""

    key: str
    value: str


def list_details(action: StaffAction) -> tuple[ActionDetail, ...]:
    """The figures and codes of an action, in the order they were recorded."""
    return tuple(ActionDetail(key, str(value)) for key, value in action.detail.items())


def staff_member(caller: Caller) -> StaffMember | None:
    """The member of staff who is asking; None for everybody else."""
    key = caller.key
    return StaffMember(key.name) if key is not None and key.role is ApiKeyRole.STAFF else None


def require_staff(caller: Caller) -> StaffMember | UserError:
    """The member of staff who is asking; the refusal for everybody else."""
    return staff_member(caller) or UserError(ErrorCode.FORBIDDEN, None, "This takes a staff key.")


def reason_error(reason: str | None) -> UserError | None:
    """Why ``reason`` cannot be kept: it looks like a card number."""
    if reason is None or not looks_like_card_number(reason):
        return None
    message = "The text looks like a card number; do not send one."
    return UserError(ErrorCode.INVALID_INPUT, REASON_PATH, message)


async def record_staff_action(
    work: UnitOfWork,
    member: StaffMember,
    action: str,
    subject_id: str,
    reason: str | None = None,
    detail: Mapping[str, str | int] = NO_DETAIL,
    *,
    dependencies: StaffActionDependencies,
) -> None:
    """Keep what ``member`` does, in the transaction ``work`` that does it.

    ``action`` is the mutation's name, ``subject_id`` the global id of what is changed. ``detail``
    has figures and codes that explain it, no personal data; amounts are minor units.
    """
    await work.staff_actions.add(
        StaffAction(
            id=dependencies.ids.new("act"),
            key_name=member.key_name,
            action=action,
            subject_id=subject_id,
            reason=reason,
            detail=detail,
            done_at=dependencies.clock.now(),
        )
    )


async def list_staff_actions(
    first: int | None,
    after: str | None,
    subject_id: str | None,
    *,
    dependencies: StaffActionDependencies,
) -> Page[StaffAction]:
    """A page of what staff did, the latest first; with ``subject_id``: to that alone.

    Raises:
        InvalidPage: ``first`` or ``after`` is not valid.

    """
    count, before = page_size(first), _decode_position(after)
    async with dependencies.database.read() as reading:
        actions = await reading.staff_actions.list_page(count + 1, before, subject_id)
    return build_page(actions, count, _action_cursor, has_previous_page=before is not None)


def _action_cursor(action: StaffAction) -> str:
    return encode_cursor(ACTIONS_CURSOR, (action.done_at - EPOCH) // MICROSECOND, action.id)


def _decode_position(after: str | None) -> StaffActionPosition | None:
    fields = decode_cursor(after, 3)
    if fields is None:
        return None
    name, digits, id = fields
    if name != ACTIONS_CURSOR:
        raise InvalidPage(NOT_A_CURSOR)
    microseconds = parse_cursor_number(digits, MAX_CURSOR_MICROSECONDS)
    return StaffActionPosition(EPOCH + microseconds * MICROSECOND, id)
