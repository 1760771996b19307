"""Mails about a guest's order, whose address may be that of somebody who bought nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.orders.order import Order
from gateway.services.identity.callers import Caller
from gateway.services.orders.confirmation_mail import CHANGE_MAIL_INTERVAL
from gateway.services.orders.order_edits import CancelEdit, LineEdit
from gateway.services.outbox import OutboxSender
from gateway.services.ports.messages import Mail
from gateway.services.ports.outbox import MessageKind
from tests.conftest import AnyDatabase
from tests.services.orders.changing import MUCH, change, order_after
from tests.services.sent_mails import send_due_mails
from tests.shelves import MUG
from tests.store import Store, require_order

pytestmark = pytest.mark.usefixtures("short_patience")
MINUTE = timedelta(minutes=1)
OPENING = "Your order {} was changed. It is now:"


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    """On both databases, one minute after an interval has begun."""
    assert clock.now() == datetime(2026, 11, 2, 12, tzinfo=UTC)
    clock.advance(MINUTE)
    return await Store.open(databases, clock)


async def buy(store: Store) -> tuple[Caller, Order]:
    """A guest, and the order of four mugs, whose first mail has left."""
    guest = await store.authenticate()
    cart = await store.create_cart([(MUG, 4)])
    order = require_order(await store.check_out_as_guest(cart, caller=guest))
    assert [mail.key for mail in await send_due_mails(store)] == [f"order-placed-{order.id}"]
    return guest, order


async def set_quantity(store: Store, guest: Caller, order: Order, quantity: int) -> None:
    order_after(await change(store, order, LineEdit(order.lines[0].id, quantity), guest, MUCH))


def subjects_and_quantities(mails: list[Mail], order: Order) -> list[tuple[str, str]]:
    """To whom the mails about changes go, and the line that tells how many mugs there are."""
    rows = []
    for mail in mails:
        opening, _, first_line, *_ = mail.text.splitlines()
        assert opening == OPENING.format(order.number)
        rows.append((mail.to, first_line.partition(":")[0]))
    return rows


async def test_many_changes_by_a_guest_are_one_mail_with_the_last(store: Store) -> None:  # R101
    guest, order = await buy(store)
    for quantity in (3, 2, 1, 2):
        await set_quantity(store, guest, order, quantity)
        assert await send_due_mails(store) == []
    store.clock.advance(9 * MINUTE - timedelta(microseconds=1))
    assert await send_due_mails(store) == []
    store.clock.advance(timedelta(microseconds=1))
    mails = await send_due_mails(store)
    assert subjects_and_quantities(mails, order) == [("guest@example.com", "2 x Mug")]
    store.clock.advance(CHANGE_MAIL_INTERVAL)
    assert await send_due_mails(store) == []


async def test_a_guest_is_told_of_changes_once_in_each_interval(store: Store) -> None:  # R101
    guest, order = await buy(store)
    counts = []
    for number in range(40):
        await set_quantity(store, guest, order, 1 + number % 3)
        store.clock.advance(MINUTE)
        counts.append(len(await send_due_mails(store)))
    assert [index for index, count in enumerate(counts) if count] == [8, 18, 28, 38]
    assert sum(counts) == 4


async def test_what_was_not_sent_for_long_tells_the_last_state_once(store: Store) -> None:  # R101
    """Where the worker stood still, too."""
    guest, order = await buy(store)
    for quantity in (3, 2, 1):
        await set_quantity(store, guest, order, quantity)
        store.clock.advance(CHANGE_MAIL_INTERVAL)
    mails = await send_due_mails(store)
    assert subjects_and_quantities(mails, order) == [("guest@example.com", "Mug")]


async def test_a_change_while_its_mail_is_being_sent_is_told_in_the_next(store: Store) -> None:
    """R101: no mail is lost, even where the clock of the process that changes it is behind."""
    guest, order = await buy(store)
    await set_quantity(store, guest, order, 3)
    end = store.clock.now() + 9 * MINUTE
    parts = store.dependencies
    sender = OutboxSender(parts.database, parts.cipher, {MessageKind.MAIL: WorkingMails()})
    [lease] = await sender.claim(end, end + MINUTE, 9)
    await set_quantity(store, guest, order, 2)
    await set_quantity(store, guest, order, 1)
    await sender.run(lease, end)
    store.clock.advance(9 * MINUTE)
    assert await send_due_mails(store) == []
    store.clock.advance(CHANGE_MAIL_INTERVAL)
    mails = await send_due_mails(store)
    assert subjects_and_quantities(mails, order) == [("guest@example.com", "Mug")]


class WorkingMails:
    """Takes every mail."""

    async def deliver(self, key: str, body: bytes) -> None:
        """Nothing is to be done."""


async def test_a_cancellation_is_told_at_once_and_nothing_after_it(store: Store) -> None:  # R101
    guest, order = await buy(store)
    await set_quantity(store, guest, order, 2)
    order_after(await change(store, order, CancelEdit(), guest))
    [mail] = await send_due_mails(store)
    assert mail.text.startswith(f"Your order {order.number} is cancelled.")
    store.clock.advance(CHANGE_MAIL_INTERVAL)
    assert await send_due_mails(store) == []


async def test_the_limits_of_two_orders_do_not_touch(store: Store) -> None:  # R101
    orders = [await buy(store) for _ in range(2)]
    for guest, order in orders:
        await set_quantity(store, guest, order, 2)
    store.clock.advance(9 * MINUTE)
    assert len(await send_due_mails(store)) == 2


async def test_a_purchaser_is_told_of_every_change_at_once(store: Store) -> None:  # R101
    """Their address is one that they have proved."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG))
    await send_due_mails(store)
    for quantity in (2, 3):
        await set_quantity(store, buyer.caller, order, quantity)
        [mail] = await send_due_mails(store)
        assert mail.text.startswith(OPENING.format(order.number))
