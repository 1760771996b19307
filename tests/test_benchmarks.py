"""What the benchmark starts, and the shops that it lets grow."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.__main__ import GROUPS, groups_of_parts, parse_arguments
from benchmarks.checking import check
from benchmarks.commands import FLOOR, OURS, Server, environment, running_servers, start_server
from benchmarks.growth.databases import grow
from benchmarks.growth.placing import place_orders
from benchmarks.load import fetch_answers
from benchmarks.measuring import Bench
from benchmarks.processes import Servers
from benchmarks.scratch import scratch_postgres
from benchmarks.shop import Shop, create_shop, save_shop
from benchmarks.storefront.work import ALL_READS, SELECTIONS
from benchmarks.work import Requests, Work, request_body
from tests.demands import skip_or_fail

ORDERS_PLACED = 3
ORDER_TARGET = 45
# One copy in ten is the buyer's: those numbered 0, 10, 20, 30 and 40 of 42.
BUYER_ORDER_COUNT = ORDERS_PLACED + 5
PRODUCT_TARGET = 1_100
ORDERS = """query Orders($after: String) { viewer { orders(first: 3, after: $after) {
  nodes { id number status placedAt total { gross { amount } } items { name } }
  pageInfo { hasNextPage endCursor }
} } }"""
PRODUCTS = """query Products($after: String) { products(first: 100, after: $after) {
  nodes { id title variants { id sku price { amount } } } pageInfo { hasNextPage endCursor }
} }"""
Node = dict[str, Any]


@contextmanager
def grown_shop(folder: Path, url: str) -> Iterator[Servers]:
    asyncio.run(create_shop(folder, url))
    place_orders(folder, ORDERS_PLACED)
    grow(folder, ORDER_TARGET, PRODUCT_TARGET)
    with start_server(Server(OURS), folder) as servers:
        yield servers


@contextmanager
def shop_on(database: str) -> Iterator[str]:
    if database == "sqlite":
        yield ""
        return
    with scratch_postgres() as url:
        if url is None:
            skip_or_fail("postgres", "no server answers")
        yield url


def list_all(servers: Servers, document: str, *path: str) -> list[Node]:
    """All of a list, page by page."""
    nodes: list[Node] = []

    def requests(_: Shop, __: int) -> Requests:
        after = None
        while True:
            answer = yield request_body(document, after=after)
            page = orjson.loads(answer)["data"]
            for name in path:
                page = page[name]
            nodes.extend(page["nodes"])
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    async def all_pages() -> None:
        await fetch_answers(servers.port, servers.shop, Work("pages", requests), 10_000)

    asyncio.run(all_pages())
    return nodes


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_copied_rows_are_orders_and_products_as_others(database: str, tmp_path: Path) -> None:
    with shop_on(database) as url, grown_shop(tmp_path / "shop", url) as servers:
        orders = list_all(servers, ORDERS, "viewer", "orders")
        products = list_all(servers, PRODUCTS, "products")
    assert len({order["id"] for order in orders}) == len(orders) == BUYER_ORDER_COUNT
    assert len({order["number"] for order in orders}) == BUYER_ORDER_COUNT
    moments = [order["placedAt"] for order in orders]
    assert moments == sorted(moments, reverse=True)
    assert {order["status"] for order in orders} == {"DELIVERED"}
    originals = {price_and_name(order) for order in orders[:ORDERS_PLACED]}
    assert {price_and_name(order) for order in orders[ORDERS_PLACED:]} <= originals
    assert len({product["id"] for product in products}) == PRODUCT_TARGET
    assert (
        len({variant["sku"] for each in products for variant in each["variants"]}) >= PRODUCT_TARGET
    )


def price_and_name(order: Node) -> tuple[str, str]:
    return order["total"]["gross"]["amount"], order["items"][0]["name"]


def test_the_floor_answers_the_storefront_as_the_gateway_does(tmp_path: Path) -> None:
    """R98: what is compared does the same, also where products are copies."""
    folder = tmp_path / "shop"
    asyncio.run(create_shop(folder))
    grow(folder, 0, PRODUCT_TARGET)
    work = [*ALL_READS, *(work_of(0) for work_of in SELECTIONS)]
    with running_servers(FLOOR, folder) as floor, running_servers(OURS, folder) as ours:
        check([Bench(floor, floor.shop), Bench(ours, ours.shop)], [(each, 2) for each in work])


def test_each_part_of_the_report_is_measured_alone(tmp_path: Path) -> None:
    arguments = parse_arguments(["--only", "storefront"])
    assert arguments.only == ["storefront"]
    assert tuple(groups_of_parts(tmp_path, arguments)) == GROUPS


def test_the_gateway_is_started_as_the_command_line_does() -> None:
    command = str(Path(sys.executable).with_name("gateway"))
    assert Server(OURS).command == [command, "serve"]
    assert Server(OURS, processes=2).command == [command, "serve", "--processes", "2"]


@pytest.mark.parametrize("url", ["", "postgresql://localhost/shop"])
def test_only_the_shop_is_set(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_WORKER", "off")
    save_shop(tmp_path, Shop("token", "client", (), {}, database_url=url))
    database = {"GATEWAY_DATABASE_URL": url} if url else {}
    own = {
        name: text for name, text in environment(tmp_path).items() if name.startswith("GATEWAY_")
    }
    assert own == {"GATEWAY_DATA_DIR": str(tmp_path), "GATEWAY_GROUP_LINES": "1", **database}
    assert environment(tmp_path).keys() - own.keys() <= os.environ.keys()
