"""Logging of outages, with one line at the beginning and one at the end."""

import logging
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Outage:
    """The state of one service: since when it is unavailable, if it is.

    ``consequence`` is logged too. ``since`` is in seconds of ``clock``; None while all is well.
    """

    def __init__(
        self, service: str, consequence: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._consequence = f"; {consequence}" if consequence else ""
        self._clock = clock
        self.since: float | None = None

    def begin(self, reason: str) -> None:
        """Note that the service is unavailable, and log it unless it already was."""
        if self.since is None:
            self.since = self._clock()
            logger.warning("%s is away: %s%s", self._service, reason, self._consequence)

    def end(self) -> None:
        """Note that the service is available, and log it unless it already was."""
        if self.since is not None:
            seconds, self.since = self._clock() - self.since, None
            logger.warning("%s is back after %.1f s", self._service, seconds)
