"""R131: a hold that ends before its goods leave is authorised anew once, or that is told."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.holds import HOLD_RENEWAL_MARGIN
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.engine.orders.shipments import LineQuantity
from gateway.services.orders.hold_renewals import HoldRenewalJob
from gateway.services.orders.provider_notices import note_hold
from gateway.services.ports.hold_renewals import HoldRenewal
from gateway.services.ports.provider_events import HoldNotice, HoldState
from tests.conftest import AnyDatabase
from tests.kills import count_awaits, kill_at_await, wait_before_each_call
from tests.services.orders.changing import set_quantity
from tests.services.orders.ending_holds import OFF_SESSION, WaitingShop
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import dispatch, list_parcels, place_order
from tests.services.orders.payments import list_amounts, list_payments
from tests.services.orders.test_refunds import read_mails
from tests.shelves import PRINT

pytestmark = pytest.mark.usefixtures("short_patience")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
RETRY = timedelta(seconds=90)
UNTIL_DUE = OFF_SESSION - HOLD_RENEWAL_MARGIN - timedelta(minutes=90)
"""From the end of an order's window to the renewal of its hold."""
HELD, CAPTURED, RELEASED = (16588, "HELD"), (16588, "CAPTURED"), (16588, "RELEASED")
MAX_AWAITS = 200
MIN_AWAITS = {1: 5, 2: 12, 3: 3}
"""So often at least each step of a renewal waits."""
PLENTY = 10_000


@pytest.fixture
async def shop(databases: AnyDatabase, clock: ManualClock) -> WaitingShop:
    return await WaitingShop.open(databases, clock)


async def test_every_hold_is_renewed_once_until_its_goods_leave(shop: WaitingShop) -> None:  # R131
    _, order = await shop.place()
    first_end = (await shop.find_payment(order)).held_until
    assert first_end == order.placed_at + OFF_SESSION
    await shop.work(UNTIL_DUE - SECOND)
    assert await shop.list_charges() == [HELD]
    await shop.work(SECOND)
    assert await shop.list_charges() == [HELD, RELEASED]
    renewed_until = shop.store.clock.now() + OFF_SESSION
    assert (await shop.find_payment(order)).held_until == renewed_until
    await shop.work(OFF_SESSION - HOLD_RENEWAL_MARGIN)
    assert await shop.list_charges() == [HELD, RELEASED, RELEASED]
    assert len(shop.provider.keys) == len(set(shop.provider.keys)) == 3
    assert await shop.dispatch(order) == []
    assert await shop.list_charges() == [CAPTURED, RELEASED, RELEASED]
    await shop.work(2 * OFF_SESSION)
    assert await shop.list_charges() == [CAPTURED, RELEASED, RELEASED]
    assert (len(shop.provider.keys), await shop.count_renewals()) == (3, 0)
    assert (await shop.list_notices(order), await shop.list_ending()) == ([], [])
    assert await find_violations(shop.store) == []


async def test_holds_that_do_not_end_are_not_renewed(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    shop = await WaitingShop.open(databases, clock)
    shop.provider.hold_lifetime = None
    _, order = await shop.place()
    assert ((await shop.find_payment(order)).held_until, await shop.count_renewals()) == (None, 0)
    await shop.work(50 * OFF_SESSION)
    assert await shop.list_charges() == [HELD]
    assert await shop.list_ending() == []


async def test_every_charge_of_an_order_has_its_end(shop: WaitingShop) -> None:
    """Those of purchases that join and of changes, too."""
    buyer = await shop.store.one_click_buyer()
    await buyer.purchase()
    shop.store.clock.advance(MINUTE)
    await buyer.purchase()
    signed_in = await shop.store.sign_in_buyer("kim@example.com")
    order = await place_order(signed_in)
    shop.store.clock.advance(MINUTE)
    assert (await set_quantity(signed_in, order, 4)).value is not None
    ends = [payment.held_until for payment in await list_payments(shop.store, order.id)]
    now = shop.store.clock.now()
    assert ends == [now - MINUTE + OFF_SESSION, now + OFF_SESSION]
    assert await shop.count_renewals() == 4


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("sim_declined", "DECLINED"),
        ("sim_insufficient", "INSUFFICIENT_FUNDS"),
        ("sim_3ds", "CONFIRMATION_NEEDED"),
    ],
)
async def test_a_refused_renewal_is_told_once_and_the_hold_stays_to_its_end(
    shop: WaitingShop, token: str, reason: str
) -> None:  # R131
    _, order = await shop.place()
    await read_mails(shop.store)
    shop.provider.token = token
    await shop.work(UNTIL_DUE)
    await shop.work(MINUTE)
    assert (await shop.list_charges()).count(HELD) == 1
    [notice] = await shop.list_notices(order)
    ends_at = f"{order.placed_at + OFF_SESSION:%Y-%m-%d %H:%M} UTC"
    assert (notice.actor, notice.detail) == (
        "provider",
        f"165.88 USD: {reason}; held until {ends_at}",
    )
    [mail] = await read_mails(shop.store)
    assert mail["subject"] == f"Your order {order.number} waits for its payment"
    assert mail["text"].splitlines()[:2] == [
        f"Your bank holds 165.88 USD for your order {order.number} until {ends_at}.",
        "It has not agreed to hold it for longer, and the order has not left yet.",
    ]
    assert await shop.list_ending() == [(order.id, reason)]
    assert await shop.dispatch(order) == []
    assert CAPTURED in await shop.list_charges()
    assert await shop.list_ending() == []
    await shop.work(OFF_SESSION)
    assert (len(shop.provider.keys), await shop.count_renewals()) == (2, 0)


async def test_what_was_not_renewed_is_authorised_anew_once_at_dispatch(
    shop: WaitingShop,
) -> None:  # R131
    _, order = await shop.place()
    shop.provider.token = "sim_declined"
    await shop.work(UNTIL_DUE)
    shop.provider.token = None
    await shop.work(HOLD_RENEWAL_MARGIN)
    assert await shop.list_ending() == [(order.id, None)]
    assert await shop.count_renewals() == 0
    assert await shop.dispatch(order) == []
    assert await shop.list_charges() == [CAPTURED, (16588, "DECLINED"), RELEASED]
    assert len(set(shop.provider.keys)) == 3
    assert await shop.list_ending() == []
    assert await find_violations(shop.store) == []


async def test_what_is_refused_again_at_dispatch_keeps_the_parcel_here(shop: WaitingShop) -> None:
    _, order = await shop.place()
    shop.provider.token = "sim_declined"
    await shop.work(OFF_SESSION)
    assert await shop.dispatch(order) == ["PAYMENT_DECLINED"]
    assert await list_amounts(shop.store, order.id) == [(OrderPaymentState.LAPSED, 0, 0)]
    assert await shop.list_ending() == [(order.id, None)]


async def test_an_order_whose_hold_has_ended_can_be_cancelled(shop: WaitingShop) -> None:
    order = await place_order(await shop.store.sign_in_buyer())
    payment = await shop.find_payment(order)
    async with shop.store.database.begin() as work:
        await work.order_payments.save_amounts(replace(payment, state=OrderPaymentState.LAPSED))
    assert (await shop.store.cancel(order)).value is not None
    assert await list_amounts(shop.store, order.id) == [(OrderPaymentState.RELEASED, 0, 0)]
    assert await shop.list_charges() == [RELEASED]
    assert await find_violations(shop.store) == []


async def test_a_hold_that_was_let_go_before_its_end_is_not_renewed(shop: WaitingShop) -> None:
    """R128: it was done in the provider's dashboard, on purpose; at dispatch it is asked for."""
    _, order = await shop.place()
    payment = await shop.find_payment(order)
    await shop.provider.release(payment.charge_id)
    notice = HoldNotice("att_1", payment.charge_id, HoldState.RELEASED)
    assert await note_hold(notice, shop.store.dependencies)
    assert await shop.list_ending() == [(order.id, None)]
    await shop.work(OFF_SESSION)
    assert await shop.list_charges() == [RELEASED]
    assert await shop.count_renewals() == 0
    assert await shop.dispatch(order) == []
    assert await shop.list_charges() == [CAPTURED, RELEASED]
    assert await shop.list_ending() == []


# -- a provider that does not answer


@pytest.mark.parametrize("fault", ["is_away", "loses_answers"])
async def test_a_provider_without_answers_renews_once_when_it_is_back(
    shop: WaitingShop, fault: str
) -> None:  # R129, R131
    _, order = await shop.place()
    setattr(shop.provider, fault, True)
    await shop.work(UNTIL_DUE)
    for _ in range(3):
        await shop.work(MINUTE)
    setattr(shop.provider, fault, False)
    await shop.work(RETRY)
    assert await shop.list_charges() == [HELD, RELEASED]
    assert len(set(shop.provider.keys)) == 2
    assert await shop.dispatch(order) == []
    assert await shop.list_charges() == [CAPTURED, RELEASED]


async def test_a_hold_that_ended_unseen_is_renewed_late(shop: WaitingShop) -> None:
    _, order = await shop.place()
    shop.provider.is_away = True
    await shop.work(3 * OFF_SESSION)
    assert await shop.list_ending() == [(order.id, None)]
    shop.provider.is_away = False
    await shop.work(RETRY)
    assert await shop.list_charges() == [HELD, RELEASED]
    assert await shop.list_ending() == []


@pytest.mark.parametrize("fault", ["is_away", "loses_answers"])
async def test_goods_that_leave_while_their_hold_is_renewed_are_taken_once(
    shop: WaitingShop, fault: str
) -> None:  # R131
    _, order = await shop.place()
    setattr(shop.provider, fault, True)
    await shop.work(UNTIL_DUE)
    setattr(shop.provider, fault, False)
    assert await shop.dispatch(order) == []
    await shop.work(RETRY)
    charges = await shop.list_charges()
    assert charges == ([CAPTURED] if fault == "is_away" else [CAPTURED, RELEASED])
    assert await shop.count_renewals() == 0


@pytest.mark.parametrize("fault", ["is_away", "loses_answers"])
async def test_an_order_that_is_cancelled_while_its_hold_is_renewed_holds_nothing(
    shop: WaitingShop, fault: str
) -> None:  # R131
    shop.provider.hold_lifetime = timedelta(hours=2)
    order = await place_order(await shop.store.sign_in_buyer())
    setattr(shop.provider, fault, True)
    await shop.work(timedelta(hours=1, minutes=1))
    assert (await shop.store.cancel(order)).value is not None
    setattr(shop.provider, fault, False)
    await shop.work(RETRY)
    assert {status for _, status in await shop.list_charges()} == {"RELEASED"}
    await shop.work(OFF_SESSION)
    assert await shop.count_renewals() == 0
    assert await find_violations(shop.store) == []


async def test_a_key_that_came_to_nothing_is_followed_by_another(shop: WaitingShop) -> None:
    """A provider that forgets keys after a day, or keeps its own failure under one."""
    _, order = await shop.place()
    shop.provider.is_away = True
    await shop.work(UNTIL_DUE)
    shop.provider.forgets_keys = True
    await shop.work(RETRY)
    shop.provider.forgets_keys = shop.provider.is_away = False
    await shop.work(2 * RETRY)
    assert await shop.list_charges() == [HELD, RELEASED]
    assert len(set(shop.provider.keys)) >= 3
    assert await shop.dispatch(order) == []


# -- parts


async def test_what_is_left_of_a_hold_is_renewed_as_a_charge_of_its_own(shop: WaitingShop) -> None:
    _, order = await shop.place()
    [parcel] = await list_parcels(shop.store, order)
    part = (LineQuantity(order.lines[0].id, 1),)
    assert (await dispatch(shop.store, parcel, part)).value is not None
    await shop.work(UNTIL_DUE)
    assert await list_amounts(shop.store, order.id) == [
        (OrderPaymentState.CAPTURED, 1572, 0),
        (OrderPaymentState.HELD, 0, 0),
    ]
    assert await shop.list_charges() == [(15016, "HELD"), CAPTURED]
    [parcel] = [p for p in await list_parcels(shop.store, order) if p.dispatched_at is None]
    assert (await dispatch(shop.store, parcel)).value is not None
    assert await shop.list_charges() == [(15016, "CAPTURED"), CAPTURED]
    assert await find_violations(shop.store) == []


# -- crashes, and two workers


async def claim(shop: WaitingShop) -> HoldRenewal | None:
    now = shop.store.clock.now()
    async with shop.store.database.begin() as work:
        renewals = await work.hold_renewals.claim(now, now + 2 * MINUTE, 1)
    return renewals[0] if renewals else None


@pytest.mark.parametrize(
    ("step", "token"), [(1, None), (2, None), (2, "sim_declined"), (2, "sim_3ds"), (3, None)]
)
async def test_a_renewal_that_is_killed_anywhere_is_finished(
    databases: AnyDatabase, clock: ManualClock, token: str | None, step: int
) -> None:  # R131
    """Killed at each await of asking for it, of storing what came of it, and of letting go."""
    shop = await WaitingShop.open(databases, clock)
    async with databases.begin() as work:
        await work.stock.release({PRINT.id: PLENTY})
    for number in count_awaits(databases, MAX_AWAITS):
        shop.provider.token, start = None, clock.now()
        _, order = await shop.place(f"ada{number}@example.com")
        shop.provider.token = token
        shop.store.clock.advance(UNTIL_DUE)
        for _ in range(step - 1):
            renewal = await claim(shop)
            assert renewal is not None
            await HoldRenewalJob(shop.store.dependencies).run(renewal, clock.now())
        renewal = await claim(shop)
        assert renewal is not None
        stepwise = wait_before_each_call(shop.store)
        survivor = await kill_at_await(
            HoldRenewalJob(stepwise.dependencies).run(renewal, clock.now()), number
        )
        await shop.work(3 * MINUTE)
        held = [row for row in await shop.list_charges() if row == HELD]
        assert len(held) == 1, number
        assert len(await shop.list_notices(order)) == (0 if token is None else 1)
        shop.provider.token = None
        assert await shop.dispatch(order) == []
        await shop.work(OFF_SESSION)
        assert await shop.count_renewals() == 0
        assert await find_violations(shop.store, start) == []
        if survivor is not None:
            assert number > MIN_AWAITS[step]
            return
    pytest.fail(f"more than {MAX_AWAITS} awaits")


async def test_two_workers_with_one_renewal_hold_once(shop: WaitingShop) -> None:  # R131
    await shop.place()
    shop.store.clock.advance(UNTIL_DUE)
    job = HoldRenewalJob(shop.store.dependencies)
    for _ in range(3):
        renewal = await claim(shop)
        assert renewal is not None
        runs = [job.run(renewal, shop.store.clock.now()) for _ in range(2)]
        results = await asyncio.gather(*runs, return_exceptions=True)
        assert None in results
    await shop.work(3 * MINUTE)
    assert await shop.list_charges() == [HELD, RELEASED]
    assert await shop.count_renewals() == 1
