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


def mailbox(contact: str) -> str:
    """What ``contact`` is counted by: ``ada+gifts@example.com`` is the mailbox ``ada@example.com``.

    Whoever runs a mail server says what a plus means; for counting too few is worse than too many.
    """
    local, at, domain = contact.casefold().rpartition("@")
    name = local.partition("+")[0] or local
    return f"{name}{at}{domain}"
