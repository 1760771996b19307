"""What a start costs."""

import statistics
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import running

STARTS = 3


@dataclass(frozen=True, slots=True)
class Start:
    """CPU in seconds until the first answer, and MiB then."""

    cpu: float
    resident: float


def started(variant: str, folder: Path) -> Start:
    """The median of some starts on a database that is there."""
    found = []
    for _ in range(STARTS):
        with running(variant, folder) as servers:
            found.append(Start(servers.cpu(), servers.resident()))
    return Start(
        statistics.median(each.cpu for each in found),
        statistics.median(each.resident for each in found),
    )
