"""Importing collections by the commands, as the page about collections shows it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.collection_files import (
    MAX_COLLECTIONS,
    MAX_PICKED_PRODUCTS,
)
from gateway.cli import app
from gateway.engine.catalogue.collections import (
    MAX_CONDITIONS,
    MAX_RULE_COLLECTIONS,
    ConditionRelation,
)

Run: TypeAlias = Callable[..., Result]
PAGE = (Path(__file__).parents[2] / "docs" / "collections.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page_text(kind: str) -> str:
    """What the page shows of a kind."""
    [text] = [text for name, text in FENCE.findall(PAGE) if name == kind]
    return str(text)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a seeded data folder of the test's own, beside the page's file."""
    import os

    for name in os.environ:
        if name.startswith("GATEWAY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    Path("collections.yaml").write_text(page_text("yaml"), encoding="utf-8")

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    assert run_command("seed").exit_code == 0
    return run_command


def join_words(output: str) -> str:
    return " ".join(output.split())


def test_the_page_s_file_is_imported_by_the_page_s_commands(run: Run) -> None:
    dry, real = (run(*line.split()[1:]) for line in page_text("bash").splitlines())
    assert (dry.exit_code, real.exit_code) == (0, 0)
    summary = "Collections added: 3. Collections changed: 0. Collections unchanged: 0."
    assert summary in join_words(dry.stdout)
    assert dry.stdout.endswith("Nothing was changed: this was a dry run.\n")
    assert "kitchen │ added │ 0 │ 2" in join_words(real.stdout)
    assert "dry run" not in real.stdout
    again = run("import-collections", "collections.yaml")
    assert again.stdout == (
        "Collections added: 0. Collections changed: 0. Collections unchanged: 3."
        " Collections removed: 0.\n"
    )


def test_a_complete_file_removes_the_others(run: Run) -> None:
    run("import-collections", "collections.yaml")
    Path("fewer.yaml").write_text("collections: [{handle: news, title: News}]")
    answer = run("import-collections", "fewer.yaml", "--complete")
    assert answer.exit_code == 0
    assert "kitchen │ removed │ 2 │ 0" in join_words(answer.stdout)


def test_every_fault_is_named_and_nothing_imported(run: Run) -> None:
    wrong = page_text("yaml").replace("stoneware-mug", "muug")
    Path("wrong.yaml").write_text(wrong)
    refused = run("import-collections", "wrong.yaml")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == (
        "wrong.yaml: collections[1].products[2]: no product has the handle muug\n"
        "wrong.yaml was not imported\n"
    )
    entries = ", ".join(f"{{handle: a{number}}}" for number in range(102))
    Path("many.yaml").write_text(f"collections: [{entries}]")
    refused = run("import-collections", "many.yaml")
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[0] == "many.yaml: collections[1].title: Field required"
    assert refused.stderr.splitlines()[100:] == [
        "many.yaml: 2 more faults",
        "many.yaml was not imported",
    ]
    assert "Collections added: 3." in run("import-collections", "collections.yaml").stdout


def test_the_schema_is_printed(run: Run) -> None:
    answer = run("collections-schema")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["title"] == "CollectionDocument"


def test_the_page_names_every_relation_and_bound() -> None:
    assert [relation for relation in ConditionRelation if f"`{relation}`" not in PAGE] == []
    for bound in (MAX_COLLECTIONS, MAX_PICKED_PRODUCTS, MAX_CONDITIONS, MAX_RULE_COLLECTIONS):
        assert f"{bound:,} " in join_words(PAGE)
