"""Many open subscriptions to one order."""

import time
from collections.abc import Iterable
from pathlib import Path

import orjson

from benchmarks.crowd import FollowedSubject
from benchmarks.documents import BUY
from benchmarks.followers import followers
from benchmarks.load import fetch_answers
from benchmarks.measuring import Bench
from benchmarks.shop import Shop
from benchmarks.subscribers import FOLLOW_ORDER
from benchmarks.work import Requests, Work, request_body


def subscriptions(folder: Path, counts: Iterable[int]) -> str:
    """The table."""
    return followers(folder, counts, FollowedSubject(FOLLOW_ORDER, _create_order))


async def _create_order(bench: Bench) -> str:
    """The id of a new order."""

    def buying(shop: Shop, _: int) -> Requests:
        purchase_input = {"variantId": shop.variants[0], "quantity": 1}
        yield request_body(BUY, input={**purchase_input, "idempotencyKey": str(time.time_ns())})

    [answer] = await fetch_answers(bench.servers.port, bench.shop, Work("buy", buying), 1)
    return str(orjson.loads(answer)["data"]["oneClickPurchase"]["order"]["id"])
