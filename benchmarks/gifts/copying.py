"""Copies of one gift with all its rows, straight into the tables: the use cases take too long."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

from benchmarks.gifts.tables import Row, Tables

ROW_CONDITIONS = {
    "gifts": "id = ?",
    "gift_orders": "id = (SELECT order_id FROM gifts WHERE id = ?)",
    "gift_events": "gift_id = ?",
    "gift_tokens": "gift_id = ?",
    "gift_contacts": "gift_id = ?",
    "data_keys": "subject = 'recipient of ' || ?",
    "outbox": "subject = 'recipient of ' || ?",
}
"""The rows of a gift, by their tables."""
UNIQUE_COLUMNS = ("id", "order_id", "tracking_number", "digest", "blind", "key")
"""The columns that name something which no two gifts have in common."""
BATCH_SIZE = 10_000
MIN_TEXT_LENGTH = 24
"""What is shorter holds no name but its own."""
SPREAD = timedelta(days=3) // timedelta(microseconds=1)

Rows = dict[str, list[Row]]


async def copy_gift(gift_id: str, count: int, tables: Tables) -> None:
    """Add ``count`` copies of a gift, each to wake within the days after it."""
    rows = {
        table: await tables.rows(table, where, gift_id) for table, where in ROW_CONDITIONS.items()
    }
    for batch in copy_in_batches(rows, count):
        for table, table_rows in batch.items():
            await tables.add(table, table_rows)


def copy_in_batches(rows: Rows, count: int) -> Iterator[Rows]:
    """``count`` copies of a gift's ``rows`` in batches, each to wake within the next days."""
    names = _unique_values(rows)
    for first in range(0, count, BATCH_SIZE):
        copies = [_copy_rows(rows, names) for _ in range(first, min(count, first + BATCH_SIZE))]
        yield {table: [row for each in copies for row in each[table]] for table in rows}


def _unique_values(rows: Rows) -> set[str]:
    all_rows = [row for table_rows in rows.values() for row in table_rows]
    return {str(row[column]) for row in all_rows for column in UNIQUE_COLUMNS if row.get(column)}


def _copy_rows(rows: Rows, names: set[str]) -> Rows:
    """``rows`` under names of the same length; what is sealed stays, and nobody opens it."""
    replacements = {name: _random_like(name) for name in names}
    copied_rows = {
        table: [_replace_names(row, replacements) for row in table_rows]
        for table, table_rows in rows.items()
    }
    copied_rows["gifts"][0]["due_at"] += secrets.randbelow(SPREAD)
    return copied_rows


def _random_like(name: str) -> str:
    """Another name of that form and length."""
    prefix, separator, suffix = name.rpartition("_")
    return prefix + separator + secrets.token_hex(len(suffix))[: len(suffix)]


def _replace_names(row: Row, replacements: dict[str, str]) -> Row:
    return {
        column: _replace_in_text(value, replacements) if isinstance(value, str) else value
        for column, value in row.items()
    }


def _replace_in_text(text: str, replacements: dict[str, str]) -> str:
    replacement = replacements.get(text)
    if replacement is not None:
        return replacement
    if len(text) < MIN_TEXT_LENGTH:
        return text
    for name, new_name in replacements.items():
        text = text.replace(name, new_name)
    return text
