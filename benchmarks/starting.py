"""What a start costs."""

import statistics
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import running_servers

START_COUNT = 3


@dataclass(frozen=True, slots=True)
class Start:
    """CPU in seconds until the first answer, and MiB then."""

    cpu: float
    resident: float


def measure_start(variant: str, folder: Path) -> Start:
    """The median of some starts on a database that is there."""
    starts = []
    for _ in range(START_COUNT):
        with running_servers(variant, folder) as servers:
            starts.append(Start(servers.cpu(), servers.resident()))
    return Start(
        statistics.median(each.cpu for each in starts),
        statistics.median(each.resident for each in starts),
    )
