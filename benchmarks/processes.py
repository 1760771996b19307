"""Processes that serve, and what they use as the kernel counts it."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shop import Shop

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
QUIET_SECONDS = 0.4
QUIET_SHARE = 0.08
"""Of a core, by one process: what looks for work now and then takes a quarter of it."""
MAX_IDLE_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Servers:
    """The processes that serve one variant at one port."""

    variant: str
    shop: Shop
    port: int
    count: int
    pids: tuple[int, ...]
    host: str

    def cpu(self) -> float:
        """Seconds of CPU of all processes with all their threads, in ticks of 10 ms."""
        return _cpu_of_all(self.pids)

    def fine_cpu(self) -> float:
        """The same to a microsecond, of threads that live: for moments in which little is done."""
        return sum(fine_cpu_of(pid) for pid in self.pids)

    def resident(self) -> float:
        """MiB of the largest process."""
        return max(resident_of(pid) for pid in self.pids)

    def wait_until_idle(self) -> None:
        """Wait until they have done what was left to do: letters are sent after the answer."""
        wait_until_idle(self.pids)


def wait_until_idle(pids: Sequence[int]) -> None:
    """Wait until processes do no more than look for work.

    Those that never come to rest are waited for no longer than a bounded time.
    """
    deadline, before = time.monotonic() + MAX_IDLE_WAIT_SECONDS, _cpu_of_all(pids)
    while time.monotonic() < deadline:
        time.sleep(QUIET_SECONDS)
        now = _cpu_of_all(pids)
        if now - before <= len(pids) * QUIET_SHARE * QUIET_SECONDS:
            return
        before = now


def _cpu_of_all(pids: Sequence[int]) -> float:
    return sum(cpu_of(pid) for pid in pids)


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process."""
    fields = _fields_of(Path(f"/proc/{pid}/stat"))
    return (int(fields[11]) + int(fields[12])) / TICK


def fine_cpu_of(pid: int) -> float:
    """Seconds of CPU of a process's living threads."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(_text_of(each).split()[0]) for each in threads) / 1e9


def resident_of(pid: int) -> float:
    """MiB of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20


def children_of(pid: int) -> tuple[int, ...]:
    """The processes that a process has started."""
    return tuple(
        int(stat.parent.name)
        for stat in Path("/proc").glob("[0-9]*/stat")
        if (fields := _fields_of(stat)) and int(fields[1]) == pid
    )


def _fields_of(stat: Path) -> list[str]:
    """What the kernel says of a process after its name, which may hold anything; or nothing."""
    return _text_of(stat, "").rpartition(")")[2].split()


def _text_of(file: Path, absent: str = "0") -> str:
    """What the kernel says of something that may have ended meanwhile."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return absent
