"""R108: the image, as far as it can be built without a container engine: see ``containerfiles``."""

import signal
import subprocess
from pathlib import Path

import httpx

from tests.deploying.conftest import DEPLOY, ROOT
from tests.deploying.containerfiles import (
    OWNER_OPTIONS,
    Stage,
    health_check,
    instructions,
    json_words,
)
from tests.running import START_TIMEOUT_SECONDS, free_port, wait_until_ready

TEXT = (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def ask(image: Stage, command: list[str], **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = image.environment() | variables
    return subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603


def test_every_instruction_is_one_that_the_tests_know() -> None:
    assert [name for name, _ in instructions(TEXT)] == [
        "FROM", "COPY", "RUN", "RUN", "RUN", "RUN",
        "FROM", "COPY", "RUN", "ENV",
        "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD",
    ]  # fmt: skip


def test_nothing_of_it_needs_a_root_user_or_a_registry_by_name() -> None:
    last = dict(instructions(TEXT))
    assert last["USER"] == "10001:10001"
    assert OWNER_OPTIONS in last["RUN"]
    assert last["VOLUME"] == "/var/lib/gateway"
    bases = {arguments.split()[0] for name, arguments in instructions(TEXT) if name == "FROM"}
    assert bases == {"python:3.11-slim-bookworm"}


def test_every_download_is_checked_and_nothing_is_built() -> None:  # R105
    calls = [
        arguments
        for name, arguments in instructions(TEXT)
        if name == "RUN" and arguments.startswith("pip ")
    ]
    assert all("--no-deps" in call for call in calls)
    fetching = [call for call in calls if "--no-index" not in call]
    assert len(fetching) == 1
    assert {"--require-hashes", "--only-binary=:all:"} <= set(fetching[0].split())


def test_it_holds_the_lock_and_the_gateway_alone(image: Stage) -> None:
    """No pip and no tool of development: what runs, runs on the lock."""
    names = (
        "from importlib.metadata import distributions, requires; from pathlib import Path;"
        "print(*sorted({each.name.lower().replace('_', '-') for each in distributions()}))"
    )
    python = str(image.root / "opt/gateway/bin/python")
    present = set(ask(image, [python, "-c", names]).stdout.decode().split())
    locked = {
        line.partition("==")[0].partition("[")[0]
        for line in (ROOT / "requirements/runtime.txt").read_text().splitlines()
        if "==" in line
    }
    assert "gateway" in present
    assert present - {"gateway"} - locked == set()


def test_it_is_compiled_to_bytecode(image: Stage) -> None:
    (package,) = (image.root / "opt/gateway").glob("lib/python*/site-packages/gateway")
    sources = {path.stem for path in package.glob("*.py")}
    assert {path.name.split(".")[0] for path in package.glob("__pycache__/*.pyc")} == sources


def test_its_command_serves_and_its_health_check_agrees(image: Stage, tmp_path: Path) -> None:
    port = str(free_port())
    own = {"GATEWAY_DATA_DIR": str(tmp_path / "data"), "GATEWAY_PORT": port}
    assert ask(image, health_check(image), **own).returncode == 1
    environment = image.environment() | own
    assert environment["GATEWAY_HOST"] == "0.0.0.0"  # noqa: S104 - an image listens on all
    command = json_words(image.settings["CMD"])
    # By what PATH leads to, as an engine looks it up.
    where = next(
        program
        for folder in environment["PATH"].split(":")
        if (program := Path(folder) / command[0]).exists()
    )
    assert where == image.root / "opt/gateway/bin/gateway"
    with subprocess.Popen([where, *command[1:]], env=environment, cwd=tmp_path) as process:  # noqa: S603
        try:
            wait_until_ready(f"http://127.0.0.1:{port}")
            assert ask(image, health_check(image), **own).returncode == 0
            page = httpx.get(f"http://127.0.0.1:{port}/gift")
            assert (page.status_code, page.headers["content-type"]) == (
                200,
                "text/html; charset=utf-8",
            )
            stop = signal.Signals[image.settings["STOPSIGNAL"]]
            process.send_signal(stop)
            # What is running is finished first; the signal is then the reason it ended.
            assert process.wait(START_TIMEOUT_SECONDS) == 0
        finally:
            process.kill()


def test_nobody_else_reads_its_data(image: Stage) -> None:
    assert (image.root / "var/lib/gateway").stat().st_mode & 0o777 == 0o700
