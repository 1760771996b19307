"""Every test belongs to one suite, and both suites are run before a change lands."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.conftest import pytest_collection_modifyitems
from tests.suites import (
    REPEATED_ON_POSTGRES,
    SUITES,
    Suite,
    SuiteMissing,
    suite_of_file,
    suite_of_test,
)

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
TEST_FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/test_*.py"))


def recipe(target: str) -> str:
    """The command of a target."""
    [command] = re.findall(rf"^{target}:.*\n\t(.*)$", MAKEFILE, re.MULTILINE)
    return str(command)


def test_every_test_file_belongs_to_a_suite() -> None:
    assert len(TEST_FILES) > 300
    assert {suite_of_file(file) for file in TEST_FILES} == set(Suite)


def test_a_file_that_nobody_placed_is_refused() -> None:
    with pytest.raises(SuiteMissing, match=r"tests/new/test_new\.py"):
        suite_of_file("tests/new/test_new.py")


def test_the_longest_path_decides() -> None:
    assert suite_of_file("tests/api/test_places.py") is Suite.SHORT
    assert suite_of_file("tests/api/test_hosts.py") is Suite.LONG
    assert suite_of_file("tests/services/checkout/test_pricing.py") is Suite.SHORT


def test_every_place_is_there_and_says_something() -> None:
    """A place that has gone, or says what the folder around it says, is taken off the list."""
    places = [*SUITES, *REPEATED_ON_POSTGRES]
    assert [place for place in places if not (ROOT / place).exists()] == []
    for place, suite in SUITES.items():
        parent = Path(place).parent.as_posix()
        assert parent == "tests" or suite_of_file(parent) is not suite, place


@pytest.mark.parametrize(
    "file",
    [
        "tests/adapters/stripe_payments/test_captures.py",
        "tests/adapters/test_product_lists.py",
        "tests/api/test_places.py",
        "tests/services/test_places.py",
        "tests/web_app/test_media.py",
    ],
)
def test_what_is_slow_on_postgres_is_repeated_there_in_the_long_suite(file: str) -> None:
    assert suite_of_test(file, ["sqlite", 1]) is Suite.SHORT
    assert suite_of_test(file, ["postgres", 1]) is Suite.LONG


def test_other_adapters_are_tested_on_both_in_the_short_suite() -> None:
    assert suite_of_test("tests/adapters/test_catalogue.py", ["postgres"]) is Suite.SHORT


def marks_of(file: str, *parameters: object) -> list[str]:
    """The marks that a test of the file gets when it is collected."""
    marks: list[pytest.MarkDecorator] = []
    callspec = SimpleNamespace(params=dict(enumerate(parameters)))
    item = SimpleNamespace(path=ROOT / file, callspec=callspec, add_marker=marks.append)
    pytest_collection_modifyitems(cast("list[pytest.Item]", [item]))
    return [mark.name for mark in marks]


def test_a_test_is_marked_when_it_is_collected() -> None:
    assert marks_of("tests/web/test_pay_page.py") == ["long"]
    assert marks_of("tests/api/test_places.py", "postgres") == ["long"]
    assert marks_of("tests/api/test_places.py", "sqlite") == []


def test_the_two_targets_run_all_tests_between_them() -> None:
    assert recipe("test") == '$(PYTEST) $(or $(ONLY),-m "not long")'
    assert recipe("test-long") == "$(PYTEST) -m long"
    assert recipe("test-all") == "$(PYTEST) $(ONLY)"
    [command] = re.findall(r"^PYTEST = (.*)$", MAKEFILE, re.MULTILINE)
    assert command.endswith(" -m pytest -n 2 --dist worksteal")


def test_before_a_change_lands_both_suites_are_run() -> None:
    [prerequisites] = re.findall(r"^check: ([a-z -]+) ##", MAKEFILE, re.MULTILINE)
    assert prerequisites.split()[-2:] == ["test", "test-long"]
    assert re.findall(r'^step "make check" (.*)$', CI, re.MULTILINE) == [
        'make -C "$scratch/newcomer" check'
    ]


def test_the_newest_python_runs_the_short_suite_and_starts_programs() -> None:
    assert re.findall(r'\bmake test[a-z-]* PYTHON="\$1"(.*)$', CI, re.MULTILINE) == [
        " &&",
        ' ONLY="tests/cli tests/packaging tests/test_outages.py"',
    ]
