"""The gateway as a process of its own."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

START_TIMEOUT_SECONDS = 110.0
"""Seconds: a start on a busy machine."""


FIRST_PORT = 15_000
LAST_PORT = 32_000
"""Below those that the system gives to whoever connects: none of these takes the port meanwhile."""


def free_port() -> int:
    """A port to listen on, which a gateway may leave and take again."""
    while True:
        port = FIRST_PORT + secrets.randbelow(LAST_PORT - FIRST_PORT)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def process_environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a gateway that keeps its data in ``folder``, by these settings alone."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")
    }
    return {**inherited, "GATEWAY_DATA_DIR": str(folder / "data"), **settings}


@contextmanager
def gateway_command(*command: str, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the gateway; its error stream goes to ``log``, beside the data folder."""
    command_line = [sys.executable, "-m", "gateway", *command]
    log = Path(settings["GATEWAY_DATA_DIR"]).with_name("log").open("wb")
    with log, subprocess.Popen(command_line, env=settings, stderr=log) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def wait_until_ready(url: str, log: Path | None = None) -> None:
    """Wait for a gateway; where it does not start, its ``log`` says why."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not is_ready(url):
        assert time.monotonic() < deadline, log.read_text() if log else "it did not become ready"
        time.sleep(0.1)
