"""The page of requirements and the tests that name them say the same."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| R(\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
TAG = re.compile(r"\bR(\d{2,3})\b")
HEADING = "# -- "


class Requirement(NamedTuple):
    """A row: its number, its rule, and the tests that hold it, or "open"."""

    number: int
    rule: str
    tests: str

    @property
    def is_open(self) -> bool:
        return self.tests == "open"


REQUIREMENTS = [Requirement(int(number), rule, tests) for number, rule, tests in ROW.findall(PAGE)]


def tags(text: str) -> set[int]:
    """The numbers that a text names."""
    return {int(number) for number in TAG.findall(text)}


def sources() -> Iterator[str]:
    """Every file that may name a number."""
    for folder, ending in (("tests", "py"), ("benchmarks", "py"), ("web/tests", "ts")):
        for path in sorted((ROOT / folder).rglob(f"*.{ending}")):
            yield path.read_text(encoding="utf-8")


def numbers() -> set[int]:
    """Those that some test or benchmark names."""
    return {number for text in sources() for number in tags(text)}


@cache
def read_module(file: str) -> tuple[list[str], ast.Module]:
    """The lines and the tree of a file, which many rows name."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return text.splitlines(), ast.parse(text)


def excerpt(file: str, name: str) -> str | None:
    """A test with what is written over it: comment, heading, the module's docstring."""
    if not (ROOT / file).is_file():
        return None
    lines, module = read_module(file)
    for test in module.body:
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name == name:
            first = min(node.lineno for node in (test, *test.decorator_list))
            while lines[first - 2].startswith("#"):
                first -= 1
            headings = [line for line in lines[:first] if line.startswith(HEADING)]
            own = lines[first - 1 : test.end_lineno]
            return "\n".join([ast.get_docstring(module) or "", *headings[-1:], *own])
    return None


def test_every_number_that_a_test_names_is_on_the_page() -> None:
    assert numbers() - {row.number for row in REQUIREMENTS} == set()


def test_every_row_is_read() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| R")]
    assert len(rows) == len(REQUIREMENTS) > 100


def test_a_row_names_tests_that_carry_its_number() -> None:
    wrong = []
    for row in REQUIREMENTS:
        tests = TEST.findall(row.tests)
        if not row.is_open and ", ".join(f"`{file}::{name}`" for file, name in tests) != row.tests:
            wrong.append(f"R{row.number}: {row.tests}")
        for file, name in tests:
            text = excerpt(file, name)
            if text is None or row.number not in tags(text):
                wrong.append(f"R{row.number}: {file}::{name}")
    assert wrong == []


def test_nothing_is_open_that_a_test_names() -> None:
    assert {row.number for row in REQUIREMENTS if row.is_open} & numbers() == set()


def test_numbers_are_unique_and_in_order() -> None:
    rows = [row.number for row in REQUIREMENTS]
    assert rows == sorted(set(rows))
