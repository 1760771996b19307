"""The orders that are copied: placed, dispatched and delivered at a gateway that is served."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.commands import OURS, Server, start_server
from benchmarks.documents import SHIP
from benchmarks.load import fetch_answers
from benchmarks.processes import Servers
from benchmarks.shop import Shop
from benchmarks.work import PURCHASE, Requests, Work, request_body

ORDER_COUNT = 40
ORDER_ID = re.compile(rb'"id":"(ord_\w+)"')
STATUSES = ("DISPATCHED", "DELIVERED")


def place_orders(folder: Path, count: int = ORDER_COUNT) -> None:
    """Let the buyer of the shop in ``folder`` have ``count`` orders that have arrived."""
    with start_server(Server(OURS), folder) as servers:
        asyncio.run(_place_and_deliver(servers, count))
        servers.wait_until_idle()


async def _place_and_deliver(servers: Servers, count: int) -> None:
    answers = await fetch_answers(servers.port, servers.shop, PURCHASE, count)
    orders = [ORDER_ID.findall(answer)[0].decode() for answer in answers]
    delivery_answers = await fetch_answers(
        servers.port, servers.shop.for_staff, _delivery_work(orders), count * len(STATUSES)
    )
    assert all(b'"userErrors":[]' in answer for answer in delivery_answers), delivery_answers


def _delivery_work(orders: Sequence[str]) -> Work:
    def requests(_: Shop, __: int) -> Requests:
        for order in orders:
            for status in STATUSES:
                yield request_body(SHIP, input={"id": order, "status": status})

    return Work("deliver", requests)
