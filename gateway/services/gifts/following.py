"""Following gifts: the present state first, then each event once and in order."""

from collections.abc import AsyncIterator

from gateway.engine.gifts.statuses import TERMINAL
from gateway.services.following import PAGE, Authority, EndingLog, Log, allowed, anybody, to_the_end
from gateway.services.gifts.keeping import feed_of, topic_of
from gateway.services.gifts.parts import GiftParts
from gateway.services.ports.gifts import LoggedEvent


def gift_events(
    gift_id: str, after: int | None, *, parts: GiftParts, authority: Authority = anybody
) -> AsyncIterator[LoggedEvent]:
    """A gift's events later than ``after``, or the last one first; ends with the gift.

    ``authority`` is asked before each, and once a minute.
    """

    async def read(mark: int) -> tuple[LoggedEvent, ...]:
        async with parts.database.read() as reading:
            return await reading.gift_events.after(gift_id, mark, PAGE)

    async def last() -> LoggedEvent | None:
        async with parts.database.read() as reading:
            return await reading.gift_events.last(gift_id)

    log = EndingLog(
        topic_of(gift_id),
        read,
        place=lambda event: event.sequence,
        last=last,
        over=lambda event: event.status in TERMINAL,
    )
    return to_the_end(log, after, parts, authority)


class NoSuchEvent(Exception):
    """A feed was to begin after an event that is not the partner's."""


async def partner_events(
    partner_id: str, after: str | None, *, parts: GiftParts, authority: Authority = anybody
) -> AsyncIterator[LoggedEvent]:
    """The events of a partner's gifts later than the one of id ``after``.

    Without it the last event of each gift that has not ended comes first. ``authority`` is asked
    before each, and once a minute. Raises ``NoSuchEvent``.
    """
    with parts.followers.follow(_feed(partner_id, parts), parts.wakeups, parts.clock) as tail:
        present, mark, end = await _start(partner_id, after, parts)
        async for event in allowed(present, authority):
            yield event
        tail.begin(end)
        while True:
            async for event in allowed(await tail.later(mark), authority):
                yield event
                mark = event.position or mark


def _feed(partner_id: str, parts: GiftParts) -> Log[LoggedEvent]:
    async def read(mark: int) -> tuple[LoggedEvent, ...]:
        async with parts.database.read() as reading:
            return await reading.gift_events.fed(partner_id, mark, PAGE)

    return Log(feed_of(partner_id), read, lambda event: event.position or 0)


async def _start(
    partner_id: str, after: str | None, parts: GiftParts
) -> tuple[tuple[LoggedEvent, ...], int, int]:
    """What a feed begins with, the place after which it goes on, and where its end is."""
    async with parts.database.read() as reading:
        end = await reading.gift_events.fed_position(partner_id)
        if after is None:
            # First the end: what is committed between the two reads comes twice, never not.
            present = await reading.gift_events.fed_last(partner_id)
            return tuple(each for each in present if (each.position or 0) <= end), end, end
        event = await reading.gift_events.find(after)
    if event is None or event.partner_id != partner_id:
        raise NoSuchEvent(after)
    return (), event.position or 0, end
