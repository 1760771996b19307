"""R111: the page about imports lists every column, and each of its commands runs twice."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.engine.catalogue.product_columns import (
    COLUMN_ALIASES,
    COLUMNS,
    UNKNOWN_COLUMN_REASON,
    UNUSED_COLUMN_REASONS,
    explain_unused_column,
    find_column,
)

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "importing-products.md").read_text(encoding="utf-8")
KEPT, _, NOT_KEPT = PAGE.partition("## Columns")[2].partition("### Not kept")
COMMANDS = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def names_in(rows: str, cell: int) -> set[str]:
    """The names in one cell of each row; ``Option1 X … Option3 X`` stands for three."""
    names: set[str] = set()
    for row in re.findall(r"^\| `.*\|$", rows, re.MULTILINE):
        listed = re.findall(r"`([^`]+)`", row.split("|")[cell])
        if "…" in row.split("|")[cell] and listed[0].startswith("Option1"):
            listed = [listed[0].replace("1", str(number)) for number in (1, 2, 3)]
        names.update(listed)
    return names


def test_every_column_stands_in_the_table() -> None:
    assert names_in(KEPT, 1) == set(COLUMNS)
    assert {name.casefold() for name in names_in(KEPT, 2)} == set(COLUMN_ALIASES)
    for name in names_in(KEPT, 1) | names_in(KEPT, 2):
        assert find_column(name) in COLUMNS


def test_columns_that_are_not_kept_are_explained() -> None:
    for name in names_in(NOT_KEPT.partition("### Bundles")[0], 1) | set(UNUSED_COLUMN_REASONS):
        example = name.replace("…", "International")
        assert find_column(example) == ""
        assert explain_unused_column(example) != UNKNOWN_COLUMN_REASON
    for name in ("Fabric (product.metafields.custom.fabric)", "Metafield: custom.x"):
        assert explain_unused_column(name) == "metafields are not kept"
    assert explain_unused_column("Colour") == UNKNOWN_COLUMN_REASON


def test_its_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert COMMANDS is not None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "pictures").mkdir()
    for file in (ROOT / "tests" / "data" / "products").iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "prices.csv").write_text(
        "Handle,Title,Price,Inventory quantity\ncafe,Café,3,7\n", encoding="windows-1252"
    )
    for command in COMMANDS[1].splitlines() * 2:
        program, *arguments = shlex.split(command)
        answer = CliRunner().invoke(app, arguments)
        assert (program, answer.exit_code) == ("gateway", 0), answer.output
