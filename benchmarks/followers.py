"""The table of many followers, over each transport."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.crowd import Followed, Told, held
from benchmarks.reporting import markdown
from benchmarks.subscribers import OverSse, OverWebSocket

TOLD = ("p50 ms", "p99 ms", "CPU us a subscriber")


def followers(folder: Path, counts: Iterable[int], followed: Followed) -> str:
    """The table."""
    rows = [
        held(folder, kind, count, followed) for count in counts for kind in (OverWebSocket, OverSse)
    ]
    return markdown(
        (
            "transport",
            "open",
            "KiB each",
            "to open all, s",
            "CPU us to open one",
            "idle, % of a core",
            *(f"{which} {what}" for which in ("event", "last") for what in TOLD),
        ),
        [
            (
                row.transport,
                f"{row.count:,}",
                f"{row.kib:.1f}",
                f"{row.seconds:.1f}",
                f"{row.opening:.0f}",
                f"{row.idle:.1f}",
                *_written(row.event),
                *_written(row.last),
            )
            for row in rows
        ],
    )


def _written(told: Told) -> tuple[str, ...]:
    return f"{told.median:.0f}", f"{told.slowest:.0f}", f"{told.cpu:.0f}"
