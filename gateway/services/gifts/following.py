"""Following gifts: the present state first, then each event once and in order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from gateway.engine.gifts.statuses import TERMINAL
from gateway.services.gifts.keeping import feed_of, topic_of
from gateway.services.gifts.parts import GiftParts
from gateway.services.ports.gifts import LoggedEvent
from gateway.services.ports.wakeups import Waker

PAGE = 100
"""Events read at once."""
NET = 2.0
"""Seconds after which the log is read without a wake-up: hints may be lost."""

Read: TypeAlias = Callable[[int], Awaitable[tuple[LoggedEvent, ...]]]


@dataclass(frozen=True, slots=True)
class _Log:
    """A log to follow: how it is read after a mark, and what mark an event leaves."""

    read: Read
    mark: Callable[[LoggedEvent], int]


async def gift_events(
    gift_id: str, after: int | None, *, parts: GiftParts
) -> AsyncIterator[LoggedEvent]:
    """A gift's events later than ``after``, or the last one first; ends with the gift.

    Nothing is kept for a slow reader: each reads the log at its own pace.
    """

    async def read(mark: int) -> tuple[LoggedEvent, ...]:
        async with parts.database.read() as reading:
            return await reading.gift_events.after(gift_id, mark, PAGE)

    with parts.wakeups.subscribe(topic_of(gift_id)) as waker:
        last = await _last(gift_id, parts)
        if after is None and last is not None:
            yield last
        mark = after if after is not None else (last.sequence if last else 0)
        if last is not None and last.status in TERMINAL and mark >= last.sequence:
            return
        log = _Log(read, lambda event: event.sequence)
        async for event in _followed(log, mark, waker):
            yield event
            if event.status in TERMINAL:
                return


async def _last(gift_id: str, parts: GiftParts) -> LoggedEvent | None:
    async with parts.database.read() as reading:
        return await reading.gift_events.last(gift_id)


async def _followed(log: _Log, mark: int, waker: Waker) -> AsyncIterator[LoggedEvent]:
    """Everything in ``log`` after ``mark``, for ever."""
    while True:
        events = await log.read(mark)
        for event in events:
            yield event
            mark = log.mark(event)
        if len(events) < PAGE:
            await waker.wait(NET)


class NoSuchEvent(Exception):
    """A feed was to begin after an event that is not the partner's."""


async def partner_events(
    partner_id: str, after: str | None, *, parts: GiftParts
) -> AsyncIterator[LoggedEvent]:
    """The events of a partner's gifts later than the one of id ``after``.

    Without it the last event of each gift that has not ended comes first. Raises
    ``NoSuchEvent``.
    """

    async def read(mark: int) -> tuple[LoggedEvent, ...]:
        async with parts.database.read() as reading:
            return await reading.gift_events.fed(partner_id, mark, PAGE)

    with parts.wakeups.subscribe(feed_of(partner_id)) as waker:
        present, mark = await _start(partner_id, after, parts)
        for event in present:
            yield event
        log = _Log(read, lambda event: event.position or 0)
        async for event in _followed(log, mark, waker):
            yield event


async def _start(
    partner_id: str, after: str | None, parts: GiftParts
) -> tuple[tuple[LoggedEvent, ...], int]:
    """What a feed begins with, and the place after which it goes on."""
    async with parts.database.read() as reading:
        if after is None:
            # First the mark: what is committed between the two reads comes twice, never not.
            mark = await reading.gift_events.fed_position(partner_id)
            present = await reading.gift_events.fed_last(partner_id)
            return tuple(each for each in present if (each.position or 0) <= mark), mark
        event = await reading.gift_events.find(after)
    if event is None or event.partner_id != partner_id:
        raise NoSuchEvent(after)
    return (), event.position or 0
