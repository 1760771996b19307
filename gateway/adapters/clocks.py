"""Clocks: the system's, and one that stands where it is put."""

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that shows ``instant`` until it is moved: days of waiting pass in a test at once."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """The instant it was last put to."""
        return self._instant

    def advance(self, duration: timedelta) -> datetime:
        """The instant after moving on by ``duration``."""
        self._instant += duration
        return self._instant
