"""The orders that are copied: placed, dispatched and delivered at a gateway that is served."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.commands import OURS, Server, start_server
from benchmarks.documents import SHIP
from benchmarks.load import asked
from benchmarks.processes import Servers
from benchmarks.shop import Shop
from benchmarks.work import PURCHASE, Requests, Work, body

COUNT = 40
ORDER = re.compile(rb'"id":"(ord_\w+)"')
STATUSES = ("DISPATCHED", "DELIVERED")


def place(folder: Path, count: int = COUNT) -> None:
    """Let the buyer of the shop in ``folder`` have ``count`` orders that have arrived."""
    with start_server(Server(OURS), folder) as servers:
        asyncio.run(_place(servers, count))
        servers.rest()


async def _place(servers: Servers, count: int) -> None:
    answers = await asked(servers.port, servers.shop, PURCHASE, count)
    orders = [ORDER.findall(answer)[0].decode() for answer in answers]
    said = await asked(
        servers.port, servers.shop.for_staff, _delivering(orders), count * len(STATUSES)
    )
    assert all(b'"userErrors":[]' in answer for answer in said), said


def _delivering(orders: Sequence[str]) -> Work:
    def requests(_: Shop, __: int) -> Requests:
        for order in orders:
            for status in STATUSES:
                yield body(SHIP, input={"id": order, "status": status})

    return Work("deliver", requests)
