"""The work that is measured: what each connection sends, one request after another."""

import re
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass

import orjson

from benchmarks.documents import ADD, BUY, QUOTE, READ
from benchmarks.shop import Shop

Requests = Generator[bytes, bytes, None]
"""Bodies to send; each answer comes back in."""

VERSION = re.compile(rb'"version":(\d+)')
QUOTE_INPUT = {
    "currency": "USD",
    "items": [
        {
            "reference": f"line-{number}",
            "name": f"Ware {number}",
            "unitPrice": f"{4 + number}.99",
            "quantity": 1 + number % 3,
            "taxRates": [{"name": "Sales tax", "ratePercent": "9.25"}],
        }
        for number in range(10)
    ],
    "shipping": [{"name": "Standard", "amount": "5.95", "taxRates": []}],
    "shipTo": {"country": "US", "region": "CA", "postalCode": "94043"},
}


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work; ``requests`` gives the bodies of the connection of that number."""

    name: str
    requests: Callable[[Shop, int], Requests]
    writes: bool = False


def body(document: str, **variables: object) -> bytes:
    """The body of a request."""
    return orjson.dumps({"query": document, "variables": variables})


def reading(size: int) -> Work:
    """Reading carts of so many lines, one after the other."""

    def requests(shop: Shop, number: int) -> Requests:
        bodies = [body(READ, id=id) for id in shop.carts[str(size)]]
        at = number
        while True:
            yield bodies[at % len(bodies)]
            at += 1

    return Work(f"read {size}", requests)


def _adding(shop: Shop, number: int) -> Requests:
    carts = shop.carts["10"]
    cart = carts[number % len(carts)]
    line = {"variantId": shop.variants[10 * (number % len(carts))], "quantity": 1}
    answer = yield body(READ, id=cart)
    while True:
        found = VERSION.search(answer)
        assert found, answer[:300]
        wanted = {"cartId": cart, "expectedVersion": int(found[1]), "lines": [line]}
        answer = yield body(ADD, input=wanted)


def _buying(shop: Shop, number: int) -> Requests:
    at = number
    while True:
        wanted = {"variantId": shop.variants[at % 100], "quantity": 1}
        answer = yield body(BUY, input={**wanted, "idempotencyKey": str(uuid.uuid4())})
        assert b'"OrderPlaced"' in answer, answer[:300]
        at += 1


def _quoting(_: Shop, __: int) -> Requests:
    quote = body(QUOTE, input=QUOTE_INPUT)
    while True:
        yield quote


READ_10 = reading(10)
ADD_LINE = Work("add line", _adding, writes=True)
PURCHASE = Work("purchase", _buying, writes=True)
QUOTE_10 = Work("quote 10", _quoting)
EVERY = (READ_10, ADD_LINE, PURCHASE, QUOTE_10)
