"""Periodic checks of open connections, with one timer for all of them."""

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

Visited = TypeVar("Visited")


class PeriodicCheck(Generic[Visited]):
    """Calls ``visit`` for all watched objects every ``period`` seconds, with one timer for all."""

    def __init__(self, period: float, visit: Callable[[Visited], None]) -> None:
        self._period = period
        self._visit = visit
        self._watched: set[Visited] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, visited: Visited) -> None:
        """Begin to check ``visited``."""
        self._watched.add(visited)
        if self._timer is None:
            self._schedule()

    def forget(self, visited: Visited) -> None:
        """Stop checking ``visited``."""
        self._watched.discard(visited)
        if not self._watched and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._period, self._visit_all)

    def _visit_all(self) -> None:
        self._schedule()
        for watched in tuple(self._watched):
            self._visit(watched)


class MonitoredConnection(Protocol):
    """A connection on which messages are sent."""

    @property
    def stalled_since(self) -> float | None:
        """When the oldest unfinished sending began, by the loop's clock; None if there is none."""

    def abort(self) -> None:
        """End the connection."""


def stall_check(seconds: float) -> PeriodicCheck[MonitoredConnection]:
    """A check that aborts connections whose client takes longer than ``seconds`` to read."""

    def abort_if_stalled(reader: MonitoredConnection) -> None:
        stalled_since = reader.stalled_since
        if (
            stalled_since is not None
            and stalled_since < asyncio.get_running_loop().time() - seconds
        ):
            reader.abort()

    return PeriodicCheck(min(1.0, seconds / 2), abort_if_stalled)
