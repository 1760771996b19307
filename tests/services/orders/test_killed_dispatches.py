"""R126: a process that is killed for real while it dispatches leaves nothing that is lost."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.orders.shipments import ShipmentState
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from tests.services.orders.dying_dispatch import DEATH_POINTS
from tests.services.orders.histories import find_violations
from tests.services.orders.test_scheduling import close_windows, list_shipments
from tests.store import Store, require_order

pytestmark = pytest.mark.usefixtures("short_patience")
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("point", DEATH_POINTS)
async def test_a_killed_dispatch_is_finished_by_a_repetition(
    database: SqliteDatabase, clock: ManualClock, database_file: Path, point: str
) -> None:
    """R123, R126."""
    store = await Store.open(database, clock)
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase())
    await close_windows(store)
    (parcel,) = await list_shipments(store)
    arguments = (str(database_file), clock.now().isoformat(), parcel.id, point)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.orders.dying_dispatch", *arguments, cwd=ROOT
    )
    assert await process.wait() == -signal.SIGKILL
    assert await find_violations(store) == []
    store.clock.advance(timedelta(minutes=5))
    await store.work_until_idle()
    assert await find_violations(store) == []
    assert [shipment.state for shipment in await list_shipments(store)] == [ShipmentState.READY]
    outcome = await dispatch_shipment(Dispatch(parcel.id, "staff:packer"), store.dependencies)
    assert outcome.value is not None
    assert outcome.value.state is ShipmentState.DISPATCHED
    assert order.due is not None
    assert await store.list_charges() == [(order.due.minor, "CAPTURED")]
    assert await find_violations(store) == []
