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


def request_body(document: str, **variables: object) -> bytes:
    """The body of a request."""
    return orjson.dumps({"query": document, "variables": variables})


def read_carts(size: int) -> Work:
    """Reading carts of so many lines, one after the other."""

    def requests(shop: Shop, number: int) -> Requests:
        bodies = [request_body(READ, id=id) for id in shop.carts[str(size)]]
        at = number
        while True:
            yield bodies[at % len(bodies)]
            at += 1

    return Work(f"read {size}", requests)


def _add_lines(shop: Shop, number: int) -> Requests:
    carts = shop.carts["10"]
    cart = carts[number % len(carts)]
    line = {"variantId": shop.variants[10 * (number % len(carts))], "quantity": 1}
    answer = yield request_body(READ, id=cart)
    while True:
        version = VERSION.search(answer)
        assert version, answer[:300]
        add_input = {"cartId": cart, "expectedVersion": int(version[1]), "lines": [line]}
        answer = yield request_body(ADD, input=add_input)


def _purchases(shop: Shop, number: int) -> Requests:
    count = number
    while True:
        purchase_input = {"variantId": shop.variants[count % 100], "quantity": 1}
        answer = yield request_body(
            BUY, input={**purchase_input, "idempotencyKey": str(uuid.uuid4())}
        )
        assert b'"OrderPlaced"' in answer, answer[:300]
        count += 1


def _quotes(_: Shop, __: int) -> Requests:
    quote = request_body(QUOTE, input=QUOTE_INPUT)
    while True:
        yield quote


READ_10 = read_carts(10)
ADD_LINE = Work("add line", _add_lines, writes=True)
PURCHASE = Work("purchase", _purchases, writes=True)
QUOTE_10 = Work("quote 10", _quotes)
ALL_WORK = (READ_10, ADD_LINE, PURCHASE, QUOTE_10)
