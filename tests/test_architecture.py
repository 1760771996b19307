"""What the layers' imports cannot show: how the engine is written."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ENGINE_FILES = sorted((Path(__file__).parent.parent / "gateway" / "engine").rglob("*.py"))
# How much alike two words are is no amount.
SIMILARITY_MODULES = {"name_matching.py", "validation.py"}
FLOAT_NAMES = {"float", "math", "statistics", "random", "NaN", "inf"}
FORBIDDEN_NODES = (
    ast.AsyncFunctionDef,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.Await,
    ast.Global,
    ast.Nonlocal,
)


@cache
def parse(path: Path) -> ast.Module:
    """The source of a file, read once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def engine_nodes() -> Iterator[tuple[str, ast.AST]]:
    for path in ENGINE_FILES:
        for node in ast.walk(parse(path)):
            yield f"{path}:{getattr(node, 'lineno', 0)}", node


def is_float_use(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float()) | ast.Constant(value=complex()):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return name in FLOAT_NAMES
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
    return False


def dataclass_decorator(node: ast.expr) -> ast.Call | None:
    """The decorator, if it makes a dataclass."""
    called = node.func if isinstance(node, ast.Call) else node
    if not (isinstance(called, ast.Name) and called.id == "dataclass"):
        return None
    return node if isinstance(node, ast.Call) else ast.Call(called, [], [])


def is_frozen(call: ast.Call) -> bool:
    return any(
        word.arg == "frozen" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in call.keywords
    )


def test_there_is_an_engine_to_look_at() -> None:
    assert {"money.py", "priced_purchase.py", "tax_tables.py"} <= {
        path.name for path in ENGINE_FILES
    }


def test_no_float_comes_near_an_amount() -> None:
    """R80: neither the type, nor a literal, nor true division, which makes one of integers."""
    float_locations = {where for where, node in engine_nodes() if is_float_use(node)}
    assert {
        where
        for where in float_locations
        if Path(where.partition(":")[0]).name not in SIMILARITY_MODULES
    } == set()


@pytest.mark.parametrize("source", ["x = 1.5", "y = float('1')", "z = 1 / 2", "import math"])
def test_the_search_for_floats_finds_them(source: str) -> None:
    assert any(map(is_float_use, ast.walk(ast.parse(source))))


def test_the_engine_waits_for_nothing_and_keeps_nothing() -> None:
    assert [where for where, node in engine_nodes() if isinstance(node, FORBIDDEN_NODES)] == []


def test_every_dataclass_of_the_engine_is_frozen() -> None:
    thawed = [
        f"{where} {node.name}"
        for where, node in engine_nodes()
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if (call := dataclass_decorator(decorator)) is not None and not is_frozen(call)
    ]
    assert thawed == []


PACKAGE = Path(__file__).parent.parent / "gateway"
MIGRATIONS = PACKAGE / "adapters" / "migrations" / "versions"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if MIGRATIONS not in path.parents]
MEANINGLESS_NAMES = {
    "utils",
    "util",
    "helpers",
    "common",
    "core",
    "base",
    "manager",
    "misc",
    "shared",
}
MAX_LINES = 400


def count_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_every_module_has_a_name_of_its_own() -> None:
    """What is called "utils" has no name yet."""
    assert [
        str(path) for path in MODULES if MEANINGLESS_NAMES & set(path.with_suffix("").parts)
    ] == []


def test_a_file_holds_one_concept_in_at_most_400_lines() -> None:
    long = {str(path.relative_to(PACKAGE)) for path in MODULES if count_lines(path) > MAX_LINES}
    assert long == set()


def test_every_module_says_what_it_holds() -> None:
    silent = [str(path) for path in MODULES if not ast.get_docstring(parse(path))]
    assert silent == []


CATCH_ALL_TYPES = {"Exception", "BaseException"}
LAYERS_WITHOUT_CATCH_ALL = [PACKAGE / layer for layer in ("schema", "resolvers", "services")]


def catches_everything(node: ast.AST) -> bool:
    match node:
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=ast.Name(id=name)):
            return name in CATCH_ALL_TYPES
    return False


def test_catching_everything_is_left_to_the_edges() -> None:
    """A use case that catches what it does not know answers wrongly instead of failing."""
    caught = [
        str(path)
        for path in MODULES
        if any(layer in path.parents for layer in LAYERS_WITHOUT_CATCH_ALL)
        and any(map(catches_everything, ast.walk(parse(path))))
    ]
    assert caught == []
