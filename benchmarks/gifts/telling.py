"""From sending an acceptance to the events at who follows the gift."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import OURS, Server, copy_shop, start_server
from benchmarks.crowd import TIMEOUT_SECONDS, following
from benchmarks.gifts.accepting import acceptance_request, create_links_in
from benchmarks.gifts.making import GiftLink
from benchmarks.load import fetch_answers
from benchmarks.measuring import Bench
from benchmarks.reporting import markdown
from benchmarks.shop import Shop, read_shop
from benchmarks.subscribers import FOLLOW_GIFT, SseSubscriber, Subscriber, WebSocketSubscriber
from benchmarks.work import Requests, Work

TRANSPORTS = (WebSocketSubscriber, SseSubscriber)
PROCESS_COUNTS = (1, 2)
POSTGRES_WAKEUPS = {"GATEWAY_WAKEUPS_URL": "postgres"}
"""On Postgres processes do not hear of one another unasked."""
WARM_UP_GIFTS = 5
MEASURED_GIFTS = 60
"""Acceptances of one row, one after the other, and those before them."""
REPLY_EVENT, RESOLVED_EVENT = 2, 4
"""The numbers of the events among those that are told, the present state being the first."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds until the reply was told, which acceptance writes, and what the worker makes of it.

    ``answered`` is when the acceptance itself was.
    """

    answered: float
    reply: float
    resolved: float


def measure_delays(folders: Mapping[str, Path]) -> str:
    """The table, for the shop of each of ``folders``."""
    rows = [
        (name, str(count), kind.__name__.removeprefix("Over"), *_delay_cells(delays))
        for name, folder in folders.items()
        for count in PROCESS_COUNTS
        for kind, delays in _measure_transports(folder, count)
    ]
    headings = (
        f"{event} {percentile} ms"
        for event in ("answer", "reply", "resolved")
        for percentile in PERCENTILES
    )
    return markdown(("database", "processes", "transport", *headings), rows)


PERCENTILES = ("p50", "p99")


def _delay_cells(delays: Sequence[Delay]) -> Iterator[str]:
    for field_name in ("answered", "reply", "resolved"):
        ordered = sorted(1000 * getattr(delay, field_name) for delay in delays)
        yield f"{ordered[len(ordered) // 2]:.1f}"
        yield f"{ordered[int(0.99 * len(ordered))]:.1f}"


def _measure_transports(
    folder: Path, count: int
) -> Iterator[tuple[type[Subscriber], Sequence[Delay]]]:
    links = asyncio.run(create_links_in(folder, len(TRANSPORTS) * (WARM_UP_GIFTS + MEASURED_GIFTS)))
    server = Server(
        OURS, settings=POSTGRES_WAKEUPS if count > 1 and read_shop(folder).database_url else {}
    )
    with copy_shop(folder, "told") as copied_folder, ExitStack() as stack:
        commands = [stack.enter_context(start_server(server, copied_folder)) for _ in range(count)]
        benches = [Bench(each, each.shop) for each in commands]
        for index, kind in enumerate(TRANSPORTS):
            yield (
                kind,
                asyncio.run(_measure_in_turn(benches, kind, links[index :: len(TRANSPORTS)]))[
                    WARM_UP_GIFTS:
                ],
            )


async def _measure_in_turn(
    benches: Sequence[Bench], kind: type[Subscriber], links: Sequence[GiftLink]
) -> list[Delay]:
    return [await _measure_delay(benches, kind, link) for link in links]


async def _measure_delay(benches: Sequence[Bench], kind: type[Subscriber], link: GiftLink) -> Delay:
    """A gift accepted at the first, followed at the last."""
    subscriber = await following(benches[-1], kind, FOLLOW_GIFT, link.gift)
    sent_times: list[float] = []

    def requests(_: Shop, __: int) -> Requests:
        sent_times.append(time.perf_counter())
        yield acceptance_request(link)

    await fetch_answers(benches[0].servers.port, benches[0].shop, Work("accept", requests), 1)
    answered_at = time.perf_counter()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        replied_at, resolved_at = (
            await subscriber.wait_for_event(REPLY_EVENT),
            await subscriber.wait_for_event(RESOLVED_EVENT),
        )
    assert subscriber.transport is not None
    subscriber.transport.close()
    return Delay(
        answered_at - sent_times[0], replied_at - sent_times[0], resolved_at - sent_times[0]
    )
