"""R108: the systemd unit, checked by systemd and started as it says: see ``units``."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.adapters.migrations import head
from tests.demands import skip_or_fail
from tests.deploying.conftest import DEPLOY
from tests.deploying.containerfiles import Stage
from tests.deploying.places import map_folders
from tests.deploying.units import (
    Unit,
    make_state_directory,
    read_unit,
    start_unit,
    stop,
    unit_environment,
)
from tests.running import START_TIMEOUT_SECONDS, free_port, wait_until_ready

TEXT = (DEPLOY / "gateway.service").read_text(encoding="utf-8")
UNIT = read_unit(TEXT)
EXAMPLE = (DEPLOY / "environment.example").read_text(encoding="utf-8")
SECRET = "GATEWAY_SECRET_KEY=" + "made-up-" * 5
MAX_EXPOSURE = 20
"""Tenths, as systemd-analyze counts: 0 is sealed off, 100 is open."""
TICKS = "subscription { ticks(count: 100000, everyMs: 100) }"


@pytest.fixture
def root(image: Stage, tmp_path: Path) -> Path:
    """A machine on which a release is installed and settings are those of the example."""
    (tmp_path / "opt/gateway").mkdir(parents=True)
    (tmp_path / "opt/gateway/current").symlink_to(image.root / "opt/gateway")
    (tmp_path / "etc/gateway").mkdir(parents=True)
    configure(tmp_path, EXAMPLE)
    return tmp_path


@pytest.fixture
def port(root: Path) -> int:
    """The port that it is set to serve on; its settings are accepted."""
    serve_port = free_port()
    configure(
        root, re.sub(r"GATEWAY_SECRET_KEY=.*", SECRET, EXAMPLE), f"GATEWAY_PORT={serve_port}\n"
    )
    return serve_port


def configure(root: Path, *texts: str) -> None:
    (root / "etc/gateway/environment").write_text("".join(texts), encoding="utf-8")


def migrate(root: Path) -> None:
    gateway = root / "opt/gateway/current/bin/gateway"
    make_state_directory(UNIT, root)
    subprocess.run(  # noqa: S603
        [gateway, "migrate"], env=unit_environment(UNIT, root), check=True, capture_output=True
    )


def refusal(unit: Unit, root: Path) -> tuple[int, str]:
    """How it ends that does not begin."""
    with start_unit(unit, root) as process:
        _, complaint = process.communicate(timeout=START_TIMEOUT_SECONDS)
    return process.returncode, complaint.decode()


def analyse(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What systemd says of the unit, whose program is one that is there."""
    if shutil.which("systemd-analyze") is None:
        skip_or_fail("systemd-analyze", "it is not installed")
    unit = folder / "gateway.service"
    unit.write_text(TEXT.replace("/opt/gateway/current/bin/gateway", "/bin/true"))
    command = ["systemd-analyze", "--no-pager", *arguments, str(unit)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def test_systemd_has_nothing_against_it(tmp_path: Path) -> None:
    verdict = analyse("verify", folder=tmp_path)
    assert (verdict.returncode, verdict.stdout + verdict.stderr) == (0, "")


def test_it_is_sealed_off(tmp_path: Path) -> None:
    threshold = f"--threshold={MAX_EXPOSURE}"
    verdict = analyse("security", "--offline=true", threshold, folder=tmp_path)
    assert verdict.returncode == 0, verdict.stdout


def test_it_comes_back_whatever_ended_it() -> None:
    """Not at once, and without ever giving up."""
    assert (UNIT.only_value("Restart"), UNIT.only_value("RestartSec")) == ("always", "5s")
    assert UNIT.only_value("StartLimitIntervalSec", "Unit") == "0"


def test_it_does_not_migrate_by_itself() -> None:
    assert [name for _, name in UNIT.values if name.startswith("ExecStart")] == ["ExecStart"]


def test_its_data_is_where_systemd_makes_room() -> None:
    assert (
        UNIT.only_value("Environment")
        == f"GATEWAY_DATA_DIR=/var/lib/{UNIT.only_value('StateDirectory')}"
    )


def test_the_example_is_refused_as_it_is(root: Path) -> None:
    """Nobody starts with a secret that stands in a public file."""
    code, complaint = refusal(UNIT, root)
    assert (code, complaint.count("\n")) == (2, 1)
    assert complaint.startswith("GATEWAY_SECRET_KEY: Value should have at least 32 items")


def test_it_waits_for_the_migration(root: Path, port: int) -> None:
    assert port
    begin = f"the database is at revision none, this version needs {head()}: "
    assert refusal(UNIT, root) == (2, f"{begin}run `gateway migrate` first\n")


@pytest.fixture
def stream(root: Path, port: int) -> Iterator[tuple[httpx.Response, "subprocess.Popen[bytes]"]]:
    """A started unit and a subscription that is open."""
    with (root / "etc/gateway/environment").open("a") as file:
        file.write("GATEWAY_FAULTS=on\n")
    migrate(root)
    url = f"http://127.0.0.1:{port}"
    with start_unit(UNIT, root) as process:
        wait_until_ready(url)
        with httpx.stream(
            "POST",
            f"{url}/graphql",
            json={"query": TICKS},
            headers={"accept": "text/event-stream"},
        ) as answer:
            yield answer, process


def test_it_serves_and_stops_in_time(
    root: Path, port: int, stream: tuple[httpx.Response, "subprocess.Popen[bytes]"]
) -> None:
    """Even while somebody listens who never leaves."""
    answer, process = stream
    assert "event: next" in answer.iter_lines()
    asked = {"query": "{ products(first: 1) { nodes { title } } }"}
    shop = httpx.post(f"http://127.0.0.1:{port}/graphql", json=asked).json()
    assert shop == {"data": {"products": {"nodes": []}}}
    page = httpx.get(f"http://127.0.0.1:{port}/gift")
    assert (page.status_code, "<!doctype html>" in page.text.lower()) == (200, True)
    # As systemd counts: ended by the signal that was sent is ended well.
    assert stop(UNIT, process) == 0
    data = root / "var/lib/gateway"
    assert {path.name for path in data.iterdir()} >= {"gateway.db"}
    assert {path.stat().st_mode & 0o077 for path in [data, *data.iterdir()]} == {0}


def test_places_are_mapped(root: Path) -> None:
    """No path of the unit leads out of the scratch folder."""
    assert map_folders(root, UNIT.only_value("ExecStart")).startswith(f"{root}{os.sep}")
    assert str(unit_environment(UNIT, root)["GATEWAY_DATA_DIR"]).startswith(f"{root}{os.sep}")
