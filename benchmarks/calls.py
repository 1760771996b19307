"""How many functions an answer calls: the same on every machine, however busy it is.

python -m benchmarks.calls          the counts
python -m benchmarks.calls --most   fail where one is above its bound
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.types import ASGIApp, Message

from benchmarks.shop import Shop, create_shop, settings
from benchmarks.storefront.work import LIST_PAGES, PAGE_COUNT
from benchmarks.work import QUOTE_10, READ_10, Work
from gateway import log_setup
from gateway.bootstrap import bootstrap
from gateway.web_app.app import application

MAX_CALLS: Mapping[str, int] = {"read 10": 760, "list of 24": 4_300, "quote 10": 6_000}
"""Python functions that one answer calls, on Python 3.11: what is reached, and a tenth."""
COUNTED_WORK = (READ_10, LIST_PAGES, QUOTE_10)
COUNTED_ANSWERS = 5
WARM_UP_ROUNDS = 2


def main() -> None:
    """Print the counts; with ``--most`` fail where one is above its bound."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", action="store_true")
    arguments = parser.parse_args()
    with TemporaryDirectory() as scratch, _log_in(Path(scratch) / "log"):
        counts = asyncio.run(count_calls(Path(scratch) / "shop"))
    for name, count in counts.items():
        print(f"{name}: {count} calls, at most {MAX_CALLS[name]}")
    if arguments.most and any(count > MAX_CALLS[name] for name, count in counts.items()):
        sys.exit("answers call more than they did")


@contextmanager
def _log_in(file: Path) -> Iterator[None]:
    """Write what the gateway logs, as the server does by default, to ``file``."""
    log_setup.configure(production=False)
    errors = os.dup(sys.stderr.fileno())
    with file.open("wb") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    try:
        yield
    finally:
        os.dup2(errors, sys.stderr.fileno())
        os.close(errors)


async def count_calls(folder: Path) -> dict[str, int]:
    """The fewest functions that an answer called, by the kind of work, in a new shop."""
    shop = await create_shop(folder)
    async with bootstrap(settings(folder)) as gateway, application(gateway) as app:
        return {work.name: await _count_work(app, shop, work) for work in COUNTED_WORK}


async def _count_work(app: ASGIApp, shop: Shop, work: Work) -> int:
    requests = work.requests(shop, 0)
    body = next(requests)
    # Each cart and each page has been read before.
    for _ in range(WARM_UP_ROUNDS * max(PAGE_COUNT, len(shop.carts["10"]))):
        body = requests.send(await _answer(app, shop, body))
    counts = []
    for _ in range(COUNTED_ANSWERS):
        count = 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event == "call"

        sys.setprofile(note)
        try:
            answer = await _answer(app, shop, body)
        finally:
            sys.setprofile(None)
        counts.append(count)
        body = requests.send(answer)
    return min(counts)


async def _answer(app: ASGIApp, shop: Shop, body: bytes) -> bytes:
    """What the gateway answers to a request with this body."""
    parts: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        parts.append(message.get("body", b""))

    await app(_scope(shop, body), receive, send)
    return b"".join(parts)


def _scope(shop: Shop, body: bytes) -> dict[str, Any]:
    headers = {
        "host": "localhost",
        "content-type": "application/json",
        "accept": "application/json",
        "content-length": str(len(body)),
        **shop.headers,
    }
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


if __name__ == "__main__":
    main()
