"""Wake-ups: within a process, between processes, and after a line broke."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.adapters import outages
from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.databases.sqlite_change_log import MAX_CHANGED_ROWS
from gateway.adapters.wakeups import relay
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.adapters.wakeups.opening import UnknownWakeupsUrl, open_wakeups
from gateway.adapters.wakeups.sqlite import sqlite_wakeups
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.gift_store import gift_topic, partner_feed_topic
from gateway.services.jobs import DUE_TOPIC
from gateway.services.orders import lifecycle
from gateway.services.ports.gifts import GiftEvent
from gateway.services.ports.outbox import MessageKind, NewMessage
from gateway.services.ports.wakeups import Wakeups, WakeupSubscription
from tests.conftest import POSTGRES_URL
from tests.demands import skip_or_fail

SERVERS = {
    "postgres": POSTGRES_URL,
    "redis": os.environ.get("GATEWAY_TEST_REDIS_URL", "redis://127.0.0.1:6379"),
    "nats": os.environ.get("GATEWAY_TEST_NATS_URL", "nats://127.0.0.1:4222"),
}
TIMEOUT_SECONDS = 20.0  # seconds; what is waited for comes in milliseconds, on a busy machine later


async def test_a_bell_rings_for_its_topic_only() -> None:
    hub = LocalWakeups()
    with hub.subscribe("a") as a, hub.subscribe("b") as b, hub.subscribe("a") as also_a:
        await hub.announce("a")
        assert (
            await a.wait(TIMEOUT_SECONDS),
            await also_a.wait(TIMEOUT_SECONDS),
            await b.wait(0),
        ) == (True, True, False)
        assert not await a.wait(0)
        during = hub.is_idle
    await hub.announce("a")
    assert (during, hub.is_idle) == (False, True)


async def test_a_bell_that_rang_before_the_wait_is_heard() -> None:
    hub = LocalWakeups()
    with hub.subscribe("a") as bell:
        await hub.announce("a")
        await hub.announce("a")
        assert (await bell.wait(0.001), await bell.wait(0.001)) == (True, False)


async def test_a_process_sees_what_another_wrote_to_its_file(
    database_file: Path, clock: ManualClock, database: SqliteDatabase
) -> None:
    other_database = await SqliteDatabase.open(database_file, clock)
    now = clock.now()
    message = NewMessage("msg_1", "key", MessageKind.MAIL, "prs_1", b"", now)
    async with sqlite_wakeups(database) as wakeups:
        with wakeups.subscribe("anything") as bell:
            async with database.begin() as work:
                await work.data_keys.add("prs_1", b"")
            # What this process writes itself, it announces itself.
            assert not await bell.wait(0.1)
            async with other_database.begin() as work:
                await work.outbox.add(message, now)
            assert await bell.wait(TIMEOUT_SECONDS)
            async with database.read() as reading:
                assert await reading.outbox.next_due(now, MessageKind.MAIL) == now
    await other_database.close()


def events(gift: str, partner: str | None, numbers: range) -> list[GiftEvent]:
    at = datetime(2026, 11, 2, 12, tzinfo=UTC)
    status = GiftStatus.SEARCHING
    return [
        GiftEvent(f"evt_{gift}_{each}", gift, each, "created", status, at, partner)
        for each in numbers
    ]


async def write_elsewhere(
    other: SqliteDatabase, due: WakeupSubscription, *events: GiftEvent
) -> None:
    """Write ``events``, or something else, in another process, and wait until it is noticed."""
    async with other.begin() as work:
        if events:
            await work.gift_events.add(events)
        else:
            await work.data_keys.delete("nobody")
            await work.data_keys.add("somebody", b"")
            await work.data_keys.delete("somebody")
    assert await due.wait(TIMEOUT_SECONDS)


async def woken(*bells: WakeupSubscription) -> list[bool]:
    return [await each.wait(0.001) for each in bells]


async def test_what_another_process_logged_wakes_only_whom_it_concerns(
    database_file: Path, clock: ManualClock, database: SqliteDatabase
) -> None:
    """Otherwise each write of one process would make all followers at the others read."""
    other_database = await SqliteDatabase.open(database_file, clock)
    async with sqlite_wakeups(database) as wakeups:
        with (
            wakeups.subscribe(DUE_TOPIC) as due,
            wakeups.subscribe(gift_topic("gft_1")) as gift,
            wakeups.subscribe(partner_feed_topic("key_1")) as feed,
            wakeups.subscribe(gift_topic("gft_2")) as another,
            wakeups.subscribe(lifecycle.order_topic("ord_1")) as order,
        ):
            bells = (gift, feed, another, order)
            await write_elsewhere(other_database, due)
            await woken(*bells)
            await write_elsewhere(other_database, due, *events("gft_1", "key_1", range(1, 3)))
            assert await woken(*bells) == [True, True, False, False]
            await write_elsewhere(other_database, due)
            assert await woken(*bells) == [False, False, False, False]
            with closing(sqlite3.connect(database_file)) as third, third:
                third.execute("PRAGMA foreign_keys = OFF")
                third.execute(
                    "INSERT INTO order_events (order_id, sequence, id, type, status, occurred_at)"
                    " VALUES ('ord_1', 1, 'oev_1', 'placed', 'OPEN', 0)"
                )
            assert await due.wait(TIMEOUT_SECONDS)
            assert await woken(*bells) == [False, False, False, True]
    await other_database.close()


async def test_more_news_than_are_looked_through_wake_everybody(
    database_file: Path, clock: ManualClock, database: SqliteDatabase
) -> None:
    other_database = await SqliteDatabase.open(database_file, clock)
    async with sqlite_wakeups(database) as wakeups:
        with wakeups.subscribe(DUE_TOPIC) as due, wakeups.subscribe(gift_topic("gft_2")) as another:
            await write_elsewhere(other_database, due)
            await woken(another)
            await write_elsewhere(
                other_database, due, *events("gft_1", None, range(1, MAX_CHANGED_ROWS + 1))
            )
            assert await woken(another) == [False]
            await write_elsewhere(
                other_database, due, *events("gft_3", None, range(1, MAX_CHANGED_ROWS + 2))
            )
            assert await woken(another) == [True]
    await other_database.close()


async def test_rows_that_were_numbered_anew_wake_everybody(
    database_file: Path, clock: ManualClock, database: SqliteDatabase
) -> None:
    other_database = await SqliteDatabase.open(database_file, clock)
    async with sqlite_wakeups(database) as wakeups:
        with wakeups.subscribe(DUE_TOPIC) as due, wakeups.subscribe(gift_topic("gft_2")) as another:
            await write_elsewhere(other_database, due, *events("gft_1", None, range(1, 9)))
            await woken(another)
            with closing(sqlite3.connect(database_file)) as third, third:
                third.execute("DELETE FROM gift_events WHERE sequence > 2")
            assert await due.wait(TIMEOUT_SECONDS)
            assert await woken(another) == [True]
    await other_database.close()


class BreakableConnection:
    """A TCP line to a server that can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            self.cut()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        self._writers |= {writer, back}
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(_pump(source, sink))
            self._tasks.add(task)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65536):
            sink.write(piece)
    except OSError:
        pass
    finally:
        sink.close()


@pytest.fixture(params=sorted(SERVERS))
async def server(request: pytest.FixtureRequest) -> str:
    url = SERVERS[str(request.param)]
    parts = urlsplit(url)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError as absent:
        skip_or_fail(str(request.param), str(absent))
    writer.close()
    await writer.wait_closed()
    return url


async def wait_until_connected(wakeups: Wakeups, other: Wakeups) -> None:
    """Wait until what one announces is heard by the other."""
    with other.subscribe("are you there") as bell:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                await wakeups.announce("are you there")
                if await bell.wait(0.05):
                    return


async def test_an_announcement_is_heard_in_every_process(
    server: str, database: SqliteDatabase
) -> None:
    async with (
        open_wakeups(server, database, "") as here,
        open_wakeups(server, database, "") as there,
    ):
        await wait_until_connected(here, there)
        await wait_until_connected(there, here)
        with (
            here.subscribe("gft_1") as own,
            there.subscribe("gft_1") as theirs,
            there.subscribe("gft_2") as another,
        ):
            await here.announce("gft_1")
            assert (await own.wait(0.001), await theirs.wait(TIMEOUT_SECONDS)) == (True, True)
            assert not await another.wait(0.05)
            assert not await own.wait(0)


async def test_after_a_broken_line_every_bell_rings_and_announcements_go_on(
    server: str, database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "RECONNECT_DELAY_SECONDS", 0.01)
    parts = urlsplit(server)
    assert parts.hostname is not None
    assert parts.port is not None
    cable = BreakableConnection(parts.hostname, parts.port)
    async with cable.listen() as port, open_wakeups(server, database, "") as there:
        through = server.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{port}")
        async with open_wakeups(through, database, "") as here:
            await wait_until_connected(there, here)
            with here.subscribe("gft_1") as bell, there.subscribe("gft_2") as theirs:
                await bell.wait(0.05)
                cable.cut()
                await here.announce("gft_2")
                assert await bell.wait(TIMEOUT_SECONDS)
                assert await theirs.wait(TIMEOUT_SECONDS)
                await wait_until_connected(there, here)


async def test_wakeups_by_their_url(database: SqliteDatabase) -> None:
    async with open_wakeups(None, database, "") as wakeups:
        assert isinstance(wakeups, LocalWakeups)
    with pytest.raises(UnknownWakeupsUrl):
        open_wakeups("kafka://127.0.0.1", database, "")


async def test_an_unreachable_server_is_reported_and_the_process_goes_on(
    database: SqliteDatabase, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgres://postgres@127.0.0.1:{unused_tcp_port}/none"
    reported = asyncio.Event()
    monkeypatch.setattr(outages.logger, "warning", lambda *_: reported.set())
    async with open_wakeups(url, database, "") as wakeups:
        with wakeups.subscribe("a") as bell:
            await asyncio.wait_for(reported.wait(), TIMEOUT_SECONDS)
            await wakeups.announce("a")
            assert await bell.wait(0.001)
