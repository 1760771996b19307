"""Clocks: the system clock, and a manual one for tests."""

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that changes only when it is told to, so that tests need not wait."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """The instant to which it was last set."""
        return self._instant

    def advance(self, duration: timedelta) -> datetime:
        """Move on by ``duration`` and return the new instant."""
        self._instant += duration
        return self._instant
