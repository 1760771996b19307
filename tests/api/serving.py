"""The gateway as a process of its own: with the settings of a test, on a port that was free."""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.running import free_port

START_TIMEOUT_SECONDS = 110.0
"""Seconds: a start on a busy machine."""

PRODUCTION: Mapping[str, str] = {
    "GATEWAY_PRODUCTION": "1",
    "GATEWAY_SECRET_KEY": "s" * 32,
    "GATEWAY_PUBLIC_URL": "https://shop.example",
    "GATEWAY_SMTP_URL": "smtp://127.0.0.1:9",
    "GATEWAY_PAYMENTS": "sim",
}
"""What production cannot do without."""

# It has imported the gateway already, which is most of a start's time; tests of the start itself
# run the command (tests/running.py).
_STARTER = multiprocessing.get_context("forkserver")
_STARTER.set_forkserver_preload(["gateway.cli", "gateway.server", "tests.api.serving"])


@dataclass(frozen=True)
class RunningGateway:
    """A running gateway: where it answers, what it keeps, and what it has logged."""

    url: str
    data: Path
    log: Path
    environment: Mapping[str, str]

    @property
    def graphql(self) -> str:
        return f"{self.url}/graphql"


@contextmanager
def start_gateway(folder: Path, **settings: str) -> Iterator[RunningGateway]:
    """A gateway that keeps its data in ``folder``, while the block lasts."""
    port = free_port()
    environment = {**_environment(folder, settings), "GATEWAY_PORT": str(port)}
    log_file = folder / "log"
    running = RunningGateway(f"http://127.0.0.1:{port}", folder / "data", log_file, environment)
    if "GATEWAY_PRODUCTION" in settings:
        _run_command("migrate", environment=environment)
    process = _STARTER.Process(target=_serve, args=(environment, log_file), daemon=True)
    process.start()
    try:
        _wait_until_ready(running)
        yield running
    finally:
        process.kill()
        process.join()


def _serve(environment: Mapping[str, str], log_file: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log_file.open("wb") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
    sys.argv = ["gateway", "serve"]
    from gateway import cli

    cli.main()


def startup_error(folder: Path, **settings: str) -> str:
    """What a gateway says that refuses to start."""
    finished = _run_command("serve", environment=_environment(folder, settings))
    assert finished.returncode == 2
    return finished.stderr


def command_output(running: RunningGateway, *command: str) -> str:
    """What a command prints that runs beside the gateway."""
    finished = _run_command(*command, environment=running.environment)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def _environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    names = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return {**names, "GATEWAY_DATA_DIR": str(folder / "data"), **settings}


def _run_command(
    *arguments: str, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(  # noqa: S603 - our own command line
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_SECONDS,
        check=False,
    )


def _wait_until_ready(running: RunningGateway) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not _is_ready(running):
        assert time.monotonic() < deadline, running.log.read_text()
        time.sleep(0.1)


def _is_ready(running: RunningGateway) -> bool:
    try:
        return httpx.get(f"{running.url}/readyz").status_code == 200
    except httpx.TransportError:
        return False
