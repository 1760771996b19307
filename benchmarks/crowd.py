"""Many followers of one order or gift: memory, opening, and events to all of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import OURS, running
from benchmarks.documents import SHIP
from benchmarks.load import asked
from benchmarks.measuring import Bench
from benchmarks.shop import Shop
from benchmarks.subscribers import Following
from benchmarks.work import Requests, Work, body

AT_ONCE = 128
IDLE = 6.0
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Followed:
    """What is followed: by which subscription, and how one is had that can be dispatched."""

    document: str
    one: Callable[[Bench], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """An event to all: arrival in ms (p50, p99), and CPU in us a subscriber."""

    median: float
    slowest: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Held:
    """What so many open subscriptions cost."""

    transport: str
    count: int
    kib: float
    seconds: float
    opening: float
    idle: float
    event: Told
    last: Told


def held(folder: Path, kind: type[Following], count: int, followed: Followed) -> Held:
    """What ``count`` followers of one order or gift cost."""
    with running(OURS, folder) as servers:
        return asyncio.run(_measured(Bench(servers, servers.shop), kind, count, followed))


async def _measured(bench: Bench, kind: type[Following], count: int, followed: Followed) -> Held:
    servers = bench.servers
    # Pays for what is made once.
    await _open(bench, kind, followed.document, await followed.one(bench), AT_ONCE)
    id = await followed.one(bench)
    memory, cpu, began = servers.resident(), servers.cpu(), time.perf_counter()
    held = await _open(bench, kind, followed.document, id, count)
    seconds, opening = time.perf_counter() - began, servers.cpu() - cpu
    grown = servers.resident() - memory
    cpu = servers.cpu()
    await asyncio.sleep(IDLE)
    idle = (servers.cpu() - cpu) / IDLE
    return Held(
        kind.__name__.removeprefix("Over"),
        count,
        1024 * grown / count,
        seconds,
        1e6 * opening / count,
        100 * idle,
        await _told(bench, held, id, "DISPATCHED", 2),
        await _told(bench, held, id, "DELIVERED", 3),
    )


async def _told(bench: Bench, held: list[Following], id: str, status: str, number: int) -> Told:
    """What becomes of the shipment, told to all as their event of that number."""
    count, servers = len(held), bench.servers
    cpu, began = servers.cpu(), time.perf_counter()
    [answer] = await asked(servers.port, bench.shop.for_staff, _shipping(id, status), 1)
    assert b'"userErrors":[]' in answer, answer
    async with asyncio.timeout(PATIENCE):
        times = sorted([await each.heard(number) - began for each in held])
    await asyncio.sleep(1.0)
    used = servers.cpu() - cpu
    return Told(1000 * times[count // 2], 1000 * times[int(0.99 * count)], 1e6 * used / count)


async def _open(
    bench: Bench, kind: type[Following], document: str, id: str, count: int
) -> list[Following]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> Following:
        async with gate:
            return await following(bench, kind, document, id)

    return await asyncio.gather(*(one() for _ in range(count)))


async def following(bench: Bench, kind: type[Following], document: str, id: str) -> Following:
    """A subscription that is open."""
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(
        lambda: kind(bench.shop, document, id), "127.0.0.1", bench.servers.port
    )
    async with asyncio.timeout(PATIENCE):
        await protocol.heard(1)
    return protocol


def _shipping(id: str, status: str) -> Work:
    def requests(_: Shop, __: int) -> Requests:
        yield body(SHIP, input={"id": id, "status": status})

    return Work("ship", requests)
