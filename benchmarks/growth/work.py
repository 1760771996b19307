"""The work that must not become dearer where there are many orders."""

import uuid
from dataclasses import dataclass

from benchmarks.documents import BUY, CANCEL, FILTERED, LISTING, ORDERS, SEARCH
from benchmarks.growth.placing import ORDER_ID
from benchmarks.shop import Shop
from benchmarks.work import PURCHASE, Requests, Work, request_body

MAX_RATIO = 1.2
MAX_RATIO_OF_LISTING = 2.0
MAX_RATIO_OF_FILTERS = 3.0
SEARCHES = ("war 17", "oliv ware", "soap", "black", "maker 7", "zzz")
"""Words of few products, of many and of none."""
COLORS = ("black", "blue", "red", "white")


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
            work_requests = self.work.requests(shop, number)
            request = next(work_requests)
            for _ in range(self.count):
                answer = yield request
                request = work_requests.send(answer)

        return Work(self.work.name, requests, self.work.writes)


def _first_page(_: Shop, __: int) -> Requests:
    while True:
        yield request_body(ORDERS)


def _middle_page(shop: Shop, _: int) -> Requests:
    assert shop.middle_of_orders
    while True:
        yield request_body(ORDERS, after=shop.middle_of_orders)


def _purchase_and_cancel(shop: Shop, _: int) -> Requests:
    """Each leaves the worker a charge to release."""
    while True:
        purchase_input = {"variantId": shop.variants[0], "quantity": 1}
        purchase_answer = yield request_body(
            BUY, input={**purchase_input, "idempotencyKey": str(uuid.uuid4())}
        )
        order = ORDER_ID.findall(purchase_answer)[0].decode()
        cancel_answer = yield request_body(CANCEL, input={"orderId": order})
        assert b'"CANCELLED"' in cancel_answer, cancel_answer[:300]


def _list_products(_: Shop, __: int) -> Requests:
    while True:
        yield request_body(LISTING)


def _search_products(_: Shop, __: int) -> Requests:
    while True:
        for query in SEARCHES:
            yield request_body(SEARCH, query=query)


def _filter_products(_: Shop, __: int) -> Requests:
    """By colour, price and availability, with all counts."""
    while True:
        for color in COLORS:
            conditions = {
                "available": True,
                "priceMin": "6",
                "options": [{"name": "Color", "values": [color]}],
            }
            yield request_body(FILTERED, filter=conditions)


PURCHASES = WatchedWork(PURCHASE, 60)
ALL_WATCHED_WORK = (
    PURCHASES,
    WatchedWork(Work("purchase and its cancelling, each", _purchase_and_cancel, writes=True), 60),
    WatchedWork(Work("orders, first page", _first_page), 100),
    WatchedWork(Work("orders, a page deep in", _middle_page), 100),
    WatchedWork(
        Work("products, first page", _list_products), 100, MAX_RATIO_OF_LISTING, of_products=True
    ),
    WatchedWork(
        Work("products, a search", _search_products), 60, MAX_RATIO_OF_FILTERS, of_products=True
    ),
    WatchedWork(
        Work("products, filtered, with facets", _filter_products),
        60,
        MAX_RATIO_OF_FILTERS,
        of_products=True,
    ),
)
