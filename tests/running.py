"""The gateway as a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

PATIENCE = 60.0
"""Seconds: a start on a busy machine."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def environment(folder: Path, **settings: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return {**plain, "GATEWAY_DATA_DIR": str(folder / "data"), **settings}


@contextmanager
def running(*command: str, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the gateway; its error stream goes to ``log``, beside the data folder."""
    asked = [sys.executable, "-m", "gateway", *command]
    log = Path(settings["GATEWAY_DATA_DIR"]).with_name("log").open("wb")
    with log, subprocess.Popen(asked, env=settings, stderr=log) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def until_ready(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready(url):
        assert time.monotonic() < deadline, "it did not become ready"
        time.sleep(0.1)
