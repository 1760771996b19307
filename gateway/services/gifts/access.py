"""Who may see and change which gifts: what is not one's own is not there."""

from datetime import UTC, datetime, timedelta

from gateway.engine.assurance import Assurance
from gateway.engine.gifts.values import Gift
from gateway.engine.problems import ErrorCode, UserError
from gateway.services.gifts.giving import own_gift
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import kept, kept_all
from gateway.services.gifts.requests import GiftCaller
from gateway.services.gifts.views import GiftView, giver_view, partner_view, public_view
from gateway.services.identity.callers import Caller
from gateway.services.pages import Page, WrongPage, cursor, page, place, size
from gateway.services.ports.gifts import LoggedEvent
from gateway.services.ports.keys import Role

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GIFTS = "gifts"
EVENTS = "gift events"
LONGEST_NUMBER = 16
"""Digits of the microseconds of an instant that the calendar surely holds."""


def gift_caller(caller: Caller, *, parts: GiftParts) -> GiftCaller | UserError:
    """Whose gifts ``caller`` makes and changes: a partner's, or those of who has signed in."""
    key = caller.key
    if key is not None and key.role is Role.PARTNER and key.purchaser_id is not None:
        return GiftCaller(key.purchaser_id, key.id)
    refusal = caller.refusal(
        Assurance.AUTHENTICATED,
        now=parts.clock.now(),
        recent=parts.policy.reauthenticate_after,
    )
    if refusal is not None or caller.purchaser_id is None:
        return refusal or UserError(ErrorCode.SIGN_IN_REQUIRED, None, "Sign in first.")
    return GiftCaller(caller.purchaser_id)


def staff_refusal(caller: Caller) -> UserError | None:
    """Why the caller may not speak for carriers; nothing for staff."""
    if caller.key is not None and caller.key.role is Role.STAFF:
        return None
    return UserError(ErrorCode.FORBIDDEN, None, "This takes a staff key.")


def partner_of(caller: Caller) -> str | None:
    """The partner whose key the caller has."""
    key = caller.key
    return key.id if key is not None and key.role is Role.PARTNER else None


def view_for(caller: GiftCaller, gift: Gift) -> GiftView:
    """``gift`` as its giver or its partner sees it."""
    return partner_view(gift) if caller.partner_id else giver_view(gift)


async def visible(id: str, *, caller: Caller, parts: GiftParts) -> GiftView | None:
    """The gift of this id, if it is the caller's."""
    whose = gift_caller(caller, parts=parts)
    if isinstance(whose, UserError):
        return None
    async with parts.database.read() as reading:
        held = await own_gift(id, whose, reading=reading, parts=parts)
    return None if held is None else view_for(whose, held.gift)


async def holder(id: str, *, parts: GiftParts) -> tuple[str, str | None] | None:
    """Whose the gift of this id is: its giver and its partner, neither of which changes."""
    async with parts.database.read() as reading:
        record = await reading.gifts.find(id)
    return None if record is None else (record.giver_id, record.partner_id)


async def tracked(tracking_number: str, *, parts: GiftParts) -> GiftView | None:
    """The gift of this number, as anybody may see it."""
    async with parts.database.read() as reading:
        record = await reading.gifts.tracked(tracking_number.strip().upper())
        if record is None:
            return None
        held = await kept(record, reading=reading, cipher=parts.cipher)
    return public_view(held.gift)


async def own_event(id: str, *, caller: Caller, parts: GiftParts) -> LoggedEvent | None:
    """The event of this id, if its gift is the caller's."""
    async with parts.database.read() as reading:
        event = await reading.gift_events.find(id)
    if event is None:
        return None
    return event if await visible(event.gift_id, caller=caller, parts=parts) else None


async def own_gifts(
    first: int | None, after: str | None, *, caller: Caller, parts: GiftParts
) -> Page[GiftView]:
    """A page of the gifts of a giver who has signed in, the latest first.

    Raises:
        WrongPage: the page cannot be.

    """
    count, before = size(first), _before(after)
    whose = gift_caller(caller, parts=parts)
    if isinstance(whose, UserError) or whose.partner_id is not None:
        return page((), count, _cursor, later=False)
    async with parts.database.read() as reading:
        records = await reading.gifts.of_giver(whose.purchaser_id, before, count + 1)
        held = await kept_all(records, reading=reading, cipher=parts.cipher)
    views = [giver_view(each.gift) for each in held]
    return page(views, count, _cursor, later=before is not None)


def _cursor(view: GiftView) -> str:
    microseconds = (view.created_at - EPOCH) // timedelta(microseconds=1)
    return cursor(GIFTS, microseconds, view.id)


def _before(after: str | None) -> tuple[datetime, str] | None:
    found = place(after, 3)
    if found is None:
        return None
    name, digits, id_ = found
    if name != GIFTS:
        raise WrongPage("`after` is not a cursor of this list.")
    return EPOCH + timedelta(microseconds=_number(digits)), id_


def _number(digits: str) -> int:
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > LONGEST_NUMBER:
        raise WrongPage("`after` is not a cursor of this list.")
    return int(digits)


async def events_of(
    gift: GiftView, first: int | None, after: str | None, *, parts: GiftParts
) -> Page[LoggedEvent]:
    """A page of the gift's log, from its beginning; of a gift found by number it is empty.

    Raises:
        WrongPage: the page cannot be.

    """
    count, found = size(first), place(after, 2)
    if found is not None and found[0] != EVENTS:
        raise WrongPage("`after` is not a cursor of this list.")
    mark = _number(found[1]) if found else 0
    if gift.public:
        return page((), count, _event_cursor, later=False)
    async with parts.database.read() as reading:
        events = await reading.gift_events.after(gift.id, mark, count + 1)
    return page(events, count, _event_cursor, later=found is not None)


def _event_cursor(event: LoggedEvent) -> str:
    return cursor(EVENTS, event.sequence)
