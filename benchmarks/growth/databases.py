"""Shops that have grown: many rows put straight into their tables, while nobody serves them."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import asyncpg

from benchmarks.growth.sql import order_copies, product_copies
from benchmarks.shop import read_shop, save_shop
from gateway.services.orders.access import ORDER_CURSOR_LIST
from gateway.services.pagination import encode_cursor

CACHE_KIB = 2**20
COUNT_QUERIES = ("SELECT count(*) FROM orders", "SELECT count(*) FROM products")
FIND_MIDDLE = """
WITH own AS (SELECT place FROM orders WHERE purchaser_id = (SELECT purchaser_id FROM buyer))
SELECT place FROM own ORDER BY place LIMIT 1 OFFSET (SELECT count(*) / 2 FROM own)"""
# Before there are others' orders.
SAVE_BUYER = "CREATE TEMP TABLE buyer AS SELECT purchaser_id FROM orders LIMIT 1"


def grow(folder: Path, orders: int, products: int) -> None:
    """Copy rows of the shop in ``folder`` until it has so many orders and products.

    The shop knows the middle of its buyer's orders then, if there are any.
    """
    shop = read_shop(folder)
    if shop.database_url:
        middle = asyncio.run(_grow_postgres(shop.database_url, orders, products))
    else:
        middle = _grow_sqlite(folder / "gateway.db", orders, products)
    if middle is not None:
        save_shop(folder, replace(shop, middle_of_orders=encode_cursor(ORDER_CURSOR_LIST, middle)))


def _copy_statements(counts: Sequence[int], target_counts: Sequence[int]) -> Iterator[str]:
    """What adds the orders and the products that are missing."""
    yield SAVE_BUYER
    missing = [target - count for count, target in zip(counts, target_counts, strict=True)]
    for copies, count in zip((order_copies, product_copies), missing, strict=True):
        if count > 0:
            yield from copies(count)


def _grow_sqlite(file: Path, orders: int, products: int) -> int | None:
    """The place of the middle of the buyer's orders; None without any."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        # No log of what can be made anew: the file is nobody else's meanwhile.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        counts = [connection.execute(count).fetchone()[0] for count in COUNT_QUERIES]
        connection.execute("BEGIN")
        for statement in _copy_statements(counts, (orders, products)):
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
        middle = connection.execute(FIND_MIDDLE).fetchone()
        return int(middle[0]) if middle else None


async def _grow_postgres(url: str, orders: int, products: int) -> int | None:
    """The place of the middle of the buyer's orders; None without any."""
    connection = await asyncpg.connect(url)
    try:
        counts = [await connection.fetchval(count) for count in COUNT_QUERIES]
        async with connection.transaction():
            # Copies refer to copies: nobody needs to look.
            await connection.execute("SET LOCAL session_replication_role = replica")
            for statement in _copy_statements(counts, (orders, products)):
                await connection.execute(statement)
        # As Postgres does by itself within minutes.
        await connection.execute("VACUUM ANALYZE")
        middle: int | None = await connection.fetchval(FIND_MIDDLE)
        return middle
    finally:
        await connection.close()
