"""The command for pictures, as its page names it, and a demonstration that is completed."""

import asyncio
import os
import re
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.adapters.picture_files import PictureFiles
from gateway.cli import app
from tests.picture_samples import GIF, PNG

PAGE = (Path(__file__).parents[2] / "docs" / "pictures.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
YEAR_2000 = 946_684_800


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path))
    return tmp_path


def execute_sql(data: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(data / "gateway.db") as connection:
        connection.execute(statement, values)
    connection.close()


def test_pictures_that_nothing_shows_are_deleted(data: Path) -> None:
    run("seed")
    store = PictureFiles(data / "media")
    shown, unused = (asyncio.run(store.save(content)) for content in (PNG, GIF))
    images = f'[["{shown.url}",null,6,4]]'
    execute_sql(data, "UPDATE products SET images = ? WHERE handle = 'red-wine'", images)
    command = ["clean-pictures"]
    assert [f"gateway {' '.join(command)}"] == COMMANDS
    assert run(*command) == "Pictures deleted: 0.\n"
    for picture in (shown, unused):
        os.utime(data / "media" / picture.name, (YEAR_2000, YEAR_2000))
    assert run(*command) == "Pictures deleted: 1.\n"
    assert [path.name for path in (data / "media").iterdir()] == [shown.name]


def test_a_demonstration_of_an_earlier_release_is_completed(data: Path) -> None:
    run("seed")
    execute_sql(
        data, "UPDATE products SET vendor = 'Gateway Demonstration' WHERE handle = 'red-wine'"
    )
    assert run("seed") == "Products of the demonstration shop completed: 1.\n"
    assert run("seed") == "There are products already: nothing was seeded.\n"
