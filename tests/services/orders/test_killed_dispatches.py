"""R126: a process that is killed for real while it dispatches leaves nothing that is lost."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.orders.shipments import ShipmentState
from gateway.services.orders.dispatching import Dispatch, dispatch_shipment
from tests.services.orders.dying_dispatch import DEATH_POINTS
from tests.services.orders.histories import find_violations
from tests.services.orders.test_scheduling import close_windows, list_shipments
from tests.store import Store, require_order
from tests.stripe_peer.fixtures import StripeAccount
from tests.stripe_side import StripeSide

pytestmark = pytest.mark.usefixtures("short_patience")
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("point", DEATH_POINTS)
async def test_a_killed_dispatch_is_finished_by_a_repetition(
    database: SqliteDatabase, clock: ManualClock, database_file: Path, point: str
) -> None:
    """R123, R126."""
    await dispatch_through_kill(await Store.open(database, clock), database_file, point)


@pytest.mark.parametrize("point", DEATH_POINTS)
async def test_a_killed_dispatch_takes_the_money_at_stripe_once(
    database: SqliteDatabase,
    clock: ManualClock,
    database_file: Path,
    point: str,
    stripe_account: StripeAccount,
) -> None:
    """R123, R126, R131."""
    keys = stripe_account.secret_key, stripe_account.publishable_key, stripe_account.api_url
    async with httpx.AsyncClient(trust_env=False) as http:
        side = StripeSide(stripe_account, http, database, clock)
        store = await Store.open(database, clock, side)
        await dispatch_through_kill(store, database_file, point, keys)
    [intent] = stripe_account.list_intents()
    assert stripe_account.count_holds() == {intent["metadata"]["gateway_key"]: 1}
    [capture_key] = {
        request["headers"]["idempotency-key"] for request in stripe_account.requests("/capture")
    }
    assert intent["metadata"]["gateway_capture_key"] == capture_key
    assert stripe_account.count_captures() == {intent["id"]: 1}


async def dispatch_through_kill(
    store: Store, database_file: Path, point: str, stripe_keys: tuple[str, ...] = ()
) -> None:
    """A parcel whose first dispatch dies at ``point``, and which leaves all the same, paid once."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase())
    await close_windows(store)
    (parcel,) = await list_shipments(store)
    arguments = (str(database_file), store.clock.now().isoformat(), parcel.id, point, *stripe_keys)
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
