"""The limit on messages to one contact in 24 hours, over all gifts and givers."""

from datetime import datetime, timedelta

DAY = timedelta(hours=24)
"""The limit counts the last 24 hours, not a calendar day: a new day does not allow twice the limit.
"""


def recent_times(times: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Return the times of the last 24 hours before ``now``, in order."""
    return tuple(sorted(each for each in times if each > now - DAY))


def next_message_at(times: tuple[datetime, ...], now: datetime, limit: int) -> datetime:
    """The time of the next message: ``now``, or 24 hours after the oldest that fills the limit.

    ``limit`` is the number of messages in 24 hours; ``times`` are those of earlier messages.
    """
    counted_times = recent_times(times, now)
    return now if len(counted_times) < limit else counted_times[-limit] + DAY
