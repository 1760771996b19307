"""``gateway purchasers group``: purchasers in customer groups, or one line that says why not."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app

EMAIL = "ada@example.com"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule file with a group, for a data folder of the test's own."""
    for name in os.environ:
        if name.startswith("GATEWAY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "rules.yaml"
    file.write_text("groups: [wholesale]", encoding="utf-8")
    return file


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout.strip(), result.stderr.strip()


def test_a_purchaser_joins_and_leaves_a_group(rules: Path) -> None:
    assert run("rules-import", str(rules))[0] == 0
    unknown = f"no purchaser has the verified e-mail {EMAIL}"
    assert run("purchasers", "group", EMAIL, "wholesale") == (1, "", unknown)
    assert run("token", "--purchaser", EMAIL)[0] == 0
    assert run("purchasers", "group", EMAIL, "gold") == (
        1,
        "",
        "the rules have no group gold; their groups: wholesale",
    )
    assert run("purchasers", "group", EMAIL, "wholesale") == (0, f"{EMAIL} is in wholesale.", "")
    assert run("purchasers", "group", EMAIL, "wholesale", "--leave") == (
        0,
        f"{EMAIL} is no longer in wholesale.",
        "",
    )
