"""Dispatches a parcel, and kills itself (SIGKILL, nothing is tidied up) where it is told to.

Arguments: the database's file, the time, the parcel's id, and the call after which it dies; of a
shop that is paid at Stripe also its two keys and Stripe's address.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.repositories.payment_operations import PaymentOperationsRepository
from gateway.adapters.repositories.shipments import ShipmentsRepository
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.adapters.stripe_payments.provider import StripePaymentProvider
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from tests.shelves import build_dependencies
from tests.stripe_side import build_payments

DEATH_POINTS: dict[str, tuple[tuple[type, ...], str]] = {
    "capture stored, uncommitted": ((PaymentOperationsRepository,), "add"),
    "money taken": ((SimulatedPaymentProvider, StripePaymentProvider), "capture"),
    "parcel stored, uncommitted": ((ShipmentsRepository,), "save"),
}


def die_after(owners: tuple[type, ...], method: str) -> None:
    """Kill this process when that call is over."""
    for owner in owners:
        _make_deadly(owner, method)


def _make_deadly(owner: type, method: str) -> None:
    inner: Callable[..., Awaitable[Any]] = getattr(owner, method)

    async def dying(*arguments: object, **named: object) -> None:
        await inner(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, method, dying)


async def dispatch(file: str, now: str, shipment_id: str, stripe_keys: Sequence[str]) -> None:
    clock = ManualClock(datetime.fromisoformat(now))
    database = await SqliteDatabase.open(Path(file), clock)
    dependencies = build_dependencies(database, clock)
    if stripe_keys:
        secret_key, publishable_key, url = stripe_keys
        http = httpx.AsyncClient(trust_env=False)
        payments = build_payments(secret_key, publishable_key, url, http, database, clock)
        dependencies = replace(dependencies, payment_provider=payments.provider)
    await dispatch_shipment(Dispatch(shipment_id, "staff:packer"), dependencies)


if __name__ == "__main__":
    _, database_file, moment, parcel_id, death_point, *keys = sys.argv
    die_after(*DEATH_POINTS[death_point])
    asyncio.run(dispatch(database_file, moment, parcel_id, keys))
