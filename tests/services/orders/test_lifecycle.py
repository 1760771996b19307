"""Orders after they were placed: cancelled, scheduled, confirmed, and seen by whom."""

import asyncio
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.checkout.outcomes import (
    OrderPlaced,
)
from gateway.engine.orders.order import OrderStatus
from gateway.engine.user_errors import ErrorCode
from gateway.services.orders import access, charges, confirmation_mail
from tests.shelves import CALIFORNIA, DESK, EBOOK, OFFICE, PRINT
from tests.store import Buyer, Store, create_ids, require_order


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


async def test_cancelling_undoes_everything(store: Store) -> None:
    """R25: goods, money and stored value go back."""
    cart = await store.create_cart([(PRINT, 2)], CALIFORNIA, ["STORED25"])
    order = require_order(await store.check_out_as_guest(cart))
    assert (await store.available_stock(PRINT), await store.stored_value_balance("STORED25")) == (
        1,
        0,
    )
    outcome = await store.cancel(order)
    assert outcome.value is not None
    assert outcome.value.status is OrderStatus.CANCELLED
    assert (await store.available_stock(PRINT), await store.stored_value_balance("STORED25")) == (
        3,
        2500,
    )
    assert [status for _, status in await store.list_charges()] == ["RELEASED"]
    assert await store.order_statuses() == ["CANCELLED"]


async def test_cancelling_twice_at_once_undoes_once(store: Store) -> None:
    order = require_order(await store.check_out_as_guest(await store.create_cart([(PRINT, 1)])))
    outcomes = await asyncio.gather(*(store.cancel(order) for _ in range(3)))
    assert sum(not outcome.user_errors for outcome in outcomes) == 1
    codes = {error.code for outcome in outcomes for error in outcome.user_errors}
    assert codes == {ErrorCode.NOT_MODIFIABLE}
    assert await store.available_stock(PRINT) == 3


async def test_a_crash_while_cancelling_is_finished_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CancellationCrash(BaseException):
        pass

    async def dying(*_: object) -> None:
        raise CancellationCrash

    order = require_order(await store.check_out_as_guest(await store.create_cart()))
    with monkeypatch.context() as patched:
        patched.setattr(charges, "complete_payment_change", dying)
        with pytest.raises(CancellationCrash):
            await store.cancel(order)
    assert await store.list_charges() == [(1573, "HELD")]
    await store.run_due_jobs(timedelta(seconds=31))
    assert await store.list_charges() == [(1573, "RELEASED")]


async def test_orders_are_scheduled_when_their_time_to_change_is_over(store: Store) -> None:
    """R25."""
    order = require_order(await store.check_out_as_guest(await store.create_cart()))
    assert order.closes_at == store.clock.now() + timedelta(minutes=90)
    await store.run_due_jobs(timedelta(minutes=90) - timedelta(microseconds=1))
    assert await store.order_statuses() == ["OPEN"]
    await store.run_due_jobs(timedelta(microseconds=1))
    scheduled = await store.load_order(order.id)
    assert (scheduled.status, scheduled.is_modifiable) == (
        OrderStatus.SCHEDULED,
        False,
    )
    outcome = await store.cancel(scheduled)
    assert [error.code for error in outcome.user_errors] == [ErrorCode.NOT_MODIFIABLE]
    assert await store.list_charges() == [(1573, "HELD")]
    async with store.database.read() as reading:
        events = await reading.orders.list_events(order.id, 0, 10)
    assert [(event.sequence, event.type.value) for event in events] == [
        (1, "placed"), (2, "scheduled"),
    ]  # fmt: skip


async def test_what_nobody_has_scheduled_can_be_cancelled_past_the_window(store: Store) -> None:
    """R120."""
    order = require_order(await store.check_out_as_guest(await store.create_cart()))
    store.clock.advance(timedelta(minutes=90))
    outcome = await store.cancel(order)
    assert outcome.user_errors == ()
    assert await store.order_statuses() == ["CANCELLED"]


async def test_one_mail_confirms_an_order(store: Store) -> None:
    """However often the request is repeated."""
    cart = await store.create_cart()
    for _ in range(3):
        await store.check_out_as_guest(cart, idempotency_key="k")
    assert await store.count_rows("outbox") == 1


# -- R19: who sees orders


async def test_orders_are_their_purchasers_own(store: Store) -> None:
    ada, grace = await store.one_click_buyer(), await store.sign_in_buyer("grace@example.com")
    clicked = require_order(await ada.purchase())
    signed_in = await ada.sign_in_again()
    bought = require_order(
        await signed_in.check_out(
            await store.create_cart(), **await create_ids(signed_in, address=OFFICE)
        )
    )
    elsewhere = await store.sign_in_buyer()
    guest = require_order(await store.check_out_as_guest(await store.create_cart()))

    async def visible_ids(buyer: Buyer) -> set[str]:
        all_orders = (clicked, bought, guest)
        visible_orders = [
            await access.find_visible_order(
                order.id, caller=buyer.caller, dependencies=store.dependencies
            )
            for order in all_orders
        ]
        return {order.id for order in visible_orders if order}

    assert await visible_ids(ada) == {clicked.id, bought.id}
    assert await visible_ids(elsewhere) == {clicked.id, bought.id}
    assert await visible_ids(await elsewhere.on_device_alone()) == set()
    assert await visible_ids(grace) == set()
    assert await visible_ids(Buyer(store, "", await store.authenticate())) == set()


async def test_lists_of_orders(store: Store) -> None:
    """R33: open ones, the latest first; the whole list only after a sign-in."""
    buyer = await store.one_click_buyer()
    placed_ids = []
    for _ in range(3):
        store.clock.advance(timedelta(hours=2))
        placed_ids.append(require_order(await buyer.purchase(EBOOK)).id)
    parts = store.dependencies
    open_orders = await access.list_open_orders(caller=buyer.caller, dependencies=parts)
    assert [order.id for order in open_orders] == placed_ids[::-1]
    assert (await access.list_orders(2, None, caller=buyer.caller, dependencies=parts)).edges == ()
    signed_in = await buyer.sign_in_again()
    first = await access.list_orders(2, None, caller=signed_in.caller, dependencies=parts)
    assert [edge.node.id for edge in first.edges] == placed_ids[:0:-1]
    second_page = await access.list_orders(
        2, first.page_info.end_cursor, caller=signed_in.caller, dependencies=parts
    )
    assert [edge.node.id for edge in second_page.edges] == placed_ids[:1]


async def test_open_orders_are_listed_short_term_first(store: Store) -> None:
    """R33: and none that was cancelled."""
    buyer = await store.one_click_buyer()
    soon = require_order(await buyer.purchase(EBOOK))
    store.clock.advance(timedelta(seconds=1))
    late = require_order(await buyer.purchase(DESK))
    store.clock.advance(timedelta(hours=2))
    await store.cancel(require_order(await buyer.purchase(EBOOK)))
    listed = await access.list_open_orders(caller=buyer.caller, dependencies=store.dependencies)
    assert [order.id for order in listed] == [soon.id, late.id]


# -- what is promised to whom


async def test_a_purchaser_is_told_until_when_they_can_cancel(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    outcome = await buyer.check_out(
        await store.create_cart(),
        address_id=(await buyer.save_address()).id,
        payment_method_id=(await buyer.save_payment_method()).id,
    )
    assert isinstance(outcome, OrderPlaced)
    closes_at = store.clock.now() + timedelta(minutes=90)
    assert outcome.undo_until == closes_at
    until = closes_at.strftime("%Y-%m-%d %H:%M UTC")
    text = confirmation_mail.confirmation_text(outcome.order, store.dependencies)
    notice = f"You can change or cancel it until {until}, and later what is not yet in a parcel."
    assert text.endswith(f"\n\n{notice}")


async def test_a_guest_is_told_the_way_to_change_it(store: Store) -> None:  # R107, R121
    outcome = await store.check_out_as_guest(await store.create_cart())
    assert isinstance(outcome, OrderPlaced)
    assert outcome.undo_until == outcome.order.closes_at
    text = confirmation_mail.confirmation_text(outcome.order, store.dependencies, "https://x/order")
    assert text.endswith("\nDo that, or change its address, here:\nhttps://x/order")


async def test_a_line_says_what_it_was_reduced_from(store: Store) -> None:  # R91
    """The subtotal is what the lines were, and the discount comes off it but once."""
    cart = await store.create_cart(codes=("SAVE10",))
    outcome = await store.check_out_as_guest(cart)
    assert isinstance(outcome, OrderPlaced)
    text = confirmation_mail.confirmation_text(outcome.order, store.dependencies)
    assert text.splitlines()[2:5] == [
        "Mug: $9.00, reduced from $10.00",
        "Subtotal: $10.00",
        "10 % off: -$1.00",
    ]
