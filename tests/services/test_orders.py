"""Orders after they were placed: cancelled, scheduled, confirmed, and seen by whom."""

import asyncio
from datetime import timedelta

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine.buying import (
    AddressInsufficient,
    InvalidPurchase,
    OrderPlaced,
    PurchaseOutcome,
)
from gateway.engine.carts import PricedCart
from gateway.engine.orders import OrderStatus
from gateway.engine.places import PostalAddress
from gateway.engine.problems import ErrorCode
from gateway.services import carts, order_access, order_mails, orders, payments
from tests.shelves import CALIFORNIA, DESK, EBOOK, HOME, OFFICE, PRINT
from tests.store import Buyer, Store, placed


@pytest.fixture
async def store(database: SqliteDatabase, clock: StandingClock) -> Store:
    return await Store.opened(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def own(
    buyer: Buyer, method: str = "sim_ok", address: PostalAddress = HOME
) -> dict[str, object]:
    """The ids of a new address and method of the buyer's."""
    saved = await buyer.address(address, f"to {address.city}")
    return {"address_id": saved.id, "payment_method_id": (await buyer.method(method)).id}


async def current(store: Store, cart: PricedCart) -> PricedCart:
    found = await carts.find(cart.id, store.parts)
    assert found is not None
    return found


def refused(outcome: PurchaseOutcome) -> list[tuple[ErrorCode, str | None]]:
    """Codes and paths without their "input"."""
    assert isinstance(outcome, InvalidPurchase | AddressInsufficient), outcome
    return [
        (error.code, ".".join(error.field[1:]) if error.field else None)
        for error in outcome.user_errors
    ]


async def test_cancelling_undoes_everything(store: Store) -> None:
    """R25: goods, money and stored value go back."""
    cart = await store.cart([(PRINT, 2)], CALIFORNIA, ["STORED25"])
    order = placed(await store.guest(cart))
    assert (await store.stock(PRINT), await store.balance("STORED25")) == (1, 0)
    outcome = await orders.cancel(order, store.parts)
    assert outcome.value is not None
    assert outcome.value.status is OrderStatus.CANCELLED
    assert (await store.stock(PRINT), await store.balance("STORED25")) == (3, 2500)
    assert [status for _, status in await store.charges()] == ["RELEASED"]
    assert await store.orders() == ["CANCELLED"]


async def test_cancelling_twice_at_once_undoes_once(store: Store) -> None:
    order = placed(await store.guest(await store.cart([(PRINT, 1)])))
    outcomes = await asyncio.gather(*(orders.cancel(order, store.parts) for _ in range(3)))
    assert sum(outcome.value is not None for outcome in outcomes) == 1
    codes = {error.code for outcome in outcomes for error in outcome.user_errors}
    assert codes == {ErrorCode.NOT_MODIFIABLE}
    assert await store.stock(PRINT) == 3


async def test_a_crash_while_cancelling_is_finished_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    async def dying(*_: object) -> None:
        raise Crash

    order = placed(await store.guest(await store.cart()))
    with monkeypatch.context() as patched:
        patched.setattr(payments, "push", dying)
        with pytest.raises(Crash):
            await orders.cancel(order, store.parts)
    assert await store.charges() == [(1573, "HELD")]
    await store.work(timedelta(seconds=31))
    assert await store.charges() == [(1573, "RELEASED")]


async def test_orders_are_scheduled_when_their_time_to_change_is_over(store: Store) -> None:
    """R25."""
    order = placed(await store.guest(await store.cart()))
    assert order.closes_at == store.clock.now() + timedelta(minutes=90)
    await store.work(timedelta(minutes=90) - timedelta(microseconds=1))
    assert await store.orders() == ["OPEN"]
    await store.work(timedelta(microseconds=1))
    scheduled = await store.order(order.id)
    assert (scheduled.status, scheduled.modifiable(store.clock.now())) == (
        OrderStatus.SCHEDULED,
        False,
    )
    outcome = await orders.cancel(scheduled, store.parts)
    assert [error.code for error in outcome.user_errors] == [ErrorCode.NOT_MODIFIABLE]
    assert await store.charges() == [(1573, "HELD")]
    async with store.database.read() as reading:
        told = await reading.orders.events(order.id, 0, 10)
    assert [(event.sequence, event.type.value) for event in told] == [
        (1, "placed"), (2, "scheduled"),
    ]  # fmt: skip


async def test_an_order_whose_time_is_over_cannot_be_cancelled_though_nobody_scheduled_it(
    store: Store,
) -> None:
    order = placed(await store.guest(await store.cart()))
    store.clock.advance(timedelta(minutes=90))
    outcome = await orders.cancel(order, store.parts)
    assert [(error.code, error.message) for error in outcome.user_errors] == [
        (ErrorCode.NOT_MODIFIABLE, "The time to change the order is over.")
    ]


async def test_one_mail_confirms_an_order(store: Store) -> None:
    """However often the request is repeated."""
    cart = await store.cart()
    for _ in range(3):
        await store.guest(cart, idempotency_key="k")
    assert await store.count("outbox") == 1


# -- R19: who sees orders


async def test_orders_are_their_purchasers_own(store: Store) -> None:
    ada, grace = await store.ready(), await store.buyer("grace@example.com")
    clicked = placed(await ada.click())
    signed_in = await ada.signed_in()
    bought = placed(
        await signed_in.check_out(await store.cart(), **await own(signed_in, address=OFFICE))
    )
    elsewhere = await store.buyer()
    guest = placed(await store.guest(await store.cart()))

    async def seen(buyer: Buyer) -> set[str]:
        every = (clicked, bought, guest)
        found = [
            await order_access.visible(order.id, caller=buyer.caller, parts=store.parts)
            for order in every
        ]
        return {order.id for order in found if order}

    assert await seen(ada) == {clicked.id, bought.id}
    assert await seen(elsewhere) == {clicked.id, bought.id}
    assert await seen(await elsewhere.recognised()) == set()
    assert await seen(grace) == set()
    assert await seen(Buyer(store, "", await store.recognise())) == set()


async def test_lists_of_orders(store: Store) -> None:
    """R33: open ones, the latest first; the whole list only after a sign-in."""
    buyer = await store.ready()
    placed_ids = []
    for _ in range(3):
        store.clock.advance(timedelta(seconds=1))
        placed_ids.append(placed(await buyer.click(EBOOK)).id)
    parts = store.parts
    found = await order_access.open_orders(caller=buyer.caller, parts=parts)
    assert [order.id for order in found] == placed_ids[::-1]
    assert (await order_access.page(2, None, caller=buyer.caller, parts=parts)).edges == ()
    signed_in = await buyer.signed_in()
    first = await order_access.page(2, None, caller=signed_in.caller, parts=parts)
    assert [edge.node.id for edge in first.edges] == placed_ids[:0:-1]
    rest = await order_access.page(
        2, first.page_info.end_cursor, caller=signed_in.caller, parts=parts
    )
    assert [edge.node.id for edge in rest.edges] == placed_ids[:1]


async def test_open_orders_are_listed_short_term_first(store: Store) -> None:
    """R33: and none that was cancelled."""
    buyer = await store.ready()
    soon = placed(await buyer.click(EBOOK))
    store.clock.advance(timedelta(seconds=1))
    late = placed(await buyer.click(DESK))
    await orders.cancel(placed(await buyer.click(EBOOK)), store.parts)
    listed = await order_access.open_orders(caller=buyer.caller, parts=store.parts)
    assert [order.id for order in listed] == [soon.id, late.id]


# -- what is promised to whom


async def test_a_purchaser_is_told_until_when_they_can_cancel(store: Store) -> None:
    buyer = await store.buyer()
    outcome = await buyer.check_out(
        await store.cart(),
        address_id=(await buyer.address()).id,
        payment_method_id=(await buyer.method()).id,
    )
    assert isinstance(outcome, OrderPlaced)
    closes_at = store.clock.now() + timedelta(minutes=90)
    assert outcome.undo_until == closes_at
    until = closes_at.strftime("%Y-%m-%d %H:%M UTC")
    text = order_mails.confirmation_text(outcome.order, store.parts)
    assert text.endswith(f"\n\nYou can cancel it until {until}.")


async def test_a_guest_is_not_told_that_they_can_cancel(store: Store) -> None:  # R107
    """Nothing identifies them afterwards."""
    outcome = await store.guest(await store.cart())
    assert isinstance(outcome, OrderPlaced)
    assert outcome.undo_until == outcome.order.placed_at
    assert "cancel" not in order_mails.confirmation_text(outcome.order, store.parts)
