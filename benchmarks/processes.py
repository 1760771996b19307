"""Servers as processes on the loopback, and what they use, as the kernel counts it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shop import Shop, read_shop

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Servers:
    """The processes that serve one variant, at one port or each at its own."""

    variant: str
    shop: Shop
    ports: tuple[int, ...]
    pids: tuple[int, ...]

    @property
    def port(self) -> int:
        """The port of them all, or of the first."""
        return self.ports[0]

    def cpu(self) -> float:
        """Seconds of CPU of all processes with all their threads, in ticks of 10 ms."""
        return sum(cpu_of(pid) for pid in self.pids)

    def resident(self) -> float:
        """MiB of the largest process."""
        return max(resident_of(pid) for pid in self.pids)


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_of(pid: int) -> float:
    """MiB of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20


@contextmanager
def running(
    variant: str, folder: Path, count: int = 1, *, apart: bool = False
) -> Iterator[Servers]:
    """``count`` processes of ``variant`` on a copy of the shop in ``folder``.

    They share one port, where the kernel spreads connections, or each has its own (``apart``).
    """
    own = folder.with_name(f"{folder.name}-{variant}-{count}")
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(folder, own)
    listening = _listening(count, apart=apart)
    ports = tuple(dict.fromkeys(int(each.getsockname()[1]) for each in listening))
    children = [_started(variant, own, each) for each in listening]
    for each in listening:
        each.close()
    try:
        for port in ports:
            _await_port(port, children)
        yield Servers(variant, read_shop(own), ports, tuple(child.pid for child in children))
    finally:
        for child in children:
            child.send_signal(signal.SIGTERM)
        for child in children:
            _ended(child)
        shutil.rmtree(own, ignore_errors=True)


def _listening(count: int, *, apart: bool) -> list[socket.socket]:
    found: list[socket.socket] = []
    for _ in range(count):
        each = socket.socket()
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        each.bind(("127.0.0.1", found[0].getsockname()[1] if found and not apart else 0))
        each.listen(16_384)
        found.append(each)
    return found


def _started(variant: str, folder: Path, listening: socket.socket) -> subprocess.Popen[bytes]:
    descriptor = listening.fileno()
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - this program's own interpreter
            [sys.executable, "-m", "benchmarks.servers", variant, str(folder), str(descriptor)],
            pass_fds=[descriptor],
            stderr=log,
        )


def _await_port(port: int, children: list[subprocess.Popen[bytes]]) -> None:
    """Wait until each process answers: a connection waits in the queue of one that does not."""
    deadline = time.monotonic() + PATIENCE
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    for _ in range(4 * len(children)):
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            connection.recv(1)
        if time.monotonic() > deadline or any(child.poll() is not None for child in children):
            raise RuntimeError("a server did not start: see the log in its folder")


def _ended(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(15)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
