"""The storefront's reads, as the demonstration's shop page asks for them, by a signed-in buyer."""

import re
from collections.abc import Callable
from itertools import count, product

from benchmarks.documents import MORE_PRODUCTS, PRODUCT, PRODUCT_LIST
from benchmarks.shop import PRODUCT_COUNT, Shop
from benchmarks.work import Requests, Work, request_body

END_CURSOR = re.compile(rb'"endCursor":"([^"]+)"')
PAGE_COUNT = 40
"""Pages of 24 that are walked through: those of the products that are no copies of others."""
COLORS = ("black", "blue", "red", "white")
SEARCHES = ("war 17", "soap kind 345", "tag 4 candl", "maker 7 kind")
WORD_BEGINNINGS = (
    ("soap", "soa", "candles", "candle", "candl", "cand"),
    ("kind", "kin", "ware", "war", "wa"),
    ("maker", "make", "mak"),
    ("olive", "oliv", "oli"),
)
MAKER_COUNT = 20
"""Makers of products, one of which a new search names."""
NEW_SELECTIONS = 2_000
"""Filters or searches of one run."""


def _list_pages(shop: Shop, _: int) -> Requests:
    while True:
        after = shop.start_of_products
        for _page in range(PAGE_COUNT):
            answer = yield request_body(MORE_PRODUCTS, after=after)
            cursor = END_CURSOR.search(answer)
            assert cursor, answer[:300]
            after = cursor[1].decode()


def _show_products(_: Shop, number: int) -> Requests:
    for index in count(number):
        yield request_body(PRODUCT, handle=f"ware-{index % PRODUCT_COUNT}")


def _filter_request(*colors: str) -> bytes:
    conditions = {
        "available": True,
        "priceMin": "6",
        "options": [{"name": "Color", "values": colors}],
    }
    return request_body(PRODUCT_LIST, sort="PRICE_ASC", filter=conditions)


def _search_request(query: str) -> bytes:
    return request_body(PRODUCT_LIST, query=query)


def _filter_again(_: Shop, number: int) -> Requests:
    for index in count(number):
        yield _filter_request(COLORS[index % len(COLORS)])


def _search_again(_: Shop, number: int) -> Requests:
    for index in count(number):
        yield _search_request(SEARCHES[index % len(SEARCHES)])


def _filter_anew(run: int) -> Work:
    """Filters that nobody asked for before: each names a colour besides that nothing has."""

    def requests(_: Shop, number: int) -> Requests:
        for index in count(run * NEW_SELECTIONS + number):
            yield _filter_request(COLORS[index % len(COLORS)], f"colour {index}")

    return Work("filtered list, new", requests)


def _search_anew(run: int) -> Work:
    """Searches that nobody asked for before, for a maker's number and the same four words.

    Each finds so large a part of the products that it has a full page.
    """
    phrases = list(product(*WORD_BEGINNINGS))

    def requests(_: Shop, number: int) -> Requests:
        for index in count(run * NEW_SELECTIONS + number):
            phrase, maker = divmod(index, MAKER_COUNT)
            yield _search_request(f"{maker} {' '.join(phrases[phrase % len(phrases)])}")

    return Work("search, new", requests)


LIST_PAGES = Work("list of 24", _list_pages)
PRODUCT_PAGES = Work("product page", _show_products)
FILTER_AGAIN = Work("filtered list", _filter_again)
SEARCH_AGAIN = Work("search", _search_again)
ALL_READS = (LIST_PAGES, PRODUCT_PAGES, FILTER_AGAIN, SEARCH_AGAIN)


SELECTIONS: tuple[Callable[[int], Work], ...] = (
    lambda _: FILTER_AGAIN,
    _filter_anew,
    lambda _: SEARCH_AGAIN,
    _search_anew,
)
"""Filters and searches among few products and among many, by the number of the run."""
