"""Searching for words: FTS5 of SQLite and the text search of Postgres, in one construct."""

from typing import Any

from sqlalchemy import BindParameter, Column, ColumnElement, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal


def search_expression(words: tuple[str, ...]) -> str:
    """What FTS5 looks for: a word that begins so for each of ``words``, which need no quotes."""
    return " AND ".join(f"{word}*" for word in words)


class WordVector(ColumnElement[str]):
    """Words, separated by blanks, as they are stored."""

    inherit_cache = False
    _traverse_internals = [("words", InternalTraversal.dp_clauseelement)]  # noqa: RUF012

    def __init__(self, name: str) -> None:
        self.type = String()
        self.words: BindParameter[Any] = bindparam(name, type_=String)


def word_vector(name: str) -> ColumnElement[str]:
    """The words in the parameter ``name`` as they are stored."""
    return WordVector(name)


@compiles(WordVector, "sqlite")
def _compile_vector_sqlite(element: WordVector, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return compiler.process(element.words, **options)


@compiles(WordVector, "postgresql")
def _compile_vector_postgres(element: WordVector, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"CAST(CAST({compiler.process(element.words, **options)} AS TEXT) AS TSVECTOR)"


class HasWords(ColumnElement[bool]):
    """Whether ``number`` is that of a row in whose ``column`` words begin so."""

    inherit_cache = False
    _traverse_internals = [  # noqa: RUF012
        ("number", InternalTraversal.dp_clauseelement),
        ("pattern", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, number: ColumnElement[Any], table: str, column: str, name: str) -> None:
        self.number = number
        self.table = table
        self.column = column
        self.pattern: BindParameter[Any] = bindparam(name, type_=String)


def has_words(number: ColumnElement[int], column: Column[str], name: str) -> ColumnElement[bool]:
    """The condition that ``number`` is the ``rowid`` of a row whose ``column`` has the words.

    The parameter ``name`` is a ``search_expression``.
    """
    return HasWords(number, column.table.name, column.name, name)


class MatchesWords(ColumnElement[bool]):
    """Whether words of ``column`` begin so, in a statement that reads no other table."""

    inherit_cache = False
    _traverse_internals = [  # noqa: RUF012
        ("column", InternalTraversal.dp_clauseelement),
        ("pattern", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: Column[str], name: str) -> None:
        self.column = column
        self.pattern: BindParameter[Any] = bindparam(name, type_=String)


def matches_words(column: Column[str], name: str) -> ColumnElement[bool]:
    """The condition that a row's ``column`` has the words of the ``search_expression`` ``name``."""
    return MatchesWords(column, name)


@compiles(HasWords, "sqlite")
def _compile_search_sqlite(element: HasWords, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    number = compiler.process(element.number, **options)
    match = _sqlite_match(element.table, element.column, element.pattern, compiler, **options)
    return f"{number} IN (SELECT rowid FROM {element.table} WHERE {match})"  # noqa: S608


@compiles(HasWords, "postgresql")
def _compile_search_postgres(element: HasWords, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    number = compiler.process(element.number, **options)
    match = _postgres_match(element.column, element.pattern, compiler, **options)
    return f"{number} IN (SELECT rowid FROM {element.table} WHERE {match})"  # noqa: S608


@compiles(MatchesWords, "sqlite")
def _compile_match_sqlite(element: MatchesWords, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column = element.column
    return _sqlite_match(column.table.name, column.name, element.pattern, compiler, **options)


@compiles(MatchesWords, "postgresql")
def _compile_match_postgres(element: MatchesWords, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return _postgres_match(element.column.name, element.pattern, compiler, **options)


def _sqlite_match(
    table: str,
    column: str,
    pattern: BindParameter[Any],
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401
) -> str:
    return f"{table} MATCH '{{{column}}} : (' || {compiler.process(pattern, **options)} || ')'"


def _postgres_match(
    column: str,
    pattern: BindParameter[Any],
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401
) -> str:
    text = compiler.process(pattern, **options)
    query = f"CAST(replace(replace({text}, ' AND ', ' & '), '*', ':*') AS TSQUERY)"
    return f"{column} @@ {query}"
