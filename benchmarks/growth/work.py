"""The work that must not become dearer where there are many orders."""

import uuid
from dataclasses import dataclass

from benchmarks.documents import BUY, CANCEL, LISTING, ORDERS, SEARCH
from benchmarks.growth.placing import ORDER
from benchmarks.shop import Shop
from benchmarks.work import PURCHASE, Requests, Work, body

MAX_RATIO = 1.2
MAX_RATIO_OF_LISTING = 2.0
WORDS = "olive oil"
"""One product has them: no page is full before all are looked through."""


@dataclass(frozen=True, slots=True)
class WatchedWork:
    """Work, how many requests are a slice of it, and how many times dearer it may become."""

    work: Work
    count: int
    bound: float | None = MAX_RATIO
    of_products: bool = False
    """It depends on how many products there are, not on orders."""

    def slice(self) -> Work:
        """The work, which ends after its requests."""

        def requests(shop: Shop, number: int) -> Requests:
            every = self.work.requests(shop, number)
            asked = next(every)
            for _ in range(self.count):
                answer = yield asked
                asked = every.send(answer)

        return Work(self.work.name, requests, self.work.writes)


def _first_page(_: Shop, __: int) -> Requests:
    while True:
        yield body(ORDERS)


def _page_deep_in(shop: Shop, _: int) -> Requests:
    assert shop.middle_of_orders
    while True:
        yield body(ORDERS, after=shop.middle_of_orders)


def _buying_and_cancelling(shop: Shop, _: int) -> Requests:
    """Each leaves the worker a charge to release."""
    while True:
        wanted = {"variantId": shop.variants[0], "quantity": 1}
        bought = yield body(BUY, input={**wanted, "idempotencyKey": str(uuid.uuid4())})
        order = ORDER.findall(bought)[0].decode()
        cancelled = yield body(CANCEL, input={"orderId": order})
        assert b'"CANCELLED"' in cancelled, cancelled[:300]


def _listing(_: Shop, __: int) -> Requests:
    while True:
        yield body(LISTING)


def _searching(_: Shop, __: int) -> Requests:
    while True:
        yield body(SEARCH, query=WORDS)


PURCHASES = WatchedWork(PURCHASE, 60)
EVERY = (
    PURCHASES,
    WatchedWork(Work("purchase and its cancelling, each", _buying_and_cancelling, writes=True), 60),
    WatchedWork(Work("orders, first page", _first_page), 100),
    WatchedWork(Work("orders, a page deep in", _page_deep_in), 100),
    WatchedWork(
        Work("products, first page", _listing), 100, MAX_RATIO_OF_LISTING, of_products=True
    ),
    # Nothing is promised of a search yet.
    WatchedWork(Work("products, a search", _searching), 20, None, of_products=True),
)
