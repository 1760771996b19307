"""Columns that SQLite does not look up, so that it walks the table in the order of another index.

SQLite keeps no statistics of its tables here: it takes every condition to be met by few rows.
Postgres decides by its own.
"""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal


class WalkedColumn(ColumnElement[int]):
    """A column for whose conditions no index is used in SQLite."""

    inherit_cache = False
    _traverse_internals = [("column", InternalTraversal.dp_clauseelement)]  # noqa: RUF012

    def __init__(self, column: ColumnElement[int]) -> None:
        self.type = column.type
        self.column = column


@compiles(WalkedColumn, "sqlite")
def _compile_sqlite(element: WalkedColumn, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"+{compiler.process(element.column, **options)}"


@compiles(WalkedColumn, "postgresql")
def _compile_postgres(element: WalkedColumn, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return compiler.process(element.column, **options)
