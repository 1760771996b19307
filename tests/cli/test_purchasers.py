"""``gateway purchasers``: whom the shop exempts from tax, or one line that says why not."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from typer.testing import CliRunner, Result

from gateway.bootstrap import bootstrap
from gateway.cli import app
from gateway.services.identity.registration import find_purchaser_id
from gateway.services.identity.tax_exemptions import find_tax_exemption
from gateway.settings import Settings

Run: TypeAlias = Callable[..., Result]
EMAIL = "ada@example.com"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``gateway`` in a data folder of the test's own."""
    for name in os.environ:
        if name.startswith("GATEWAY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return run_command


async def exemption(folder: Path) -> str | None:
    async with bootstrap(Settings(data_dir=folder)) as gateway, gateway.database.read() as reading:
        cipher = gateway.dependencies.cipher
        purchaser_id = await find_purchaser_id(EMAIL, reading=reading, cipher=cipher)
        return await find_tax_exemption(purchaser_id or "", reading=reading, cipher=cipher)


def test_a_purchaser_is_marked_and_taxed_again(run: Run, tmp_path: Path) -> None:
    """R134."""
    assert run("token", "--purchaser", EMAIL).exit_code == 0
    marked = run("purchasers", "exempt", EMAIL, "--reason", " a school ")
    assert (marked.exit_code, marked.stdout) == (0, f"{EMAIL} is exempt from tax.\n")
    assert asyncio.run(exemption(tmp_path / "data")) == "a school"
    ended = run("purchasers", "exempt", EMAIL, "--end")
    assert (ended.exit_code, ended.stdout) == (0, f"{EMAIL} is taxed again.\n")
    assert asyncio.run(exemption(tmp_path / "data")) is None


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((EMAIL,), 2, "give either --reason TEXT or --end"),
        ((EMAIL, "--reason", " "), 2, "give either --reason TEXT or --end"),
        ((EMAIL, "--reason", "x", "--end"), 2, "give either --reason TEXT or --end"),
        ((EMAIL, "--reason", "x" * 501), 2, "--reason: at most 500 characters"),
        ((EMAIL, "--reason", "x"), 1, f"no purchaser has the verified e-mail {EMAIL}"),
        (("nobody", "--end"), 1, "no purchaser has the verified e-mail nobody"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    run: Run, arguments: tuple[str, ...], code: int, message: str
) -> None:
    answer = run("purchasers", "exempt", *arguments)
    assert (answer.exit_code, answer.stdout, answer.stderr.strip()) == (code, "", message)
