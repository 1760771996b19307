"""Conditions of partial indexes, spelt once for the index and for the statements that use it.

A database uses a partial index only where it can see that a statement asks for nothing outside it,
and what it compares are the two conditions as written: with the same literals, not with parameters.
"""

from typing import Any

from sqlalchemy import ColumnElement, Index, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import OperatorType


class IndexCondition(ColumnElement[bool]):
    """A condition in words that both databases read alike, on columns of one table."""

    inherit_cache = False

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def self_group(self, against: OperatorType | None = None) -> "IndexCondition":  # noqa: ARG002 - SQLAlchemy's own
        """Itself: it always stands in parentheses."""
        return self


@compiles(IndexCondition)
def _compile_condition(element: IndexCondition, _: SQLCompiler, **__: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return f"({element.sql})"


def partial_index(name: str, *columns: str, condition: IndexCondition) -> Index:
    """The index ``name`` of the rows that meet a condition."""
    condition_sql = text(condition.sql)
    return Index(name, *columns, sqlite_where=condition_sql, postgresql_where=condition_sql)
