"""The outbox's table: kept once, leased to one process, taken over when that one died."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from gateway.adapters.clocks import ManualClock
from gateway.adapters.sql.statements import Statement
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.outbox import LeasedMessage, MessageKind, NewMessage
from tests.conftest import AnyDatabase, open_test_database

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def message(name: str, due: datetime = NOON, kind: MessageKind = MessageKind.MAIL) -> NewMessage:
    return NewMessage(f"msg_{name}", f"key-{name}", kind, "prs_1", b"sealed", due)


async def add(database: AnyDatabase, *messages: NewMessage) -> list[bool]:
    async with database.begin() as work:
        return [await work.outbox.add(message_to_add, NOON) for message_to_add in messages]


async def claim(database: AnyDatabase, now: datetime, limit: int = 10) -> list[LeasedMessage]:
    async with database.begin() as work:
        claimed = await work.outbox.claim(now, now + MINUTE, limit, MessageKind.MAIL)
    return sorted(claimed, key=lambda one: one.id)


async def due(database: AnyDatabase, now: datetime) -> datetime | None:
    async with database.read() as reading:
        return await reading.outbox.next_due(now, MessageKind.MAIL)


async def test_a_dedupe_key_is_kept_once(databases: AnyDatabase) -> None:
    assert await add(databases, message("a"), message("a"), message("b")) == [True, False, True]
    assert [one.id for one in await claim(databases, NOON)] == ["msg_a", "msg_b"]


async def test_a_claim_tells_what_to_send(databases: AnyDatabase) -> None:
    await add(databases, message("a"))
    assert await claim(databases, NOON) == [
        LeasedMessage("msg_a", "key-a", MessageKind.MAIL, "prs_1", b"sealed", 1, 2)
    ]


async def test_only_what_is_due_is_claimed_the_longest_due_first(databases: AnyDatabase) -> None:
    await add(
        databases, message("later", NOON + MINUTE), message("now"), message("old", NOON - MINUTE)
    )
    assert [one.id for one in await claim(databases, NOON, limit=1)] == ["msg_old"]
    assert [one.id for one in await claim(databases, NOON)] == ["msg_now"]
    assert await due(databases, NOON) == NOON + MINUTE


async def test_a_leased_message_is_taken_over_after_its_lease(databases: AnyDatabase) -> None:
    await add(databases, message("a"))
    [first] = await claim(databases, NOON)
    assert await claim(databases, NOON + MINUTE - timedelta(microseconds=1)) == []
    [second] = await claim(databases, NOON + MINUTE)
    assert (first.attempts, second.attempts) == (1, 2)
    with pytest.raises(VersionConflict):
        async with databases.begin() as work:
            await work.outbox.mark_sent(first)
    async with databases.begin() as work:
        await work.outbox.mark_sent(second)


async def test_what_was_sent_or_given_up_is_blank_and_never_due(databases: AnyDatabase) -> None:
    await add(databases, message("a"), message("b"))
    first, second = await claim(databases, NOON)
    async with databases.begin() as work:
        await work.outbox.mark_sent(first)
        await work.outbox.mark_failed(second, "no such address")
    rows: Statement = Statement(text("SELECT id, state, payload, failure FROM outbox ORDER BY id"))
    async with databases.read() as reading:
        assert await reading.session.fetch_all(rows) == [
            ("msg_a", "SENT", None, None),
            ("msg_b", "FAILED", None, "no such address"),
        ]
    assert await due(databases, NOON + timedelta(days=30)) is None
    assert await claim(databases, NOON + timedelta(days=30)) == []


async def test_a_postponed_message_waits(databases: AnyDatabase) -> None:
    await add(databases, message("a"))
    [claimed] = await claim(databases, NOON)
    async with databases.begin() as work:
        await work.outbox.postpone(claimed, NOON + 5 * MINUTE, "busy")
    assert await due(databases, NOON) == NOON + 5 * MINUTE
    assert await claim(databases, NOON + 4 * MINUTE) == []
    assert [one.attempts for one in await claim(databases, NOON + 5 * MINUTE)] == [2]


async def test_two_processes_never_claim_the_same(
    databases: AnyDatabase, database_url: str, clock: ManualClock
) -> None:
    await add(databases, *(message(f"{number:03}") for number in range(60)))
    second_database = await open_test_database(database_url, clock)
    claims = await asyncio.gather(
        *(claim(entry, NOON, limit=7) for _ in range(6) for entry in (databases, second_database))
    )
    await second_database.close()
    claimed = [entry.id for claim in claims for entry in claim]
    assert sorted(claimed) == [f"msg_{number:03}" for number in range(60)]


async def test_what_waits_is_counted_up_to_a_number(databases: AnyDatabase) -> None:  # R106
    await add(databases, message("a"), message("b"), message("c"))
    async with databases.read() as reading:
        assert await reading.outbox.count_waiting(10) == 3
        assert await reading.outbox.count_waiting(2) == 2


async def test_what_is_deferred_counts_no_attempt(databases: AnyDatabase) -> None:  # R127
    await add(databases, message("a"), message("sent"))
    first, sent = await claim(databases, NOON)
    async with databases.begin() as work:
        await work.outbox.defer(first, NOON + MINUTE)
        await work.outbox.mark_sent(sent)
    async with databases.read() as reading:
        keys = ("key-a", "key-sent", "key-none")
        waiting = [await reading.outbox.find_waiting_due(key) for key in keys]
    assert waiting == [NOON + MINUTE, None, None]
    assert await claim(databases, NOON) == []
    assert [one.attempts for one in await claim(databases, NOON + MINUTE)] == [1]
    async with databases.begin() as work:
        with pytest.raises(VersionConflict):
            await work.outbox.defer(first, NOON + MINUTE)


async def test_the_last_key_of_a_range_is_found_also_once_it_is_sent(
    databases: AnyDatabase,
) -> None:  # R127
    await add(databases, *map(message, ("a-00001", "a-00010", "a-00009", "b-00001", "A-00011")))
    async with databases.begin() as work:
        for leased in await work.outbox.claim(NOON, NOON + MINUTE, 9, MessageKind.MAIL):
            await work.outbox.mark_sent(leased)
    async with databases.read() as reading:
        last_keys = [
            await reading.outbox.find_last_key(f"key-{name}-00001", f"key-{name}-99999")
            for name in ("a", "b", "c")
        ]
    assert last_keys == ["key-a-00010", "key-b-00001", None]


async def test_what_nobody_tried_to_send_is_dropped(databases: AnyDatabase) -> None:  # R101
    """Not what is being sent, was sent or is tried again."""
    names = ("leased", "sent", "tried", "untried")
    await add(databases, *map(message, names[:3]))
    _, sent, tried = await claim(databases, NOON)
    async with databases.begin() as work:
        await work.outbox.mark_sent(sent)
        await work.outbox.postpone(tried, NOON + MINUTE, "away")
    await add(databases, message("untried"))
    async with databases.begin() as work:
        for name in (*names, "none"):
            await work.outbox.drop_untried(f"key-{name}")
    # What is still there is not added again.
    again = [replace(message(name), id=f"again_{name}") for name in names]
    assert await add(databases, *again) == [False, False, False, True]


async def test_each_kind_waits_by_itself(databases: AnyDatabase) -> None:  # R127
    kinds = list(MessageKind)
    others = [message(f"{kind}-{n}", NOON, kind) for kind in kinds[1:] for n in range(30)]
    await add(databases, *others, message("mail", NOON + MINUTE))
    assert await due(databases, NOON) == NOON + MINUTE
    assert [one.id for one in await claim(databases, NOON + MINUTE)] == ["msg_mail"]
    async with databases.begin() as work:
        claimed = [await work.outbox.claim(NOON, NOON + MINUTE, 40, kind) for kind in kinds]
    assert [len(each) for each in claimed] == [0, *[30] * (len(kinds) - 1)]
    assert [{one.kind for one in each} for each in claimed[1:]] == [{kind} for kind in kinds[1:]]
