"""The log of staff's actions: each change with the member of staff and the reason."""

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
"""The largest number of microseconds in a cursor, whose instant every calendar has."""


class StaffActionDependencies(Protocol):
    """The dependencies of the log."""

    @property
    def database(self) -> Database:
        """The database."""
        ...

    @property
    def ids(self) -> IdGenerator:
        """The source of new ids."""
        ...

    @property
    def clock(self) -> Clock:
        """The source of the present time."""
        ...


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of staff, who is identified by the name of their API key."""

    key_name: str


@dataclass(frozen=True, slots=True)
class ActionDetail:
    """A figure or code of an action, as text."""

    key: str
    value: str


def list_details(action: StaffAction) -> tuple[ActionDetail, ...]:
    """The figures and codes of an action, in the order they were recorded."""
    return tuple(ActionDetail(key, str(value)) for key, value in action.detail.items())


def staff_member(caller: Caller) -> StaffMember | None:
    """The calling member of staff; None for other callers."""
    key = caller.key
    return StaffMember(key.name) if key is not None and key.role is ApiKeyRole.STAFF else None


def require_staff(caller: Caller) -> StaffMember | UserError:
    """The calling member of staff, or the error for other callers."""
    return staff_member(caller) or UserError(ErrorCode.FORBIDDEN, None, "This takes a staff key.")


def reason_error(reason: str | None) -> UserError | None:
    """The error if ``reason`` looks like a card number, else None."""
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
    """Save an action of ``member`` in the transaction ``work`` that executes it.

    ``action`` is the mutation's name, ``subject_id`` the global id of the changed one. ``detail``
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
    """A page of staff's actions, latest first; with ``subject_id`` only those on this object.

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
