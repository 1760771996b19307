"""Guests see and change their orders: from the device that bought, and by the mailed link."""

import re
from datetime import timedelta

import pytest

from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.user_errors import ErrorCode
from gateway.services.identity.callers import Caller
from gateway.services.orders import access, guest_access
from gateway.services.orders.order_edits import AddressEdit, CancelEdit, LineEdit
from gateway.services.retention import RetentionCleanup
from tests.services.orders.changing import change, error_rows, gross, order_after
from tests.shelves import MUG, OFFICE
from tests.store import Store, require_order

pytestmark = pytest.mark.usefixtures("short_patience")


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens of all links, in the order they are made."""
    tokens: list[str] = []
    create_link = guest_access.create_link

    async def remember(*arguments: object) -> str:
        link = await create_link(*arguments)  # type: ignore[arg-type] # passed on
        tokens.append(link.partition("#")[2])
        return link

    monkeypatch.setattr(guest_access, "create_link", remember)
    return tokens


async def buy(store: Store) -> tuple[Caller, Order]:
    """A guest on a device, and the order of two mugs."""
    guest = await store.authenticate()
    cart = await store.create_cart([(MUG, 2)])
    return guest, require_order(await store.check_out_as_guest(cart, caller=guest))


async def visible(store: Store, order: Order, caller: Caller) -> Order | None:
    return await access.find_visible_order(order.id, caller=caller, dependencies=store.dependencies)


async def test_the_device_that_bought_changes_its_order(store: Store) -> None:
    """R121: nobody else sees it, and the device stands for nobody."""
    guest, order = await buy(store)
    stranger = await store.authenticate()
    assert await visible(store, order, guest) == order
    assert await visible(store, order, stranger) is None
    less = order_after(await change(store, order, LineEdit(order.lines[0].id, 1), guest))
    assert gross(less) == 1573
    moved = await change(store, order, AddressEdit(None, OFFICE), guest)
    assert error_rows(moved) == [
        (
            ErrorCode.SIGN_IN_REQUIRED,
            None,
            "Open the order by the link in its mail, then change its address.",
        )
    ]
    assert moved.value == less
    assert (
        order_after(await change(store, order, CancelEdit(), guest)).status is OrderStatus.CANCELLED
    )
    refused = await change(store, order, CancelEdit(), stranger)
    assert [row[0] for row in error_rows(refused)] == [ErrorCode.NOT_FOUND]


async def test_the_link_opens_its_order_alone(store: Store, links: list[str]) -> None:
    """R121: to the device that comes with it, for whatever can be done."""
    _, order = await buy(store)
    _, other = await buy(store)
    device, stranger = await store.authenticate(), await store.authenticate()
    [token, _] = links
    assert re.fullmatch(r"[\w-]{43}", token)
    opened = await guest_access.open_order(token, caller=device, dependencies=store.dependencies)
    assert opened.value == order
    assert await visible(store, order, device) == order
    assert await visible(store, other, device) is None
    assert await visible(store, order, stranger) is None
    moved = order_after(await change(store, order, AddressEdit(None, OFFICE), device, "99"))
    assert gross(moved) == 2600
    bad = await change(store, order, AddressEdit(None, OFFICE_WITHOUT_CITY), device, "99")
    assert bad.user_errors
    assert {error.code for error in bad.user_errors} == {ErrorCode.ADDRESS_INSUFFICIENT}
    assert all((error.field or ())[:2] == ("input", "address") for error in bad.user_errors)
    saved = await change(store, order, AddressEdit("adr_none"), device, "99")
    assert [row[:2] for row in error_rows(saved)] == [(ErrorCode.INVALID_INPUT, "input.addressId")]
    assert (
        order_after(await change(store, order, CancelEdit(), device)).status
        is OrderStatus.CANCELLED
    )


async def test_a_wrong_link_and_an_old_one_answer_alike(store: Store, links: list[str]) -> None:
    """R121: nothing tells which of them once was right."""
    _, order = await buy(store)
    opened_early, late = await store.authenticate(), await store.authenticate()
    [token] = links
    parts = store.dependencies
    await guest_access.open_order(token, caller=opened_early, dependencies=parts)
    store.clock.advance(timedelta(days=90) - timedelta(microseconds=1))
    assert (await guest_access.open_order(token, caller=late, dependencies=parts)).value == order
    assert await visible(store, order, opened_early) == order
    store.clock.advance(timedelta(microseconds=1))
    over = await guest_access.open_order(token, caller=late, dependencies=parts)
    wrong = await guest_access.open_order("wrong", caller=late, dependencies=parts)
    assert over == wrong
    assert error_rows(wrong) == [
        (ErrorCode.INVALID_TOKEN, "input.token", "The link is wrong or has expired.")
    ]
    assert await visible(store, order, opened_early) is None
    cleanup = RetentionCleanup(store.database, timedelta(days=3653))
    for run in await cleanup.claim(store.clock.now(), store.clock.now(), 1):
        await cleanup.run(run, store.clock.now())
    async with store.database.read() as reading:
        assert await reading.order_links.find(guest_access.token_digest(token)) is None


async def test_a_purchasers_order_has_no_link(store: Store, links: list[str]) -> None:
    """R121."""
    buyer = await store.one_click_buyer()
    require_order(await buyer.purchase(MUG))
    assert links == []


OFFICE_WITHOUT_CITY = type(OFFICE)(OFFICE.name, "US", "NY", None, None, OFFICE.lines)
