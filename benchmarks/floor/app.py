"""The handlers behind HTTP."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.floor import carts, gifts, letters, product_lists, products, purchases
from benchmarks.floor.carts import Store
from benchmarks.floor.figures import Json, build_bill, build_rate, figures

Handler: TypeAlias = Callable[[Store, Json, str, str], Json]
"""What answers an operation, of that client and purchaser."""


def floor(folder: Path) -> ASGIApp:
    """Handlers on the shop in ``folder``."""
    store = Store(folder)
    handlers: dict[str, Handler] = {
        "query Read": lambda store, variables, *_: carts.read_cart(store, variables),
        "mutation Add": lambda store, variables, *_: carts.add_lines(store, variables),
        "mutation Buy": purchases.purchase_by_one_click,
        "mutation Accept": lambda store, variables, *_: gifts.accept_gift(store, variables),
        "query Quote": lambda _, variables, *__: _quote(variables),
        "query MoreProducts": products.list_page,
        "query ProductList": product_lists.list_selected,
        "query Product": products.show_product,
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        request = orjson.loads(await _body(receive))
        client, purchaser = carts.find_caller(store, headers)
        operation, variables = request["query"], request["variables"]
        name = operation[: operation.index("(")]
        answer = handlers[name](store, variables, client, purchaser)
        body = orjson.dumps(answer)
        length = str(len(body)).encode()
        headers_out = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers_out})
        await send({"type": "http.response.body", "body": body})
        if name == "mutation Buy":
            # The answer leaves first.
            await asyncio.sleep(0)
            letters.deliver_letter(store, purchaser)

    return app


def _quote(variables: Json) -> Json:
    quote_input = variables["input"]
    goods = [
        (
            item["reference"],
            item["name"],
            item["quantity"],
            _minor(item["unitPrice"]),
            build_rate(item["taxRates"][0]["name"], item["taxRates"][0]["ratePercent"]),
        )
        for item in quote_input["items"]
    ]
    bill = build_bill(goods, _minor(quote_input["shipping"][0]["amount"]))
    return {"data": {"quote": {"userErrors": [], "quote": figures(bill)}}}


def _minor(amount: str) -> int:
    dollars, _, cents = amount.partition(".")
    return 100 * int(dollars) + int(cents)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body
