"""Statements: SQLAlchemy Core constructs, compiled once per database to the driver's own SQL.

At run time nothing of SQLAlchemy executes: a statement is a string and the order of its parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeAlias

import orjson
from sqlalchemy import ARRAY, ColumnElement, Select, Table, bindparam
from sqlalchemy.dialects import sqlite

# Its ON CONFLICT compiles for SQLite as well; that of SQLite's own does not for Postgres.
from sqlalchemy.dialects.postgresql import Insert, asyncpg, insert
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ClauseElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlmodel import SQLModel
from typing_extensions import TypeVar

__all__ = [
    "DriverStatement",
    "Insert",
    "RowT",
    "Statement",
    "Value",
    "chosen",
    "insert",
    "table",
    "within",
]

Scalar: TypeAlias = str | int | bytes | None
Value: TypeAlias = Scalar | Sequence[str] | Sequence[int]

# What a driver's row holds is known to the statement's author, not to the type checker: untyped
# rows unpack to ``Any``, and ``Statement[tuple[str, int]]`` says it where that is worth a line.
RowT = TypeVar("RowT", bound=tuple[Any, ...], default=tuple[Any, ...])

SQLITE = sqlite.dialect(paramstyle="qmark")
POSTGRES: Dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class DriverStatement:
    """SQL as one driver takes it, with the names of its positional parameters in their order."""

    sql: str
    names: tuple[str, ...]
    demanded: frozenset[str]
    constants: Mapping[str, Value]
    encoded: frozenset[str]

    def arguments(self, values: Mapping[str, Value]) -> tuple[Value, ...]:
        """``values`` in the order of the parameters; refuses missing and surplus ones."""
        if values.keys() != self.demanded:
            raise TypeError(
                f"takes {sorted(self.demanded)}, was given {sorted(values)}: {self.sql}"
            )
        if self.constants or self.encoded:
            values = self._complete(values)
        return tuple([values[name] for name in self.names])

    def _complete(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        lists = {name: orjson.dumps(values[name]).decode() for name in self.encoded}
        return {**self.constants, **values, **lists}


class Statement(Generic[RowT]):
    """A Core construct and its compiled forms, each made at its first use."""

    def __init__(self, construct: ClauseElement) -> None:
        self.construct = construct

    @cached_property
    def sqlite(self) -> DriverStatement:
        """The statement for Python's ``sqlite3``."""
        return _compile(self.construct, SQLITE, encodes_lists=True)

    @cached_property
    def postgres(self) -> DriverStatement:
        """The statement for asyncpg."""
        return _compile(self.construct, POSTGRES, encodes_lists=False)


def table(rows: type[SQLModel]) -> Table:
    """The table that the class ``rows`` declares."""
    return SQLModel.metadata.tables[str(rows.__tablename__)]


class Within(ColumnElement[bool]):
    """True where ``column`` equals one of the values in the list parameter ``name``."""

    inherit_cache = False
    _traverse_internals = [  # noqa: RUF012 - the type SQLAlchemy asks for
        ("column", InternalTraversal.dp_clauseelement),
        ("listed", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.listed: BindParameter[Any] = bindparam(name, type_=ARRAY(column.type))


def within(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """``column IN`` the list given as ``name``: one statement for a list of any length."""
    return Within(column, name)


@compiles(Within, "sqlite")
def _within_sqlite(element: Within, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column = compiler.process(element.column, **options)
    listed = compiler.process(element.listed, **options)
    return f"{column} IN (SELECT value FROM json_each({listed}))"  # noqa: S608 - compiled parts


@compiles(Within, "postgresql")
def _within_postgres(element: Within, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column = compiler.process(element.column, **options)
    listed = compiler.process(element.listed, **options)
    return f"{column} = ANY ({listed})"


class Chosen(ColumnElement[bool]):
    """True where ``column`` equals one of the values that ``choice`` selects."""

    inherit_cache = False
    _traverse_internals = [  # noqa: RUF012 - the type SQLAlchemy asks for
        ("column", InternalTraversal.dp_clauseelement),
        ("choice", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[Any], choice: Select[Any]) -> None:
        self.column = column
        self.choice = choice.scalar_subquery()


def chosen(column: ColumnElement[Any], choice: Select[Any]) -> ColumnElement[bool]:
    """``column IN`` what a limited ``choice`` selects, which is selected once and before."""
    return Chosen(column, choice)


@compiles(Chosen, "sqlite")
def _chosen_sqlite(element: Chosen, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column = compiler.process(element.column, **options)
    return f"{column} IN {compiler.process(element.choice, **options)}"


# As a subquery, Postgres would join the choice, take its limit for a tenth of the table, and walk
# that; or choose again for every row.
@compiles(Chosen, "postgresql")
def _chosen_postgres(element: Chosen, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column = compiler.process(element.column, **options)
    return f"{column} = ANY (ARRAY{compiler.process(element.choice, **options)})"


def _compile(construct: ClauseElement, dialect: Dialect, *, encodes_lists: bool) -> DriverStatement:
    compiled = dialect.statement_compiler(dialect, construct)
    names = tuple(compiled.positiontup or ())
    binds = {name: compiled.binds[name] for name in names}
    if compiled.post_compile_params or compiled.prefetch:
        raise ValueError(
            f"needs SQLAlchemy at run time (a default, or a list not by within): {compiled}"
        )
    return DriverStatement(
        sql=str(compiled),
        names=names,
        demanded=frozenset(name for name, bind in binds.items() if bind.required),
        constants={name: bind.effective_value for name, bind in binds.items() if not bind.required},
        encoded=frozenset(
            name for name, bind in binds.items() if encodes_lists and isinstance(bind.type, ARRAY)
        ),
    )
