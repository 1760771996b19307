"""How many messages one contact gets in a day, whoever gives: what is over waits."""

from datetime import datetime, timedelta

DAY = timedelta(hours=24)
"""Rolling: no midnight lets twice as many through."""


def recent_times(times: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Those of ``times`` that still count at ``now``, in order."""
    return tuple(sorted(each for each in times if each > now - DAY))


def next_message_at(times: tuple[datetime, ...], now: datetime, limit: int) -> datetime:
    """When one more message may follow those sent at ``times``: at ``now``, or a day after them."""
    counted_times = recent_times(times, now)
    return now if len(counted_times) < limit else counted_times[-limit] + DAY
