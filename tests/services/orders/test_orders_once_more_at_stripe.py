"""The tests of orders that concern money, once more on Stripe: ``store`` is another one here."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.shipments import ReturnedParcel, ShipmentState
from gateway.services.orders.order_money import order_money
from tests.conftest import open_test_database
from tests.services.orders import test_refund_histories as refund_histories
from tests.services.orders.changing import cancel, gross, order_after
from tests.services.orders.conftest import StripeStore, open_stripe_store
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import dispatch, list_parcels, load_money, say
from tests.services.orders.test_change_histories import *  # noqa: F403 - pytest finds them here again
from tests.services.orders.test_changes import *  # noqa: F403
from tests.services.orders.test_changes import split_order
from tests.services.orders.test_histories import *  # noqa: F403
from tests.services.orders.test_hold_releases import *  # noqa: F403
from tests.services.orders.test_interrupted_orders import *  # noqa: F403
from tests.services.orders.test_joining import *  # noqa: F403
from tests.services.orders.test_refunds import *  # noqa: F403
from tests.services.orders.test_unconfirmed_captures import *  # noqa: F403
from tests.store import Store

# How long a refund is pending with the simulation's card is the simulation's own.
del test_a_refund_that_fails_later_shows_so_and_counts_no_more  # noqa: F821
# Stripe captures no single cent.
del test_what_a_cancelled_rest_leaves_due_is_captured  # noqa: F821
del test_what_is_sent_again_lets_nothing_go_that_is_being_let_go  # noqa: F821
del test_what_is_due_is_captured_while_what_came_back_waits_to_leave_again  # noqa: F821


@pytest.fixture  # type: ignore[no-redef]
def store(stripe_store: StripeStore) -> Store:
    return stripe_store.store


async def test_what_is_too_little_to_be_captured_is_let_go(store: Store) -> None:
    """R123, R126: nobody's money is held for a cent that cannot be charged."""
    buyer, order = await split_order(store)
    for parcel in await list_parcels(store, order):
        assert (await dispatch(store, parcel)).value is not None
    left = order_after(await cancel(buyer, order))
    store.clock.advance(timedelta(minutes=5))
    await store.work_until_idle()
    async with store.database.read() as reading:
        money = order_money(left, await reading.order_payments.list_for(order.id))
    assert (gross(left), money.captured, money.held_amount) == (10153, 10152, 0)
    assert await find_violations(store) == []


@pytest.mark.parametrize("is_cancelled_first", [True, False])
@pytest.mark.parametrize("is_settled", [True, False])
async def test_what_came_back_leaves_again_though_a_cent_stays_outstanding(
    store: Store, *, is_cancelled_first: bool, is_settled: bool
) -> None:
    """R118, R123: it was paid when it left first; before the worker tells Stripe, and after."""
    buyer, order = await split_order(store)
    [parcel] = await list_parcels(store, order)
    assert (await dispatch(store, parcel)).value is not None
    if is_cancelled_first:
        order_after(await cancel(buyer, order))
    assert (await say(store, parcel, ShipmentState.RETURNED, ReturnedParcel.RESEND)).value
    if not is_cancelled_first:
        order_after(await cancel(buyer, order))
    if is_settled:
        store.clock.advance(timedelta(minutes=5))
        await store.work_until_idle()
    [again] = [
        each for each in await list_parcels(store, order) if each.state is ShipmentState.READY
    ]
    assert (await dispatch(store, again)).user_errors == ()
    store.clock.advance(timedelta(minutes=5))
    await store.work_until_idle()
    money = await load_money(store, order)
    assert (money.captured, money.held_amount) == (10152, 0)
    assert await find_violations(store) == []


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=refund_histories.STEPS, codes=st.sampled_from([(), ("STORED25",), ("SAVE10",)]))
def test_money_and_goods_add_up_after_any_history(
    database_file: Path,
    clock: ManualClock,
    steps: list[refund_histories.Step],
    codes: tuple[str, ...],
) -> None:  # R124, R125
    asyncio.run(run_history(f"sqlite:///{database_file}", clock, codes, steps))


async def run_history(
    database_url: str,
    clock: ManualClock,
    codes: tuple[str, ...],
    steps: list[refund_histories.Step],
) -> None:
    database = await open_test_database(database_url, clock)
    try:
        async with open_stripe_store(database, clock) as stripe_store:
            await refund_histories.run_steps(stripe_store.store, "sim_ok", codes, steps)
    finally:
        await database.close()
