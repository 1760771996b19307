"""A worker as a process of its own, on the shop in the folder it is given."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import cpu_of, resident_of
from benchmarks.shop import read_shop, settings
from gateway import logs, serving

SETTLED = 3.0
WATCHED = 5.0
"""Seconds."""


@contextmanager
def working(folder: Path) -> Iterator[int]:
    """The id of the process, while the block lasts."""
    command = [sys.executable, "-m", "benchmarks.gifts.worker", str(folder)]
    with (folder / "log").open("ab") as log:
        child = subprocess.Popen(command, stderr=log)  # noqa: S603 - this program's interpreter
    try:
        yield child.pid
    finally:
        child.terminate()
        child.wait(15)


def idling(folder: Path) -> tuple[float, float]:
    """MiB of a worker that has nothing to do, and how much of a core it takes, in percent."""
    with working(folder) as pid:
        time.sleep(SETTLED)
        before = cpu_of(pid)
        time.sleep(WATCHED)
        return resident_of(pid), 100 * (cpu_of(pid) - before) / WATCHED


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    logs.configure(production=True)
    asyncio.run(serving.work(settings(folder, database_url=read_shop(folder).database_url)))
