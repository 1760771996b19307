"""Access to gifts: callers see and change only their own gifts."""

from datetime import UTC, datetime, timedelta

from gateway.engine.gifts.gift import Gift
from gateway.engine.identity.assurance import Assurance
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import load_from_record, load_from_records
from gateway.services.gifts.giver_actions import find_own_gift
from gateway.services.gifts.requests import GiftCaller
from gateway.services.gifts.views import GiftView, giver_view, partner_view, public_view
from gateway.services.identity.callers import Caller
from gateway.services.pagination import (
    NOT_A_CURSOR,
    InvalidPage,
    Page,
    build_page,
    decode_cursor,
    decode_position,
    encode_cursor,
    page_size,
    parse_cursor_number,
)
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.services.ports.gifts import GiftEvent

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GIFTS_CURSOR = "gifts"
EVENTS_CURSOR = "gift events"
MAX_CURSOR_NUMBER = 10**16 - 1
"""The largest number of microseconds in a cursor, whose instant every calendar has."""


def require_gift_caller(
    caller: Caller, *, dependencies: GiftDependencies
) -> GiftCaller | UserError:
    """The owner of the gifts that ``caller`` may change: a partner or the signed-in purchaser."""
    key = caller.key
    if key is not None and key.role is ApiKeyRole.PARTNER and key.purchaser_id is not None:
        return GiftCaller(key.purchaser_id, key.id)
    error = caller.assurance_error(
        Assurance.AUTHENTICATED,
        now=dependencies.clock.now(),
        recent=dependencies.policy.reauthenticate_after,
    )
    if error is not None or caller.purchaser_id is None:
        return error or UserError(ErrorCode.SIGN_IN_REQUIRED, None, "Sign in first.")
    return GiftCaller(caller.purchaser_id)


def staff_error(caller: Caller) -> UserError | None:
    """The error if the caller has no staff key, else None."""
    if caller.key is not None and caller.key.role is ApiKeyRole.STAFF:
        return None
    return UserError(ErrorCode.FORBIDDEN, None, "This takes a staff key.")


def calling_partner_id(caller: Caller) -> str | None:
    """The id of the partner whose key the caller has, or None."""
    key = caller.key
    return key.id if key is not None and key.role is ApiKeyRole.PARTNER else None


def view_for(caller: GiftCaller, gift: Gift) -> GiftView:
    """The view of ``gift`` for its giver or its partner."""
    return partner_view(gift) if caller.partner_id else giver_view(gift)


async def find_visible_gift(
    id: str, *, caller: Caller, dependencies: GiftDependencies
) -> GiftView | None:
    """The view of the gift of this id; None if it is not the caller's."""
    owner = require_gift_caller(caller, dependencies=dependencies)
    if isinstance(owner, UserError):
        return None
    async with dependencies.database.read() as reading:
        versioned_gift = await find_own_gift(id, owner, reading=reading, dependencies=dependencies)
    return None if versioned_gift is None else view_for(owner, versioned_gift.gift)


async def find_gift_owner(
    id: str, *, dependencies: GiftDependencies
) -> tuple[str, str | None] | None:
    """The ids of the gift's giver and partner, which never change; None if there is no gift."""
    async with dependencies.database.read() as reading:
        record = await reading.gifts.find(id)
    return None if record is None else (record.giver_id, record.partner_id)


async def find_by_tracking_number(
    tracking_number: str, *, dependencies: GiftDependencies
) -> GiftView | None:
    """The public view of the gift with this tracking number, or None."""
    async with dependencies.database.read() as reading:
        record = await reading.gifts.find_by_tracking_number(tracking_number.strip().upper())
        if record is None:
            return None
        versioned_gift = await load_from_record(record, reading=reading, cipher=dependencies.cipher)
    return public_view(versioned_gift.gift)


async def find_own_event(
    id: str, *, caller: Caller, dependencies: GiftDependencies
) -> GiftEvent | None:
    """The event of this id; None if its gift is not the caller's."""
    async with dependencies.database.read() as reading:
        event = await reading.gift_events.find(id)
    if event is None:
        return None
    return (
        event
        if await find_visible_gift(event.gift_id, caller=caller, dependencies=dependencies)
        else None
    )


async def list_own_gifts(
    first: int | None, after: str | None, *, caller: Caller, dependencies: GiftDependencies
) -> Page[GiftView]:
    """A page of the gifts of a giver who has signed in, latest first.

    Raises:
        InvalidPage: ``first`` is out of bounds or ``after`` is not a cursor of the list.

    """
    limit, before = page_size(first), decode_gift_cursor(after)
    owner = require_gift_caller(caller, dependencies=dependencies)
    if isinstance(owner, UserError) or owner.partner_id is not None:
        return build_page((), limit, encode_gift_cursor, has_previous_page=False)
    async with dependencies.database.read() as reading:
        records = await reading.gifts.list_by_giver(owner.purchaser_id, before, limit + 1)
        versioned_gifts = await load_from_records(
            records, reading=reading, cipher=dependencies.cipher
        )
    views = [giver_view(each.gift) for each in versioned_gifts]
    return build_page(views, limit, encode_gift_cursor, has_previous_page=before is not None)


def encode_gift_cursor(view: GiftView) -> str:
    """The cursor of a gift in a list of gifts, the latest first."""
    microseconds = (view.created_at - EPOCH) // timedelta(microseconds=1)
    return encode_cursor(GIFTS_CURSOR, microseconds, view.id)


def decode_gift_cursor(after: str | None) -> tuple[datetime, str] | None:
    """The time and id of the gift whose cursor ``after`` is; None for no cursor.

    Raises:
        InvalidPage: it is no cursor of a gift.

    """
    position = decode_cursor(after, 3)
    if position is None:
        return None
    name, digits, id_ = position
    if name != GIFTS_CURSOR:
        raise InvalidPage(NOT_A_CURSOR)
    return EPOCH + timedelta(microseconds=parse_cursor_number(digits, MAX_CURSOR_NUMBER)), id_


async def list_events(
    gift: GiftView, first: int | None, after: str | None, *, dependencies: GiftDependencies
) -> Page[GiftEvent]:
    """A page of the gift's events, earliest first; empty for a gift in its public view.

    Raises:
        InvalidPage: ``first`` is out of bounds or ``after`` is not a cursor of the list.

    """
    limit, position = page_size(first), decode_position(after, EVENTS_CURSOR, MAX_CURSOR_NUMBER)
    if gift.public:
        return build_page((), limit, _encode_event_cursor, has_previous_page=False)
    async with dependencies.database.read() as reading:
        events = await reading.gift_events.list_after(gift.id, position or 0, limit + 1)
    return build_page(events, limit, _encode_event_cursor, has_previous_page=position is not None)


def _encode_event_cursor(event: GiftEvent) -> str:
    return encode_cursor(EVENTS_CURSOR, event.sequence)
