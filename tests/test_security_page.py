"""What the page about security names is there."""

import re
from pathlib import Path

from gateway.settings import Settings, variable_name

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
ENTRIES = [f"API{number} " for number in range(1, 11)]


def test_every_test_it_names_is_there() -> None:
    tests = set(re.findall(r"tests/[\w/]+\.py", PAGE))
    assert len(tests) > 20
    assert {each for each in tests if not (ROOT / each).is_file()} == set()


def test_every_module_it_names_is_there() -> None:
    modules = set(re.findall(r"`((?:services|resolvers|adapters|transport)/[\w/]+\.py)`", PAGE))
    assert modules
    assert {each for each in modules if not (ROOT / "gateway" / each).is_file()} == set()


def test_every_setting_it_names_is_one() -> None:
    setting_variables = {variable_name(each) for each in Settings.model_fields}
    assert set(re.findall(r"GATEWAY_[A-Z_]+", PAGE)) - setting_variables == set()


def test_the_whole_list_is_answered() -> None:
    """OWASP API Security Top 10, 2023: ten entries, each with a test."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| API")]
    assert [row[2 : 2 + len(entry)] for row, entry in zip(rows, ENTRIES, strict=True)] == ENTRIES
    assert all("`tests/" in row.rsplit("|", 2)[1] for row in rows)
