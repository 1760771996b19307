"""The gateway as a process of its own: with the settings of a test, on a port that was free."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.first_start import copy_first_start
from tests.running import (
    START_TIMEOUT_SECONDS,
    free_port,
    process_environment,
    wait_until_ready,
)

PRODUCTION: Mapping[str, str] = {
    "GATEWAY_PRODUCTION": "1",
    "GATEWAY_SECRET_KEY": "s" * 32,
    "GATEWAY_PUBLIC_URL": "https://shop.example",
    "GATEWAY_SMTP_URL": "smtp://127.0.0.1:9",
    "GATEWAY_PAYMENTS": "sim",
}
"""What production cannot do without."""

SETTINGS_OF_FIRST_STARTS = frozenset({"GATEWAY_DATABASE_URL", "GATEWAY_PAYMENTS"})
"""What decides what a first start leaves, and where."""

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
    environment = process_environment(folder, **settings, GATEWAY_PORT=str(port))
    log_file = folder / "log"
    running = RunningGateway(f"http://127.0.0.1:{port}", folder / "data", log_file, environment)
    if "GATEWAY_PRODUCTION" in settings:
        _run_forked("migrate", environment=environment)
    elif settings.keys().isdisjoint(SETTINGS_OF_FIRST_STARTS) and not running.data.exists():
        copy_first_start(running.data)
    process = _STARTER.Process(
        target=_run_here, args=(("serve",), environment, log_file, log_file), daemon=True
    )
    process.start()
    try:
        wait_until_ready(running.url, log_file)
        yield running
    finally:
        process.kill()
        process.join()


def _run_here(
    arguments: Sequence[str], environment: Mapping[str, str], output: Path, errors: Path
) -> None:
    """Become a command of the gateway, which prints to these files."""
    os.environ.clear()
    os.environ.update(environment)
    for stream, path in ((sys.stdout, output), (sys.stderr, errors)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream.fileno())
    sys.argv = ["gateway", *arguments]
    from gateway import cli

    cli.main()


def startup_error(folder: Path, **settings: str) -> str:
    """What a gateway says that refuses to start."""
    finished = subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        env=process_environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_SECONDS,
        check=False,
    )
    assert finished.returncode == 2
    return finished.stderr


def command_output(running: RunningGateway, *command: str) -> str:
    """What a command prints that runs beside the gateway."""
    return _run_forked(*command, environment=running.environment)


def _run_forked(*arguments: str, environment: Mapping[str, str]) -> str:
    """What a command prints, run in a process that has imported the gateway already."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        process = _STARTER.Process(target=_run_here, args=(arguments, environment, output, errors))
        process.start()
        process.join(START_TIMEOUT_SECONDS)
        assert process.exitcode == 0, errors.read_text()
        return output.read_text().strip()
