"""The gateway as a process of its own: with the settings of a test, on a port that was free."""

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

PATIENCE = 110.0
"""Seconds: a start on a busy machine."""

PRODUCTION: Mapping[str, str] = {
    "GATEWAY_PRODUCTION": "1",
    "GATEWAY_SECRET_KEY": "s" * 32,
    "GATEWAY_PUBLIC_URL": "https://shop.example",
    "GATEWAY_SMTP_URL": "smtp://127.0.0.1:9",
    "GATEWAY_PAYMENTS": "sim",
}
"""What production cannot do without."""


@dataclass(frozen=True)
class Served:
    """A running gateway: where it answers, what it keeps, and what it has logged."""

    url: str
    data: Path
    log: Path
    environment: Mapping[str, str]

    @property
    def graphql(self) -> str:
        return f"{self.url}/graphql"


@contextmanager
def gateway(folder: Path, **settings: str) -> Iterator[Served]:
    """A gateway that keeps its data in ``folder``, while the block lasts."""
    port = free_port()
    environment = {**_environment(folder, settings), "GATEWAY_PORT": str(port)}
    log_file = folder / "log"
    served = Served(f"http://127.0.0.1:{port}", folder / "data", log_file, environment)
    with log_file.open("wb") as log:
        if "GATEWAY_PRODUCTION" in settings:
            _command("migrate", environment=environment)
        command = [sys.executable, "-m", "gateway", "serve"]
        with subprocess.Popen(  # noqa: S603
            command, env=environment, stdout=log, stderr=log
        ) as process:
            try:
                _until_ready(served)
                yield served
            finally:
                process.kill()


def refusal(folder: Path, **settings: str) -> str:
    """What a gateway says that refuses to start."""
    ended = _command("serve", environment=_environment(folder, settings))
    assert ended.returncode == 2
    return ended.stderr


def printed(served: Served, *command: str) -> str:
    """What a command prints that runs beside the gateway."""
    ended = _command(*command, environment=served.environment)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def _environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    names = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return {**names, "GATEWAY_DATA_DIR": str(folder / "data"), **settings}


def _command(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(  # noqa: S603 - our own command line
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def _until_ready(served: Served) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _ready(served):
        assert time.monotonic() < deadline, served.log.read_text()
        time.sleep(0.1)


def _ready(served: Served) -> bool:
    try:
        return httpx.get(f"{served.url}/readyz").status_code == 200
    except httpx.TransportError:
        return False
