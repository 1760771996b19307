"""Many open subscriptions to one order."""

import time
from collections.abc import Iterable
from pathlib import Path

import orjson

from benchmarks.crowd import Followed
from benchmarks.documents import BUY
from benchmarks.followers import followers
from benchmarks.load import asked
from benchmarks.measuring import Bench
from benchmarks.shop import Shop
from benchmarks.subscribers import FOLLOW_ORDER
from benchmarks.work import Requests, Work, body


def subscriptions(folder: Path, counts: Iterable[int]) -> str:
    """The table."""
    return followers(folder, counts, Followed(FOLLOW_ORDER, _order))


async def _order(bench: Bench) -> str:
    """The id of a new order."""

    def buying(shop: Shop, _: int) -> Requests:
        wanted = {"variantId": shop.variants[0], "quantity": 1}
        yield body(BUY, input={**wanted, "idempotencyKey": str(time.time_ns())})

    [answer] = await asked(bench.servers.port, bench.shop, Work("buy", buying), 1)
    return str(orjson.loads(answer)["data"]["oneClickPurchase"]["order"]["id"])
