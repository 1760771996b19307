"""Rows whose numbers have a flag: very many numbers, looked up while a table is walked.

For a list of that many, SQLite would make an index first, and Postgres think for long.
"""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, LargeBinary, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal


class HasFlag(ColumnElement[bool]):
    """Whether the byte number ``number`` of the parameter ``name`` is 1."""

    inherit_cache = False
    _traverse_internals = [  # noqa: RUF012
        ("number", InternalTraversal.dp_clauseelement),
        ("flags", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, number: ColumnElement[int], name: str) -> None:
        self.number = number
        self.flags: BindParameter[Any] = bindparam(name, type_=LargeBinary)


def has_flag(number: ColumnElement[int], name: str) -> ColumnElement[bool]:
    """The condition that a number's byte in ``name`` is 1; beyond the last byte it is not."""
    return HasFlag(number, name)


@compiles(HasFlag, "sqlite")
def _compile_sqlite(element: HasFlag, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    number = compiler.process(element.number, **options)
    flags = compiler.process(element.flags, **options)
    return f"substr({flags}, {number} + 1, 1) = x'01'"


# Of a CASE Postgres believes that half of the rows meet it, so that it walks an order's index.
@compiles(HasFlag, "postgresql")
def _compile_postgres(element: HasFlag, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    number = compiler.process(element.number, **options)
    flags = f"CAST({compiler.process(element.flags, **options)} AS BYTEA)"
    return (
        f"CASE WHEN {number} < length({flags}) "
        f"THEN get_byte({flags}, CAST({number} AS INTEGER)) = 1 ELSE false END"
    )
