"""From sending an acceptance to the events at who follows the gift."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import OURS, Server, copy_shop, start_server
from benchmarks.crowd import PATIENCE, following
from benchmarks.gifts.accepting import acceptance, awaited_in
from benchmarks.gifts.making import Link
from benchmarks.load import asked
from benchmarks.measuring import Bench
from benchmarks.reporting import markdown
from benchmarks.shop import Shop, read_shop
from benchmarks.subscribers import FOLLOW_GIFT, Following, OverSse, OverWebSocket
from benchmarks.work import Requests, Work

TRANSPORTS = (OverWebSocket, OverSse)
COMMANDS = (1, 2)
NOTIFIED = {"GATEWAY_WAKEUPS_URL": "postgres"}
"""On Postgres processes do not hear of one another unasked."""
WARM = 5
ACCEPTED = 60
"""Acceptances of one row, one after the other, and those before them."""
REPLY, RESOLVED = 2, 4
"""The numbers of the events among those that are told, the present state being the first."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds until the reply was told, which acceptance writes, and what the worker makes of it.

    ``answered`` is when the acceptance itself was.
    """

    answered: float
    reply: float
    resolved: float


def told(folders: Mapping[str, Path]) -> str:
    """The table, for the shop of each of ``folders``."""
    rows = [
        (name, str(count), kind.__name__.removeprefix("Over"), *_written(delays))
        for name, folder in folders.items()
        for count in COMMANDS
        for kind, delays in _delays(folder, count)
    ]
    heads = (f"{what} {which} ms" for what in ("answer", "reply", "resolved") for which in WHICH)
    return markdown(("database", "processes", "transport", *heads), rows)


WHICH = ("p50", "p99")


def _written(delays: Sequence[Delay]) -> Iterator[str]:
    for what in ("answered", "reply", "resolved"):
        ordered = sorted(1000 * getattr(each, what) for each in delays)
        yield f"{ordered[len(ordered) // 2]:.1f}"
        yield f"{ordered[int(0.99 * len(ordered))]:.1f}"


def _delays(folder: Path, count: int) -> Iterator[tuple[type[Following], Sequence[Delay]]]:
    links = asyncio.run(awaited_in(folder, len(TRANSPORTS) * (WARM + ACCEPTED)))
    server = Server(OURS, settings=NOTIFIED if count > 1 and read_shop(folder).database_url else {})
    with copy_shop(folder, "told") as own, ExitStack() as stack:
        commands = [stack.enter_context(start_server(server, own)) for _ in range(count)]
        benches = [Bench(each, each.shop) for each in commands]
        for at, kind in enumerate(TRANSPORTS):
            yield kind, asyncio.run(_one_by_one(benches, kind, links[at :: len(TRANSPORTS)]))[WARM:]


async def _one_by_one(
    benches: Sequence[Bench], kind: type[Following], links: Sequence[Link]
) -> list[Delay]:
    return [await _delay(benches, kind, link) for link in links]


async def _delay(benches: Sequence[Bench], kind: type[Following], link: Link) -> Delay:
    """A gift accepted at the first, followed at the last."""
    follower = await following(benches[-1], kind, FOLLOW_GIFT, link.gift)
    sent: list[float] = []

    def requests(_: Shop, __: int) -> Requests:
        sent.append(time.perf_counter())
        yield acceptance(link)

    await asked(benches[0].servers.port, benches[0].shop, Work("accept", requests), 1)
    answered = time.perf_counter()
    async with asyncio.timeout(PATIENCE):
        reply, resolved = await follower.heard(REPLY), await follower.heard(RESOLVED)
    assert follower.transport is not None
    follower.transport.close()
    return Delay(answered - sent[0], reply - sent[0], resolved - sent[0])
