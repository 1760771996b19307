"""A shop's tables as a database administrator sees them, in SQLite or in Postgres."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from benchmarks.shop import read_shop

Row = dict[str, Any]
TABLE_BYTES = """
SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r'"""


class Tables(Protocol):
    """All tables."""

    async def rows(self, table: str, where: str, value: str) -> list[Row]:
        """The rows of ``table`` for which ``where`` holds of ``value``."""
        ...

    async def add(self, table: str, rows: Sequence[Row]) -> None:
        """Add ``rows``, which have the same columns."""
        ...

    async def size(self) -> int:
        """Bytes of all tables and their indexes."""
        ...


class SqliteTables:
    """The tables in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def rows(self, table: str, where: str, value: str) -> list[Row]:
        """The rows of ``table`` for which ``where`` holds of ``value``."""
        with closing(sqlite3.connect(self._file)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(_select(table, where), (value,))]

    async def add(self, table: str, rows: Sequence[Row]) -> None:
        """Add ``rows``, which have the same columns."""
        columns = ", ".join(rows[0])
        placeholders = ", ".join(f":{column}" for column in rows[0])
        with closing(sqlite3.connect(self._file, timeout=30)) as connection, connection:
            insert = f"INSERT INTO {table} ({columns}) VALUES ({placeholders})"  # noqa: S608 - names of ours
            connection.executemany(insert, rows)

    async def size(self) -> int:
        """Bytes of all tables and their indexes, those included that are on their way there."""
        with closing(sqlite3.connect(self._file)) as connection:
            [[page_count]] = connection.execute("PRAGMA page_count").fetchall()
            [[page_size]] = connection.execute("PRAGMA page_size").fetchall()
            return int(page_count) * int(page_size)


class PostgresTables:
    """The tables at a URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def rows(self, table: str, where: str, value: str) -> list[Row]:
        """The rows of ``table`` for which ``where`` holds of ``value``."""
        records = await self._fetch(_select(table, where).replace("?", "$1"), value)
        return [dict(row) for row in records]

    async def add(self, table: str, rows: Sequence[Row]) -> None:
        """Add ``rows``, which have the same columns."""
        connection = await asyncpg.connect(self._url)
        records = [tuple(row.values()) for row in rows]
        await connection.copy_records_to_table(table, records=records, columns=list(rows[0]))
        await connection.close()

    async def size(self) -> int:
        """Bytes of all tables and their indexes."""
        [row] = await self._fetch(TABLE_BYTES)
        return int(row[0])

    async def _fetch(self, query: str, *values: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self._url)
        records = await connection.fetch(query, *values)
        await connection.close()
        return list(records)


def _select(table: str, where: str) -> str:
    return f"SELECT * FROM {table} WHERE {where}"  # noqa: S608 - names of ours


def open_tables(folder: Path) -> Tables:
    """The tables of the shop in ``folder``."""
    url = read_shop(folder).database_url
    return PostgresTables(url) if url else SqliteTables(folder / "gateway.db")
