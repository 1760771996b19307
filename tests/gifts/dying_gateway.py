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
import gateway.server  # noqa: F401 - both paid for before the forks
from gateway import worker
from gateway.adapters import atomic_files
from gateway.adapters.messaging import message_files
from gateway.adapters.messaging.message_files import FileMailSender
from gateway.adapters.repositories.gift_contacts import GiftTokensRepository
from gateway.adapters.repositories.gift_events import GiftEventsRepository
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.adapters.stripe_payments.provider import StripePaymentProvider
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.cli import app
from gateway.services.gifts import creation, gift_orders, gift_store

SHORT_LEASE = timedelta(seconds=1)
"""Waits of a minute, during which a dead process's work is not touched, come down to this."""

IS_PAID_AT_STRIPE = os.environ.get("GATEWAY_PAYMENTS") == "stripe"
PROVIDER = StripePaymentProvider if IS_PAID_AT_STRIPE else SimulatedPaymentProvider


class DeathPoint(NamedTuple):
    """Before or after a call."""

    owner: type
    method: str
    after: bool


DEATH_POINTS: Mapping[str, DeathPoint] = {
    "the hold is made": DeathPoint(PROVIDER, "authorize", after=True),
    "the log is written, uncommitted": DeathPoint(GiftEventsRepository, "add", after=True),
    "the link is used, uncommitted": DeathPoint(
        GiftTokensRepository, "restrict_scopes", after=True
    ),
    "committed, nobody told": DeathPoint(LocalWakeups, "announce", after=False),
    "a mail is about to go": DeathPoint(FileMailSender, "send", after=False),
    "a mail is gone": DeathPoint(FileMailSender, "send", after=True),
    "the money is about to be taken": DeathPoint(PROVIDER, "capture", after=False),
    "the money is taken": DeathPoint(PROVIDER, "capture", after=True),
}
Method: TypeAlias = Callable[..., Awaitable[Any]]


def die_at(point: DeathPoint) -> None:
    """Kill this process when it comes to ``point``."""
    inner: Method = getattr(point.owner, point.method)

    async def dying(*arguments: object, **named: object) -> None:
        if point.after:
            await inner(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(point.owner, point.method, dying)


def shorten_leases() -> None:
    """Take over what is left behind in seconds."""
    worker.LEASE_DURATION, worker.JOB_TIMEOUT = SHORT_LEASE, SHORT_LEASE
    gift_store.DISPATCH_LEASE = SHORT_LEASE
    gift_orders.CREATION_LEASE, creation.RESULT_TIMEOUT = SHORT_LEASE / 10, SHORT_LEASE / 10


def shorten_takeover_window() -> None:
    """Withdraw at once what is left behind, as if no client repeated its request in time."""
    gift_orders.TAKEOVER_WINDOW = timedelta()


def record_sent_mails() -> None:
    """Note each time a message goes out: its file's name, and the secret that is in it."""
    inner = atomic_files.write_atomically

    def record_and_write(folder: Path, name: str, content: bytes) -> None:
        inner(folder, name, content)
        secret = re.search(rb"/gift#([\w-]+)", content)
        with (folder.parent / "sent").open("a") as notes:
            notes.write(f"{name} {secret[1].decode() if secret else ''}\n")

    vars(message_files)["write_atomically"] = record_and_write


def run(name: str) -> int:
    """The wait status of a gateway that dies at the point in ``name``, if there is one."""
    child = os.fork()
    if child == 0:
        point, _, fate = name.partition(": ")
        if point in DEATH_POINTS:
            die_at(DEATH_POINTS[point])
        if fate == "nobody comes back":
            shorten_takeover_window()
        app(["serve"])
        os._exit(0)
    return os.waitpid(child, 0)[1]


if __name__ == "__main__":
    shorten_leases()
    record_sent_mails()
    for line in sys.stdin:
        status = run(line.strip())
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else "ended", flush=True)  # noqa: T201
