"""Many followers of one order or gift: memory, opening, and events to all of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import OURS, running_servers
from benchmarks.documents import SHIP
from benchmarks.load import fetch_answers
from benchmarks.measuring import Bench
from benchmarks.shop import Shop
from benchmarks.subscribers import Subscriber
from benchmarks.work import Requests, Work, request_body

OPEN_BATCH_SIZE = 128
IDLE_SECONDS = 6.0
TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class FollowedSubject:
    """What is followed: by which subscription, and how one is had that can be dispatched."""

    document: str
    create_subject: Callable[[Bench], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class EventDelivery:
    """An event to all: arrival in ms (p50, p99), and CPU in us a subscriber."""

    median: float
    slowest: float
    cpu: float


@dataclass(frozen=True, slots=True)
class SubscriptionCost:
    """What so many open subscriptions cost."""

    transport: str
    count: int
    kib: float
    seconds: float
    opening: float
    idle: float
    event: EventDelivery
    last: EventDelivery


def measure_followers(
    folder: Path, kind: type[Subscriber], count: int, followed: FollowedSubject
) -> SubscriptionCost:
    """What ``count`` followers of one order or gift cost."""
    with running_servers(OURS, folder) as servers:
        return asyncio.run(_measure_open(Bench(servers, servers.shop), kind, count, followed))


async def _measure_open(
    bench: Bench, kind: type[Subscriber], count: int, followed: FollowedSubject
) -> SubscriptionCost:
    servers = bench.servers
    # Pays for what is made once.
    await _open(
        bench, kind, followed.document, await followed.create_subject(bench), OPEN_BATCH_SIZE
    )
    id = await followed.create_subject(bench)
    memory, cpu, began = servers.resident(), servers.cpu(), time.perf_counter()
    subscribers = await _open(bench, kind, followed.document, id, count)
    seconds, opening = time.perf_counter() - began, servers.cpu() - cpu
    grown = servers.resident() - memory
    cpu = servers.cpu()
    await asyncio.sleep(IDLE_SECONDS)
    idle = (servers.cpu() - cpu) / IDLE_SECONDS
    return SubscriptionCost(
        kind.__name__.removeprefix("Over"),
        count,
        1024 * grown / count,
        seconds,
        1e6 * opening / count,
        100 * idle,
        await _measure_event(bench, subscribers, id, "DISPATCHED", 2),
        await _measure_event(bench, subscribers, id, "DELIVERED", 3),
    )


async def _measure_event(
    bench: Bench, subscribers: list[Subscriber], id: str, status: str, number: int
) -> EventDelivery:
    """What becomes of the shipment, told to all as their event of that number."""
    count, servers = len(subscribers), bench.servers
    cpu, began = servers.cpu(), time.perf_counter()
    [answer] = await fetch_answers(servers.port, bench.shop.for_staff, _shipping(id, status), 1)
    assert b'"userErrors":[]' in answer, answer
    async with asyncio.timeout(TIMEOUT_SECONDS):
        times = sorted([await each.wait_for_event(number) - began for each in subscribers])
    await asyncio.sleep(1.0)
    used = servers.cpu() - cpu
    return EventDelivery(
        1000 * times[count // 2], 1000 * times[int(0.99 * count)], 1e6 * used / count
    )


async def _open(
    bench: Bench, kind: type[Subscriber], document: str, id: str, count: int
) -> list[Subscriber]:
    gate = asyncio.Semaphore(OPEN_BATCH_SIZE)

    async def one() -> Subscriber:
        async with gate:
            return await following(bench, kind, document, id)

    return await asyncio.gather(*(one() for _ in range(count)))


async def following(bench: Bench, kind: type[Subscriber], document: str, id: str) -> Subscriber:
    """A subscription that is open."""
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(
        lambda: kind(bench.shop, document, id), "127.0.0.1", bench.servers.port
    )
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await protocol.wait_for_event(1)
    return protocol


def _shipping(id: str, status: str) -> Work:
    def requests(_: Shop, __: int) -> Requests:
        yield request_body(SHIP, input={"id": id, "status": status})

    return Work("ship", requests)
