"""Conditions of partial indexes, used by the index and by the statements that need it.

A database uses a partial index only if the condition of the statement implies the condition of the
index. It compares both as text, so both must have the same literals instead of parameters.
"""

from typing import Any

from sqlalchemy import ColumnElement, Index, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import OperatorType


class IndexCondition(ColumnElement[bool]):
    """A condition on columns of one table, as SQL text that both databases accept."""

    inherit_cache = False

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def self_group(self, against: OperatorType | None = None) -> "IndexCondition":  # noqa: ARG002 - SQLAlchemy's own
        """Return the condition itself, because it always has parentheses."""
        return self


@compiles(IndexCondition)
def _compile_condition(element: IndexCondition, _: SQLCompiler, **__: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return f"({element.sql})"


def partial_index(
    name: str, *columns: str, condition: IndexCondition, unique: bool = False
) -> Index:
    """The index ``name`` of the rows that meet a condition."""
    condition_sql = text(condition.sql)
    return Index(
        name, *columns, unique=unique, sqlite_where=condition_sql, postgresql_where=condition_sql
    )
