"""Spells in which something outside is away: one line in the log at the begin, one at the end."""

import logging
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Outage:
    """Whether ``what`` is away, and since when.

    ``lost`` says what is missed meanwhile; ``since`` is in seconds of ``clock``.
    """

    def __init__(
        self, service: str, consequence: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._consequence = f"; {consequence}" if consequence else ""
        self._clock = clock
        self.since: float | None = None

    def begin(self, reason: str) -> None:
        """It is away: logged where it was there before."""
        if self.since is None:
            self.since = self._clock()
            logger.warning("%s is away: %s%s", self._service, reason, self._consequence)

    def end(self) -> None:
        """It is there: logged where it was away before."""
        if self.since is not None:
            seconds, self.since = self._clock() - self.since, None
            logger.warning("%s is back after %.1f s", self._service, seconds)
