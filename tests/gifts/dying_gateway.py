"""Gateways that kill themselves (SIGKILL, nothing is tidied up) at a point that is named.

Reads commands from its standard input, one a line, and runs ``gateway serve`` for each in a process
of its own, forked so that the imports are paid for once. Prints how that process ended.
"""

import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import gateway.schema
import gateway.serving  # noqa: F401 - both paid for before the forks
from gateway import worker
from gateway.adapters import outbox_files
from gateway.adapters.outbox_files import MailFiles
from gateway.adapters.repositories.gift_contacts import GiftTokensRepository
from gateway.adapters.repositories.gift_events import GiftEventsRepository
from gateway.adapters.simulated_payments import SimulatedPayments
from gateway.adapters.wakeups.hub import Hub
from gateway.cli import app
from gateway.services.gifts import creating, keeping, ordering

LEASE = timedelta(seconds=1)
"""Waits of a minute, during which a dead process's work is not touched, come down to this."""


class Point(NamedTuple):
    """Before or after a call."""

    owner: type
    method: str
    after: bool


POINTS: Mapping[str, Point] = {
    "the hold is made": Point(SimulatedPayments, "authorize", after=True),
    "the log is written, uncommitted": Point(GiftEventsRepository, "add", after=True),
    "the link is used, uncommitted": Point(GiftTokensRepository, "narrow", after=True),
    "committed, nobody told": Point(Hub, "announce", after=False),
    "a mail is about to go": Point(MailFiles, "send", after=False),
    "a mail is gone": Point(MailFiles, "send", after=True),
    "the money is about to be taken": Point(SimulatedPayments, "capture", after=False),
    "the money is taken": Point(SimulatedPayments, "capture", after=True),
}
Method: TypeAlias = Callable[..., Awaitable[Any]]


def die_at(point: Point) -> None:
    """Kill this process when it comes to ``point``."""
    inner: Method = getattr(point.owner, point.method)

    async def dying(*arguments: object, **named: object) -> None:
        if point.after:
            await inner(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(point.owner, point.method, dying)


def hasten() -> None:
    """Take over what is left behind in seconds."""
    worker.LEASE, worker.CUT_OFF = LEASE, LEASE
    keeping.DISPATCH_PATIENCE = LEASE
    ordering.TAKEN_OVER, creating.PATIENCE = LEASE / 10, LEASE / 10


def leave_no_grace() -> None:
    """Withdraw at once what is left behind, as if no client repeated its request in time."""
    ordering.GRACE = timedelta()


def keep_count() -> None:
    """Note each time a message goes out: its file's name, and the secret that is in it."""
    inner = outbox_files.replace_whole

    def counted(folder: Path, name: str, content: bytes) -> None:
        inner(folder, name, content)
        secret = re.search(rb"/gift#([\w-]+)", content)
        with (folder.parent / "sent").open("a") as notes:
            notes.write(f"{name} {secret[1].decode() if secret else ''}\n")

    outbox_files.replace_whole = counted


def run(name: str) -> int:
    """The wait status of a gateway that dies at the point in ``name``, if there is one."""
    child = os.fork()
    if child == 0:
        point, _, fate = name.partition(": ")
        if point in POINTS:
            die_at(POINTS[point])
        if fate == "nobody comes back":
            leave_no_grace()
        app(["serve"])
        os._exit(0)
    return os.waitpid(child, 0)[1]


if __name__ == "__main__":
    hasten()
    keep_count()
    for line in sys.stdin:
        status = run(line.strip())
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else "ended", flush=True)  # noqa: T201
