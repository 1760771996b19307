"""Times in tables: whole microseconds since 1970-01-01T00:00:00Z."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_microseconds(instant: datetime) -> int:
    """Return ``instant`` in microseconds since the epoch; a naive one raises ``TypeError``."""
    return (instant - EPOCH) // MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Return the aware UTC time ``microseconds`` after the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


def to_microseconds_or_none(instant: datetime | None) -> int | None:
    """Return ``instant`` in microseconds since the epoch; None for None."""
    return None if instant is None else to_microseconds(instant)


def from_microseconds_or_none(microseconds: int | None) -> datetime | None:
    """Return the aware UTC time ``microseconds`` after the epoch; None for None."""
    return None if microseconds is None else from_microseconds(microseconds)
