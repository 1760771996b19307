"""Subscriptions to gifts: the present state first, then each event once and in order."""

from collections.abc import AsyncIterator

from gateway.engine.gifts.statuses import TERMINAL_STATUSES
from gateway.services.event_logs import (
    EVENTS_PER_READ,
    AuthorityCheck,
    EventLog,
    FiniteEventLog,
    allow_anybody,
    follow_until_end,
    guard_events,
)
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_store import gift_topic, partner_feed_topic
from gateway.services.ports.gifts import GiftEvent


def follow_gift(
    gift_id: str,
    after: int | None,
    *,
    dependencies: GiftDependencies,
    authority: AuthorityCheck = allow_anybody,
) -> AsyncIterator[GiftEvent]:
    """A gift's events after ``after``, or from the last one on if None, until the gift ends.

    ``authority`` is checked before each event and once a minute.
    """

    async def read(sequence: int) -> tuple[GiftEvent, ...]:
        async with dependencies.database.read() as reading:
            return await reading.gift_events.list_after(gift_id, sequence, EVENTS_PER_READ)

    async def last() -> GiftEvent | None:
        async with dependencies.database.read() as reading:
            return await reading.gift_events.find_last(gift_id)

    log = FiniteEventLog(
        gift_topic(gift_id),
        read,
        position_of=lambda event: event.sequence,
        load_last=last,
        is_final=lambda event: event.status in TERMINAL_STATUSES,
    )
    return follow_until_end(log, after, dependencies, authority)


class UnknownEvent(Exception):
    """The event at which a feed should begin is not the partner's."""


async def follow_partner(
    partner_id: str,
    after: str | None,
    *,
    dependencies: GiftDependencies,
    authority: AuthorityCheck = allow_anybody,
) -> AsyncIterator[GiftEvent]:
    """The events of a partner's gifts after the event with the id ``after``.

    If it is None, the last event of each gift that has not ended comes first. ``authority`` is
    checked before each event and once a minute. Raises ``UnknownEvent``.
    """
    with dependencies.log_tails.follow(
        _partner_feed_log(partner_id, dependencies), dependencies.wakeups, dependencies.clock
    ) as tail:
        latest_events, position, end_position = await _load_feed_start(
            partner_id, after, dependencies
        )
        async for event in guard_events(latest_events, authority):
            yield event
        tail.start(end_position)
        while True:
            async for event in guard_events(await tail.wait_for_events(position), authority):
                yield event
                position = event.position or position


def _partner_feed_log(partner_id: str, dependencies: GiftDependencies) -> EventLog[GiftEvent]:
    async def read(position: int) -> tuple[GiftEvent, ...]:
        async with dependencies.database.read() as reading:
            return await reading.gift_events.list_feed(partner_id, position, EVENTS_PER_READ)

    return EventLog(partner_feed_topic(partner_id), read, lambda event: event.position or 0)


async def _load_feed_start(
    partner_id: str, after: str | None, dependencies: GiftDependencies
) -> tuple[tuple[GiftEvent, ...], int, int]:
    """The first events of a feed, the position after which it continues, and its last position."""
    async with dependencies.database.read() as reading:
        end_position = await reading.gift_events.feed_position(partner_id)
        if after is None:
            # The end is read first, so that events committed between the reads are never lost.
            latest_events = await reading.gift_events.list_latest_in_feed(partner_id)
            return (
                tuple(each for each in latest_events if (each.position or 0) <= end_position),
                end_position,
                end_position,
            )
        event = await reading.gift_events.find(after)
    if event is None or event.partner_id != partner_id:
        raise UnknownEvent(after)
    return (), event.position or 0, end_position
