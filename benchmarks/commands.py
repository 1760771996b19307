"""What is measured, started as users start it.

Ours is the command `gateway serve` with its defaults. What differs between two runs is set by its
environment: the data folder, the port, a database elsewhere, and what a case names besides.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import Servers, children_of
from benchmarks.shop import read_shop

FLOOR, STOCK, OURS, POSTGRES = "floor", "stock", "ours", "postgres"
BENCHMARK_VARIANTS = (FLOOR, STOCK)
PREFIX = "GATEWAY_"
LOOPBACK, LOOPBACK_6 = "127.0.0.1", "::1"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HEALTHY = b"HTTP/1.1 200"
MAX_START_SECONDS = 60.0
MAX_STOP_SECONDS = 15.0
MAX_PORTS_TRIED = 3
POLL_SECONDS = 0.05
NO_SETTINGS: Mapping[str, str] = {}


class NotStarted(Exception):
    """A server ended, or did not answer in time: its folder's log says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """How one is started: which variant, in how many processes, at which address."""

    variant: str
    processes: int = 1
    host: str = LOOPBACK
    settings: Mapping[str, str] = field(default_factory=dict)
    """What the case needs besides, by the names of the environment."""

    @property
    def command(self) -> list[str]:
        """What is run."""
        if self.variant in BENCHMARK_VARIANTS:
            return [sys.executable, "-m", "benchmarks.servers", self.variant]
        together = ["--processes", str(self.processes)] if self.processes > 1 else []
        return [gateway_command(), "serve", *together]


def gateway_command() -> str:
    """The command line of the installation that this interpreter belongs to."""
    return str(Path(sys.executable).with_name("gateway"))


UNJOINED = {f"{PREFIX}GROUP_LINES": "1"}
"""Each purchase is an order of its own: one buyer clicks here as often as a town does."""


def environment(folder: Path, settings: Mapping[str, str] = NO_SETTINGS) -> dict[str, str]:
    """This process's environment, but of the gateway's variables only those for the shop."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    url = read_shop(folder).database_url
    database = {f"{PREFIX}DATABASE_URL": url} if url else {}
    own = {f"{PREFIX}DATA_DIR": str(folder), **database, **UNJOINED}
    return {**plain, **own, **settings}


@contextmanager
def running_servers(
    variant: str, folder: Path, count: int = 1, settings: Mapping[str, str] = NO_SETTINGS
) -> Iterator[Servers]:
    """``count`` processes of ``variant`` on a copy of the shop in ``folder``."""
    server = Server(variant, count, settings=settings)
    with copy_shop(folder, f"{variant}-{count}") as own, start_server(server, own) as servers:
        yield servers


@contextmanager
def copy_shop(folder: Path, name: str) -> Iterator[Path]:
    """A copy of the shop in ``folder``; one in Postgres is the same in its copy."""
    own = folder.with_name(f"{folder.name}-{name}")
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(folder, own)
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


@contextmanager
def start_server(server: Server, folder: Path) -> Iterator[Servers]:
    """``server`` on the shop in ``folder`` itself, ready to answer.

    Raises:
        NotStarted: it ended, or did not answer in time.

    """
    process, port = _start(server, folder)
    pids = (process.pid, *children_of(process.pid))
    try:
        servers = Servers(
            server.variant, read_shop(folder), port, server.processes, pids, server.host
        )
        if server.processes > 1:
            # One that answers says nothing of the others: they are ready when they rest.
            servers.wait_until_idle()
        yield servers
    finally:
        _end(process, pids)


def _start(server: Server, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(MAX_PORTS_TRIED):
        port = _free_port(server.host)
        address = {f"{PREFIX}PORT": str(port)}
        if server.host != LOOPBACK:
            address[f"{PREFIX}HOST"] = server.host
        process = _spawn(server.command, folder, {**server.settings, **address})
        with _end_on_failure(process):
            if _answers(process, server.host, port):
                return process, port
        _end(process, (process.pid,))
    raise NotStarted(f"{server.variant}: {(folder / 'log').read_text()[-2000:]}")


@contextmanager
def _end_on_failure(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the process where waiting for it is interrupted."""
    try:
        yield
    except BaseException:
        _end(process, (process.pid,))
        raise


def _spawn(
    command: Sequence[str], folder: Path, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - this program's own installation
            command, env=environment(folder, settings), stdout=log, stderr=log
        )


def _free_port(host: str) -> int:
    """A port that was free a moment ago."""
    with socket.socket(_family(host)) as listening:
        listening.bind((host, 0))
        return int(listening.getsockname()[1])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _answers(process: subprocess.Popen[bytes], host: str, port: int) -> bool:
    """Whether the server says that it is well, before it ends or time is up."""
    deadline = time.monotonic() + MAX_START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _is_healthy(host, port):
            return True
        time.sleep(POLL_SECONDS)
    return False


def _is_healthy(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=MAX_START_SECONDS) as connection:
            connection.sendall(HEALTH)
            return connection.recv(len(HEALTHY), socket.MSG_WAITALL) == HEALTHY
    except OSError:
        return False


@contextmanager
def start_worker(folder: Path) -> Iterator[int]:
    """The id of the process `gateway work` on the shop in ``folder``, while the block lasts."""
    process = _spawn([gateway_command(), "work"], folder, NO_SETTINGS)
    try:
        yield process.pid
    finally:
        _end(process, (process.pid,))


def _end(process: subprocess.Popen[bytes], pids: Sequence[int]) -> None:
    """End a process that may have ended, and with it its children ``pids``."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(MAX_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        process.wait()
