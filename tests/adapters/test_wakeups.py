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
from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from gateway.adapters.sqlite_logs import MOST
from gateway.adapters.wakeups import relay
from gateway.adapters.wakeups.hub import Hub
from gateway.adapters.wakeups.neighbours import neighbour_wakeups
from gateway.adapters.wakeups.opening import UnknownWakeups, open_wakeups
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services import orders
from gateway.services.gifts.keeping import feed_of, topic_of
from gateway.services.ports.gifts import LoggedEvent
from gateway.services.ports.outbox import MessageKind, NewMessage
from gateway.services.ports.wakeups import Waker, Wakeups
from gateway.services.stepping import DUE
from tests.conftest import SERVER
from tests.demands import lacking

SERVERS = {
    "postgres": SERVER,
    "redis": os.environ.get("GATEWAY_TEST_REDIS_URL", "redis://127.0.0.1:6379"),
    "nats": os.environ.get("GATEWAY_TEST_NATS_URL", "nats://127.0.0.1:4222"),
}
SOON = 20.0  # seconds; what is waited for comes in milliseconds, on a busy machine later


async def test_a_bell_rings_for_its_topic_only() -> None:
    hub = Hub()
    with hub.subscribe("a") as a, hub.subscribe("b") as b, hub.subscribe("a") as also_a:
        await hub.announce("a")
        assert (await a.wait(SOON), await also_a.wait(SOON), await b.wait(0)) == (True, True, False)
        assert not await a.wait(0)
        during = hub.idle
    await hub.announce("a")
    assert (during, hub.idle) == (False, True)


async def test_a_bell_that_rang_before_the_wait_is_heard() -> None:
    hub = Hub()
    with hub.subscribe("a") as bell:
        await hub.announce("a")
        await hub.announce("a")
        assert (await bell.wait(0.001), await bell.wait(0.001)) == (True, False)


async def test_a_process_sees_what_another_wrote_to_its_file(
    database_file: Path, clock: StandingClock, database: SqliteDatabase
) -> None:
    other = await SqliteDatabase.open(database_file, clock)
    now = clock.now()
    message = NewMessage("msg_1", "key", MessageKind.MAIL, "prs_1", b"", now)
    async with neighbour_wakeups(database) as wakeups:
        with wakeups.subscribe("anything") as bell:
            async with database.begin() as work:
                await work.data_keys.add("prs_1", b"")
            # What this process writes itself, it announces itself.
            assert not await bell.wait(0.1)
            async with other.begin() as work:
                await work.outbox.add(message, now)
            assert await bell.wait(SOON)
            async with database.read() as reading:
                assert await reading.outbox.next_due(now, MessageKind.MAIL) == now
    await other.close()


def events(gift: str, partner: str | None, numbers: range) -> list[LoggedEvent]:
    at = datetime(2026, 11, 2, 12, tzinfo=UTC)
    status = GiftStatus.SEARCHING
    return [
        LoggedEvent(f"evt_{gift}_{each}", gift, each, "created", status, at, partner)
        for each in numbers
    ]


async def written(other: SqliteDatabase, due: Waker, *events: LoggedEvent) -> None:
    """Write ``events``, or something else, in another process, and wait until it is noticed."""
    async with other.begin() as work:
        if events:
            await work.gift_events.add(events)
        else:
            await work.data_keys.delete("nobody")
            await work.data_keys.add("somebody", b"")
            await work.data_keys.delete("somebody")
    assert await due.wait(SOON)


async def rung(*bells: Waker) -> list[bool]:
    return [await each.wait(0.001) for each in bells]


async def test_what_another_process_logged_wakes_only_whom_it_concerns(
    database_file: Path, clock: StandingClock, database: SqliteDatabase
) -> None:
    """Otherwise each write of one process would make all followers at the others read."""
    other = await SqliteDatabase.open(database_file, clock)
    async with neighbour_wakeups(database) as wakeups:
        with (
            wakeups.subscribe(DUE) as due,
            wakeups.subscribe(topic_of("gft_1")) as gift,
            wakeups.subscribe(feed_of("key_1")) as feed,
            wakeups.subscribe(topic_of("gft_2")) as another,
            wakeups.subscribe(orders.topic("ord_1")) as order,
        ):
            bells = (gift, feed, another, order)
            await written(other, due)
            await rung(*bells)
            await written(other, due, *events("gft_1", "key_1", range(1, 3)))
            assert await rung(*bells) == [True, True, False, False]
            await written(other, due)
            assert await rung(*bells) == [False, False, False, False]
            with closing(sqlite3.connect(database_file)) as third, third:
                third.execute("PRAGMA foreign_keys = OFF")
                third.execute(
                    "INSERT INTO order_events (order_id, sequence, id, type, status, occurred_at)"
                    " VALUES ('ord_1', 1, 'oev_1', 'placed', 'OPEN', 0)"
                )
            assert await due.wait(SOON)
            assert await rung(*bells) == [False, False, False, True]
    await other.close()


async def test_more_news_than_are_looked_through_wake_everybody(
    database_file: Path, clock: StandingClock, database: SqliteDatabase
) -> None:
    other = await SqliteDatabase.open(database_file, clock)
    async with neighbour_wakeups(database) as wakeups:
        with wakeups.subscribe(DUE) as due, wakeups.subscribe(topic_of("gft_2")) as another:
            await written(other, due)
            await rung(another)
            await written(other, due, *events("gft_1", None, range(1, MOST + 1)))
            assert await rung(another) == [False]
            await written(other, due, *events("gft_3", None, range(1, MOST + 2)))
            assert await rung(another) == [True]
    await other.close()


async def test_rows_that_were_numbered_anew_wake_everybody(
    database_file: Path, clock: StandingClock, database: SqliteDatabase
) -> None:
    other = await SqliteDatabase.open(database_file, clock)
    async with neighbour_wakeups(database) as wakeups:
        with wakeups.subscribe(DUE) as due, wakeups.subscribe(topic_of("gft_2")) as another:
            await written(other, due, *events("gft_1", None, range(1, 9)))
            await rung(another)
            with closing(sqlite3.connect(database_file)) as third, third:
                third.execute("DELETE FROM gift_events WHERE sequence > 2")
            assert await due.wait(SOON)
            assert await rung(another) == [True]
    await other.close()


class Cable:
    """A TCP line to a server that can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[int]:
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
        lacking(str(request.param), str(absent))
    writer.close()
    await writer.wait_closed()
    return url


async def connected(wakeups: Wakeups, other: Wakeups) -> None:
    """Wait until what one announces is heard by the other."""
    with other.subscribe("are you there") as bell:
        async with asyncio.timeout(SOON):
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
        await connected(here, there)
        await connected(there, here)
        with (
            here.subscribe("gft_1") as own,
            there.subscribe("gft_1") as theirs,
            there.subscribe("gft_2") as another,
        ):
            await here.announce("gft_1")
            assert (await own.wait(0.001), await theirs.wait(SOON)) == (True, True)
            assert not await another.wait(0.05)
            assert not await own.wait(0)


async def test_after_a_broken_line_every_bell_rings_and_announcements_go_on(
    server: str, database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PAUSE", 0.01)
    parts = urlsplit(server)
    assert parts.hostname is not None
    assert parts.port is not None
    cable = Cable(parts.hostname, parts.port)
    async with cable.laid() as port, open_wakeups(server, database, "") as there:
        through = server.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{port}")
        async with open_wakeups(through, database, "") as here:
            await connected(there, here)
            with here.subscribe("gft_1") as bell, there.subscribe("gft_2") as theirs:
                await bell.wait(0.05)
                cable.cut()
                await here.announce("gft_2")
                assert await bell.wait(SOON)
                assert await theirs.wait(SOON)
                await connected(there, here)


async def test_wakeups_by_their_url(database: SqliteDatabase) -> None:
    async with open_wakeups(None, database, "") as wakeups:
        assert isinstance(wakeups, Hub)
    with pytest.raises(UnknownWakeups):
        open_wakeups("kafka://127.0.0.1", database, "")


async def test_an_unreachable_server_is_reported_and_the_process_goes_on(
    database: SqliteDatabase, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgres://postgres@127.0.0.1:{unused_tcp_port}/none"
    reported = asyncio.Event()
    monkeypatch.setattr(outages.logger, "warning", lambda *_: reported.set())
    async with open_wakeups(url, database, "") as wakeups:
        with wakeups.subscribe("a") as bell:
            await asyncio.wait_for(reported.wait(), SOON)
            await wakeups.announce("a")
            assert await bell.wait(0.001)
