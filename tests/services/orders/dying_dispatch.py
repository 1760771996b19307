"""Dispatches a parcel, and kills itself (SIGKILL, nothing is tidied up) where it is told to.

Arguments: the database's file, the time, the parcel's id, and the call after which it dies.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.repositories.payment_operations import PaymentOperationsRepository
from gateway.adapters.repositories.shipments import ShipmentsRepository
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from tests.shelves import build_dependencies

DEATH_POINTS: dict[str, tuple[type, str]] = {
    "capture stored, uncommitted": (PaymentOperationsRepository, "add"),
    "money taken": (SimulatedPaymentProvider, "capture"),
    "parcel stored, uncommitted": (ShipmentsRepository, "save"),
}


def die_after(owner: type, method: str) -> None:
    """Kill this process when that call is over."""
    inner: Callable[..., Awaitable[Any]] = getattr(owner, method)

    async def dying(*arguments: object, **named: object) -> None:
        await inner(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, method, dying)


async def dispatch(file: str, now: str, shipment_id: str) -> None:
    clock = ManualClock(datetime.fromisoformat(now))
    database = await SqliteDatabase.open(Path(file), clock)
    await dispatch_shipment(
        Dispatch(shipment_id, "staff:packer"), build_dependencies(database, clock)
    )


if __name__ == "__main__":
    die_after(*DEATH_POINTS[sys.argv[4]])
    asyncio.run(dispatch(*sys.argv[1:4]))
