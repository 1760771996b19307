"""Circuit breakers: a service that does not answer is left alone for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.services.ports.clock import Clock

FAILURE_THRESHOLD = 3
"""From this number of failures in a row on, the service is not called for some time."""
MIN_RETRY_DELAY = timedelta(seconds=4)
MAX_RETRY_DELAY = timedelta(minutes=1)
"""The delay after failures is doubled from the minimum up to this."""


@dataclass(slots=True)
class CircuitBreaker:
    """Counts failures in a row; while it is open, no calls are sent."""

    clock: Clock
    failures: int = 0
    opened_at: datetime | None = None
    open_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether no calls are to be sent now."""
        return self.open_until is not None and self.clock.now() < self.open_until

    def allows_call(self) -> bool:
        """Whether a call may be sent now.

        After a delay the first one tries the service; the others wait for how it ends, but not
        longer than ``MIN_RETRY_DELAY``.
        """
        if self.open_until is None:
            return True
        if self.is_open:
            return False
        self.open_until = self.clock.now() + MIN_RETRY_DELAY
        return True

    def record_failure(self, began_at: datetime) -> None:
        """Count the failure of a call; ``FAILURE_THRESHOLD`` or more in a row open the breaker.

        Of calls that were under way when it opened, nothing more is learnt.
        """
        if self.opened_at is not None and began_at < self.opened_at:
            return
        self.failures += 1
        failures_over_threshold = self.failures - FAILURE_THRESHOLD
        if failures_over_threshold >= 0:
            delay: timedelta = MIN_RETRY_DELAY * 2 ** min(failures_over_threshold, 10)
            self.opened_at = self.clock.now()
            self.open_until = self.opened_at + min(delay, MAX_RETRY_DELAY)

    def record_success(self) -> None:
        """Reset the count of failures and close it."""
        self.failures, self.opened_at, self.open_until = 0, None, None
