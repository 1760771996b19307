"""The table of many followers, over each transport."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.crowd import EventDelivery, FollowedSubject, measure_followers
from benchmarks.reporting import markdown
from benchmarks.subscribers import SseSubscriber, WebSocketSubscriber

DELIVERY_COLUMNS = ("p50 ms", "p99 ms", "CPU us a subscriber")


def followers(folder: Path, counts: Iterable[int], followed: FollowedSubject) -> str:
    """The table."""
    rows = [
        measure_followers(folder, kind, count, followed)
        for count in counts
        for kind in (WebSocketSubscriber, SseSubscriber)
    ]
    return markdown(
        (
            "transport",
            "open",
            "KiB each",
            "to open all, s",
            "CPU us to open one",
            "idle, % of a core",
            *(f"{which} {what}" for which in ("event", "last") for what in DELIVERY_COLUMNS),
        ),
        [
            (
                row.transport,
                f"{row.count:,}",
                f"{row.kib:.1f}",
                f"{row.seconds:.1f}",
                f"{row.opening:.0f}",
                f"{row.idle:.1f}",
                *_delivery_cells(row.event),
                *_delivery_cells(row.last),
            )
            for row in rows
        ],
    )


def _delivery_cells(delivery: EventDelivery) -> tuple[str, ...]:
    return f"{delivery.median:.0f}", f"{delivery.slowest:.0f}", f"{delivery.cpu:.0f}"
