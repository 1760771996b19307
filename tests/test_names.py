"""How things are called: functions by verbs or what they return, bounds by MAX_ and MIN_."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parent.parent / "gateway"
MIGRATIONS = PACKAGE / "adapters" / "migrations"
EMPTY_NAMES = {"each", "found", "given", "held", "kept", "known", "taken", "told", "wanted"}
"""What says nothing of the thing; `each` may stand in a comprehension."""
IRREGULAR_PARTICIPLES = EMPTY_NAMES - {"each"} | {"done", "made", "met", "paid", "said", "sent"}
OLD_BOUNDS = ("MOST_", "LEAST_", "LONGEST_", "SHORTEST_", "LARGEST_", "FEWEST_")
NOT_PARTICIPLES = {"embed", "feed", "need", "proceed", "seed", "speed"}
NAMED_AS_THEIR_FIELD = {"enabled", "formatted"}
"""Resolvers, called as the field that they answer."""
COLUMNS_AND_STORED_FIELDS = {"held", "known"}
"""Names that tables and stored values have had from the first."""
VALUES_OF_THE_SCHEMA = {"LARGEST_SHARE"}
"""Members of enumerations, which are no bounds."""
SHARED_CLASS_NAMES = {"ImportOptions"}
"""A command's options, and the engine's value that they become."""


class SourceNames(NamedTuple):
    """The names of one file."""

    path: str
    functions: list[str]
    empty_bindings: list[str]
    variables: set[str]
    classes: list[str]


@cache
def source_names() -> list[SourceNames]:
    """The names of all files, which are read once: that takes the most time."""
    return [
        names_of(str(path.relative_to(PACKAGE)), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
        if MIGRATIONS not in path.parents
    ]


def names_of(path: str, tree: ast.Module) -> SourceNames:
    nodes = list(ast.walk(tree))
    return SourceNames(
        path,
        list(function_names(nodes)),
        list(empty_bindings(nodes)),
        {node.id for node in nodes if isinstance(node, ast.Name)},
        [node.name for node in nodes if isinstance(node, ast.ClassDef)],
    )


def is_participle(name: str) -> bool:
    word = name.strip("_")
    if "_" in word or word in NOT_PARTICIPLES:
        return False
    return word in IRREGULAR_PARTICIPLES or (word.endswith("ed") and len(word) > len("need"))


def function_names(nodes: list[ast.AST]) -> Iterator[str]:
    """The functions and methods among ``nodes`` that are no properties."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = " ".join(map(ast.unparse, node.decorator_list))
            if "property" not in decorators:
                yield node.name


def empty_bindings(nodes: list[ast.AST]) -> Iterator[str]:
    """Variables among ``nodes`` that say nothing of what they hold."""
    in_comprehensions = {
        id(name)
        for node in nodes
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
    }
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            is_each = node.id == "each" and id(node) in in_comprehensions
            if node.id in EMPTY_NAMES and not is_each:
                yield node.id


def test_no_function_is_a_bare_participle() -> None:
    participles = {
        f"{source.path} {name}"
        for source in source_names()
        for name in source.functions
        if is_participle(name) and name not in NAMED_AS_THEIR_FIELD
    }
    assert participles == set()


def test_variables_say_what_they_hold() -> None:
    empty = {
        f"{source.path} {name}"
        for source in source_names()
        for name in source.empty_bindings
        if name not in COLUMNS_AND_STORED_FIELDS
    }
    assert empty == set()


def test_bounds_are_maxima_and_minima() -> None:
    old = {
        f"{source.path} {name}"
        for source in source_names()
        for name in source.variables
        if name.lstrip("_").startswith(OLD_BOUNDS) and name not in VALUES_OF_THE_SCHEMA
    }
    assert old == set()


def test_a_class_name_is_unique_but_for_the_schemas_mirrors() -> None:
    paths = defaultdict(set)
    for source in source_names():
        for name in source.classes:
            if not source.path.startswith("schema/"):
                paths[name].add(source.path)
    shared = {name for name, defining in paths.items() if len(defining) > 1}
    assert shared <= SHARED_CLASS_NAMES


@pytest.mark.parametrize("source", ["found = 1", "for each in []: pass", "a, told = 1, 2"])
def test_the_search_for_empty_names_finds_them(source: str) -> None:
    assert names_of("found.py", ast.parse(source)).empty_bindings


@pytest.mark.parametrize("name", ["cleaned", "_kept", "sent"])
def test_the_search_for_participles_finds_them(name: str) -> None:
    assert is_participle(name)
