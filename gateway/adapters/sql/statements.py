"""Statements: SQLAlchemy Core constructs, compiled once for each database to its driver's SQL.

At run time SQLAlchemy is not involved: a statement is a text and the order of its parameters.
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
    "SqlValue",
    "Statement",
    "in_list",
    "in_selection",
    "insert",
    "table",
]

SqlScalar: TypeAlias = str | int | bytes | None
SqlValue: TypeAlias = SqlScalar | Sequence[str] | Sequence[int]

# The type checker cannot infer the columns of a row. Untyped rows unpack to ``Any``;
# ``Statement[tuple[str, int]]`` states the types.
RowT = TypeVar("RowT", bound=tuple[Any, ...], default=tuple[Any, ...])

SQLITE = sqlite.dialect(paramstyle="qmark")
POSTGRES: Dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class DriverStatement:
    """The SQL for one driver, with the names of its positional parameters in order."""

    sql: str
    parameter_names: tuple[str, ...]
    required_names: frozenset[str]
    constants: Mapping[str, SqlValue]
    json_list_names: frozenset[str]

    def arguments(self, values: Mapping[str, SqlValue]) -> tuple[SqlValue, ...]:
        """``values`` in the order of the parameters; refuses missing and surplus ones."""
        if values.keys() != self.required_names:
            raise TypeError(
                f"takes {sorted(self.required_names)}, was given {sorted(values)}: {self.sql}"
            )
        if self.constants or self.json_list_names:
            values = self._add_constants_and_lists(values)
        return tuple([values[name] for name in self.parameter_names])

    def _add_constants_and_lists(self, values: Mapping[str, SqlValue]) -> Mapping[str, SqlValue]:
        encoded_lists = {name: orjson.dumps(values[name]).decode() for name in self.json_list_names}
        return {**self.constants, **values, **encoded_lists}


class Statement(Generic[RowT]):
    """A Core construct and its compiled forms, each compiled at its first use."""

    def __init__(self, construct: ClauseElement) -> None:
        self.construct = construct

    @cached_property
    def sqlite(self) -> DriverStatement:
        """The statement for Python's ``sqlite3``."""
        return _compile_statement(self.construct, SQLITE, encodes_lists=True)

    @cached_property
    def postgres(self) -> DriverStatement:
        """The statement for asyncpg."""
        return _compile_statement(self.construct, POSTGRES, encodes_lists=False)


def table(row_class: type[SQLModel]) -> Table:
    """The table that the class ``row_class`` declares."""
    return SQLModel.metadata.tables[str(row_class.__tablename__)]


class InList(ColumnElement[bool]):
    """Whether ``column`` equals one of the values in the list parameter ``name``."""

    inherit_cache = False
    _traverse_internals = [  # noqa: RUF012 - the type SQLAlchemy asks for
        ("column", InternalTraversal.dp_clauseelement),
        ("listed", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.listed: BindParameter[Any] = bindparam(name, type_=ARRAY(column.type))


def in_list(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """The condition that ``column`` is in the list ``name``, which can have any length."""
    return InList(column, name)


@compiles(InList, "sqlite")
def _compile_in_list_sqlite(element: InList, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column = compiler.process(element.column, **options)
    list_parameter = compiler.process(element.listed, **options)
    return f"{column} IN (SELECT value FROM json_each({list_parameter}))"  # noqa: S608 - compiled parts


@compiles(InList, "postgresql")
def _compile_in_list_postgres(element: InList, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column = compiler.process(element.column, **options)
    list_parameter = compiler.process(element.listed, **options)
    return f"{column} = ANY ({list_parameter})"


class InSelection(ColumnElement[bool]):
    """Whether ``column`` equals one of the values that ``choice`` selects."""

    inherit_cache = False
    _traverse_internals = [  # noqa: RUF012 - the type SQLAlchemy asks for
        ("column", InternalTraversal.dp_clauseelement),
        ("choice", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[Any], selection: Select[Any]) -> None:
        self.column = column
        self.choice = selection.scalar_subquery()


def in_selection(column: ColumnElement[Any], selection: Select[Any]) -> ColumnElement[bool]:
    """The condition that ``column`` is in a limited ``selection``, which runs once, first."""
    return InSelection(column, selection)


@compiles(InSelection, "sqlite")
def _compile_in_selection_sqlite(
    element: InSelection,
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401
) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} IN {compiler.process(element.choice, **options)}"


# As a subquery, Postgres would join the choice, take its limit for a tenth of the table, and walk
# that; or choose again for every row.
@compiles(InSelection, "postgresql")
def _compile_in_selection_postgres(
    element: InSelection,
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401
) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} = ANY (ARRAY{compiler.process(element.choice, **options)})"


def _compile_statement(
    construct: ClauseElement, dialect: Dialect, *, encodes_lists: bool
) -> DriverStatement:
    compiled = dialect.statement_compiler(dialect, construct)
    names = tuple(compiled.positiontup or ())
    binds = {name: compiled.binds[name] for name in names}
    if compiled.post_compile_params or compiled.prefetch:
        raise ValueError(
            f"needs SQLAlchemy at run time (a default, or a list not by within): {compiled}"
        )
    return DriverStatement(
        sql=str(compiled),
        parameter_names=names,
        required_names=frozenset(name for name, bind in binds.items() if bind.required),
        constants={name: bind.effective_value for name, bind in binds.items() if not bind.required},
        json_list_names=frozenset(
            name for name, bind in binds.items() if encodes_lists and isinstance(bind.type, ARRAY)
        ),
    )
