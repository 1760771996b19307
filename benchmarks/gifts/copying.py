"""Copies of one gift with all its rows, straight into the tables: the use cases take too long."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

from benchmarks.gifts.tables import Row, Tables

HELD = {
    "gifts": "id = ?",
    "gift_orders": "id = (SELECT order_id FROM gifts WHERE id = ?)",
    "gift_events": "gift_id = ?",
    "gift_tokens": "gift_id = ?",
    "gift_contacts": "gift_id = ?",
    "data_keys": "subject = 'recipient of ' || ?",
    "outbox": "subject = 'recipient of ' || ?",
}
"""The rows of a gift, by their tables."""
NAMED = ("id", "order_id", "tracking_number", "digest", "blind", "key")
"""The columns that name something which no two gifts have in common."""
BATCH = 10_000
SHORTEST = 24
"""What is shorter holds no name but its own."""
SPREAD = timedelta(days=3) // timedelta(microseconds=1)

Rows = dict[str, list[Row]]


async def copy(gift_id: str, count: int, tables: Tables) -> None:
    """Add ``count`` copies of a gift, each to wake within the days after it."""
    rows = {table: await tables.rows(table, where, gift_id) for table, where in HELD.items()}
    for batch in copied(rows, count):
        for table, held in batch.items():
            await tables.add(table, held)


def copied(rows: Rows, count: int) -> Iterator[Rows]:
    """``count`` copies of a gift's ``rows`` in batches, each to wake within the next days."""
    names = _names(rows)
    for first in range(0, count, BATCH):
        copies = [_copy(rows, names) for _ in range(first, min(count, first + BATCH))]
        yield {table: [row for each in copies for row in each[table]] for table in rows}


def _names(rows: Rows) -> set[str]:
    every = [row for held in rows.values() for row in held]
    return {str(row[column]) for row in every for column in NAMED if row.get(column)}


def _copy(rows: Rows, names: set[str]) -> Rows:
    """``rows`` under names of the same length; what is sealed stays, and nobody opens it."""
    others = {name: _like(name) for name in names}
    made = {table: [_renamed(row, others) for row in held] for table, held in rows.items()}
    made["gifts"][0]["due_at"] += secrets.randbelow(SPREAD)
    return made


def _like(name: str) -> str:
    """Another name of that form and length."""
    kind, mark, rest = name.rpartition("_")
    return kind + mark + secrets.token_hex(len(rest))[: len(rest)]


def _renamed(row: Row, others: dict[str, str]) -> Row:
    return {
        column: _with(value, others) if isinstance(value, str) else value
        for column, value in row.items()
    }


def _with(text: str, others: dict[str, str]) -> str:
    whole = others.get(text)
    if whole is not None:
        return whole
    if len(text) < SHORTEST:
        return text
    for name, other in others.items():
        text = text.replace(name, other)
    return text
