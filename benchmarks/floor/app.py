"""The handlers behind HTTP."""

import asyncio
from pathlib import Path

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.floor import carts, gifts, letters, purchases
from benchmarks.floor.carts import Store
from benchmarks.floor.figures import Json, billed, figures, rate_of


def floor(folder: Path) -> ASGIApp:
    """Handlers on the shop in ``folder``."""
    store = Store(folder)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        request = orjson.loads(await _body(receive))
        client, purchaser = carts.caller(store, headers)
        operation, variables = request["query"], request["variables"]
        if operation.startswith("query Read"):
            answer = carts.read(store, variables)
        elif operation.startswith("mutation Add"):
            answer = carts.add(store, variables)
        elif operation.startswith("mutation Buy"):
            answer = purchases.buy(store, variables, client, purchaser)
        elif operation.startswith("mutation Accept"):
            answer = gifts.accept(store, variables)
        else:
            answer = _quote(variables)
        body = orjson.dumps(answer)
        length = str(len(body)).encode()
        headers_out = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers_out})
        await send({"type": "http.response.body", "body": body})
        if operation.startswith("mutation Buy"):
            # The answer leaves first.
            await asyncio.sleep(0)
            letters.deliver(store, purchaser)

    return app


def _quote(variables: Json) -> Json:
    wanted = variables["input"]
    goods = [
        (
            item["reference"],
            item["name"],
            item["quantity"],
            _minor(item["unitPrice"]),
            rate_of(item["taxRates"][0]["name"], item["taxRates"][0]["ratePercent"]),
        )
        for item in wanted["items"]
    ]
    bill = billed(goods, _minor(wanted["shipping"][0]["amount"]))
    return {"data": {"quote": {"userErrors": [], "quote": figures(bill)}}}


def _minor(amount: str) -> int:
    whole, _, cents = amount.partition(".")
    return 100 * int(whole) + int(cents)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body
