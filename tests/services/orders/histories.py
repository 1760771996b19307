"""Checks that tests run after every step of a history."""

from datetime import datetime

from gateway.engine.orders.order_records import Violation
from gateway.services.order_checks import OrderCheck
from tests.store import Store


async def find_violations(store: Store, since: datetime | None = None) -> list[Violation]:
    """What is wrong with the orders of the store, those since then."""
    check = OrderCheck(store.database, store.clock.now(), since)
    return [violation async for violation in check.find_violations()]
