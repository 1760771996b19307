"""How many messages one contact gets in a day, whoever gives: what is over waits."""

from datetime import datetime, timedelta

DAY = timedelta(hours=24)
"""Rolling: no midnight lets twice as many through."""


def recent(times: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Those of ``times`` that still count at ``now``, in order."""
    return tuple(sorted(each for each in times if each > now - DAY))


def free_at(times: tuple[datetime, ...], now: datetime, most: int) -> datetime:
    """When one more message may follow those sent at ``times``: at ``now``, or a day after them."""
    counted = recent(times, now)
    return now if len(counted) < most else counted[-most] + DAY
