"""Many open subscriptions to one order: memory, opening, and an event to all of them."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.documents import BUY
from benchmarks.load import asked
from benchmarks.measuring import Bench
from benchmarks.processes import running
from benchmarks.reporting import markdown
from benchmarks.servers import OURS
from benchmarks.shop import Shop
from benchmarks.subscribers import Following, OverSse, OverWebSocket
from benchmarks.work import Requests, Work, body

AT_ONCE = 128
IDLE = 6.0
PATIENCE = 120.0
CANCEL = (
    "mutation Cancel($input: OrderCancelInput!) { orderCancel(input: $input) { order { id } } }"
)


@dataclass(frozen=True, slots=True)
class Held:
    """What so many open subscriptions cost."""

    transport: str
    count: int
    kib: float
    seconds: float
    opening: float
    idle: float
    median: float
    slowest: float
    event: float


def subscriptions(folder: Path, counts: Sequence[int]) -> str:
    """The table."""
    rows = [_held(folder, kind, count) for count in counts for kind in (OverWebSocket, OverSse)]
    return markdown(
        (
            "transport",
            "open",
            "KiB each",
            "to open all, s",
            "CPU us to open one",
            "idle, % of a core",
            "event p50 ms",
            "event p99 ms",
            "CPU us a subscriber",
        ),
        [
            (
                row.transport,
                f"{row.count:,}",
                f"{row.kib:.1f}",
                f"{row.seconds:.1f}",
                f"{row.opening:.0f}",
                f"{row.idle:.1f}",
                f"{row.median:.0f}",
                f"{row.slowest:.0f}",
                f"{row.event:.0f}",
            )
            for row in rows
        ],
    )


def _held(folder: Path, kind: type[Following], count: int) -> Held:
    with running(OURS, folder) as servers:
        return asyncio.run(_measured(Bench(servers, servers.shop), kind, count))


async def _measured(bench: Bench, kind: type[Following], count: int) -> Held:
    servers, shop = bench.servers, bench.shop
    await _open(bench, kind, await _order(bench), AT_ONCE)  # pays for what is made once
    order = await _order(bench)
    memory, cpu, began = servers.resident(), servers.cpu(), time.perf_counter()
    held = await _open(bench, kind, order, count)
    seconds, opening = time.perf_counter() - began, servers.cpu() - cpu
    grown = servers.resident() - memory
    cpu = servers.cpu()
    await asyncio.sleep(IDLE)
    idle = (servers.cpu() - cpu) / IDLE
    cpu, began = servers.cpu(), time.perf_counter()
    await asked(servers.port, shop, _cancelling(order), 1)
    async with asyncio.timeout(PATIENCE):
        times = sorted([await each.arrived - began for each in held])
    await asyncio.sleep(1.0)
    event = servers.cpu() - cpu
    return Held(
        kind.__name__.removeprefix("Over"),
        count,
        1024 * grown / count,
        seconds,
        1e6 * opening / count,
        100 * idle,
        1000 * times[count // 2],
        1000 * times[int(0.99 * count)],
        1e6 * event / count,
    )


async def _open(bench: Bench, kind: type[Following], order: str, count: int) -> list[Following]:
    gate = asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()

    async def one() -> Following:
        async with gate:
            _, protocol = await loop.create_connection(
                lambda: kind(bench.shop, order), "127.0.0.1", bench.servers.port
            )
            async with asyncio.timeout(PATIENCE):
                await protocol.opened
            return protocol

    return await asyncio.gather(*(one() for _ in range(count)))


async def _order(bench: Bench) -> str:
    """The id of a new order."""

    def buying(shop: Shop, _: int) -> Requests:
        wanted = {"variantId": shop.variants[0], "quantity": 1}
        yield body(BUY, input={**wanted, "idempotencyKey": str(time.time_ns())})

    [answer] = await asked(bench.servers.port, bench.shop, Work("buy", buying), 1)
    return str(orjson.loads(answer)["data"]["oneClickPurchase"]["order"]["id"])


def _cancelling(order: str) -> Work:
    def requests(_: Shop, __: int) -> Requests:
        yield body(CANCEL, input={"orderId": order})

    return Work("cancel", requests)
