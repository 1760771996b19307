"""R106: where statements stand, so that the search for walks sees every one of them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import gateway

PACKAGE = Path(gateway.__file__).parent
VERSIONS = PACKAGE / "adapters" / "migrations" / "versions"
MAKERS = {"Statement", "lease_statement", "next_due_statement"}
"""What makes a statement."""
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES|CREATE|ALTER|DROP)\s")
"""How a statement begins that is written out."""

COMPOSED = "adapters/repositories/product_list_statements.py"
"""Statements of every form of a selection, which `test_statement_costs` makes one by one."""

WRITTEN_OUT = {
    ("adapters/migrations/env.py", "SELECT pg_advisory_xact_lock("): "no table",
    ("adapters/databases/postgres.py", "SELECT clock_timestamp()"): "no table",
    ("adapters/databases/postgres.py", "SELECT to_regclass('alembic_version')"): "a table's name",
    ("adapters/databases/postgres.py", "SELECT version_num FROM alembic_version"): "one row",
    (
        "adapters/databases/sqlite.py",
        "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'",
    ): ("as many rows as there are tables and indexes"),
    ("adapters/databases/sqlite.py", "SELECT version_num FROM alembic_version"): "one row",
    ("adapters/sql/statements.py", " IN (SELECT value FROM json_each("): "the request's own list",
    ("adapters/sql/word_search.py", " IN (SELECT rowid FROM "): "an index of words",
    ("adapters/wakeups/postgres.py", "SELECT 1"): "no table",
    (
        "adapters/wakeups/postgres.py",
        "SELECT pg_notify($1, word) FROM unnest($2::text[]) AS word",
    ): ("the words to be told"),
}
"""What is written out as SQL, and why it walks no table that grows."""

PARTIAL = {
    "IndexCondition": {"adapters/tables/"},
    "literal_column": {"adapters/databases/sqlite_change_log.py"},
    "partial_index": {"adapters/tables/"},
    "sqlite_where": {"adapters/sql/index_conditions.py"},
    "postgresql_where": {"adapters/sql/index_conditions.py"},
    "text": {"adapters/sql/index_conditions.py", "adapters/migrations/env.py"},
}
"""Where it may be called or given what could spell an index's condition in another way."""


@cache
def source_trees() -> dict[str, ast.Module]:
    """The files of the package but for migrations, read once where they are looked at."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if VERSIONS not in path.parents
    }


def statement_calls(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls that make statements."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in MAKERS
        ):
            yield node


def module_level_calls(tree: ast.Module) -> set[ast.Call]:
    """Those whose statement is kept under a name of the module, or returned by a maker."""
    homes = [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in MAKERS:
            homes.extend(each.value for each in ast.walk(node) if isinstance(each, ast.Return))
    return {each for each in homes if isinstance(each, ast.Call)}


def strings(tree: ast.Module) -> Iterator[str]:
    """The strings of a module that are no docstrings."""
    standing = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in standing
        ):
            yield node.value


def test_every_statement_stands_in_a_module() -> None:  # R106
    elsewhere = [
        f"{path}:{call.lineno}"
        for path, tree in source_trees().items()
        if path != COMPOSED
        for call in statement_calls(tree)
        if call not in module_level_calls(tree)
    ]
    assert elsewhere == []
    assert sum(len(list(statement_calls(tree))) for tree in source_trees().values()) > 150


@pytest.mark.parametrize(
    "source",
    [
        "def ask():\n    return Statement(select(1))",
        "class Orders:\n    FIND = Statement(select(1))",
        "LIST = [Statement(select(1))]",
        "async def ask():\n    await session.fetch_all(next_due_statement(ORDERS, WAITS))",
    ],
)
def test_the_search_for_statements_elsewhere_finds_them(source: str) -> None:
    tree = ast.parse(source)
    assert [call for call in statement_calls(tree) if call not in module_level_calls(tree)] != []


def test_what_is_written_out_is_named() -> None:  # R106
    written = {
        (path, text)
        for path, tree in source_trees().items()
        for text in strings(tree)
        if SQL.match(text) or "(SELECT" in text
    }
    assert written == WRITTEN_OUT.keys()


def test_an_index_s_condition_is_spelt_in_one_way() -> None:  # R106
    called = {
        (name, path)
        for path, tree in source_trees().items()
        if path.startswith("adapters/")
        for name in names(tree)
        if name in PARTIAL
    }
    assert {
        (name, path) for name, path in called if not path.startswith(tuple(PARTIAL[name]))
    } == set()
    assert {name for name, _ in called} == PARTIAL.keys()


def names(tree: ast.Module) -> Iterator[str]:
    """What is called, and by what names it is given something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            yield from (word.arg for word in node.keywords if word.arg)
