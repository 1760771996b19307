"""Checking carts out, by purchasers and by guests."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.cart_lines import LineRequest
from gateway.engine.checkout.outcomes import (
    IdempotencyConflict,
    OrderPlaced,
    PaymentActionRequired,
    ReauthenticationRequired,
    SignInRequired,
)
from gateway.engine.orders.repricing import with_line_ids
from gateway.engine.user_errors import ErrorCode
from gateway.services import cart_edits, cart_lines
from gateway.services.cart_edits import CartReference
from gateway.services.checkout import drafts
from gateway.services.checkout.cart_checkout import GuestBuyer
from gateway.services.identity.one_click_profiles import load_setup
from gateway.services.ports.payments import DeclineReason
from tests.engine.purchases import net_tax_gross
from tests.shelves import HOME, MUG, NEW_YORK, OFFICE, PRINT
from tests.store import STAFF, Buyer, Store, create_ids, error_rows, reload_cart, require_order

CARD = "4242 4242 4242 4242"


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


# -- who may buy


async def test_a_purchaser_buys_a_cart(store: Store) -> None:
    """R21: at the address's tax, whatever area the cart was looked at for."""
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, 2), (PRINT, 1)], NEW_YORK)
    order = require_order(await buyer.check_out(cart, **await create_ids(buyer)))
    assert net_tax_gross(order.total) == (14_500, 1015, 15_515)
    assert order.purchaser_id == buyer.caller.purchaser_id
    assert await store.list_charges() == [(15_515, "HELD")]
    assert await store.available_stock(PRINT) == 2
    assert (await reload_cart(store, cart)).cart.order_id == order.id


async def test_the_same_thing_costs_the_same_by_cart_and_by_click(store: Store) -> None:
    """R21, R93."""
    for address in (HOME, OFFICE):
        buyer = await store.sign_in_buyer(f"{address.postal_code}@example.com")
        ids = await create_ids(buyer, address=address)
        by_cart = require_order(await buyer.check_out(await store.create_cart([(MUG, 3)]), **ids))
        saved = await buyer.save_address(address, "again")
        await buyer.enable_one_click(saved, await buyer.save_payment_method())
        by_click = require_order(await buyer.purchase(MUG, 3))
        assert by_cart.figures == with_line_ids(by_click.figures, by_cart.lines)


async def test_a_guest_buys_a_cart(store: Store) -> None:
    """No purchaser comes of it, and the device stands for nobody."""
    order = require_order(await store.check_out_as_guest(await store.create_cart([(MUG, 1)])))
    assert order.purchaser_id is None
    assert order.client_id is not None
    assert net_tax_gross(order.total) == (1500, 73, 1573)
    assert await store.count_rows("purchasers") == 0


async def test_a_stranger_and_a_recognised_client_must_sign_in(store: Store) -> None:
    cart = await store.create_cart()
    stranger = Buyer(store, "", await store.authenticate())
    ids = {"address_id": "adr_x", "payment_method_id": "pay_x"}
    assert isinstance(await stranger.check_out(cart, **ids), SignInRequired)
    recognised = await (await store.sign_in_buyer()).on_device_alone()
    message = "This device alone is not enough for this. Sign in, then retry."
    assert await recognised.check_out(cart, **ids) == ReauthenticationRequired(message)
    assert await store.order_statuses() == []


async def test_a_bearer_of_any_age_may_buy_but_not_enable(store: Store) -> None:
    buyer = await store.sign_in_buyer()
    ids = await create_ids(buyer)
    store.clock.advance(timedelta(hours=5))
    cart = await store.create_cart()
    outcome = await buyer.check_out(cart, **ids, enable_one_click=True)
    message = "This needs a sign-in within the last 15 minutes. Sign in again, then retry."
    assert outcome == ReauthenticationRequired(message)
    require_order(await buyer.check_out(cart, **ids))


async def test_one_click_is_enabled_only_with_consent(store: Store) -> None:
    """R11."""
    buyer = await store.sign_in_buyer()
    ids = await create_ids(buyer)

    async def count_profiles() -> int:
        async with store.database.read() as reading:
            setup = await load_setup(
                caller=buyer.caller, reading=reading, cipher=store.dependencies.cipher
            )
        return len(setup.profiles) if setup else 0

    require_order(await buyer.check_out(await store.create_cart(), **ids))
    assert await count_profiles() == 0
    declined = await create_ids(buyer, "sim_declined", OFFICE)
    await buyer.check_out(await store.create_cart(), **declined, enable_one_click=True)
    assert await count_profiles() == 0
    require_order(await buyer.check_out(await store.create_cart(), **ids, enable_one_click=True))
    assert await count_profiles() == 1
    require_order(await (await buyer.on_device_alone()).purchase())


async def test_what_is_named_must_be_the_buyers_own(store: Store) -> None:
    ada, grace = await store.sign_in_buyer(), await store.sign_in_buyer("grace@example.com")
    ids, hers = await create_ids(ada), await create_ids(grace)
    cart = await store.create_cart()
    mixed = await ada.check_out(cart, **ids | {"address_id": hers["address_id"]})
    assert error_rows(mixed) == [(ErrorCode.NOT_FOUND, "addressId")]
    mixed = await ada.check_out(cart, **ids | {"payment_method_id": hers["payment_method_id"]})
    assert error_rows(mixed) == [(ErrorCode.NOT_FOUND, "paymentMethodId")]
    assert (await store.order_statuses(), await store.list_charges()) == ([], [])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "guest"),
        ({"address_id": "a", "guest": GuestBuyer("a@example.com", HOME, "sim_ok")}, "guest"),
        ({"address_id": "a"}, "paymentMethodId"),
        ({"payment_method_id": "p"}, "addressId"),
        ({"address_id": "a", "payment_method_id": "p", "idempotency_key": ""}, "idempotencyKey"),
    ],
)
async def test_either_ids_or_a_guest(store: Store, given: dict[str, object], field: str) -> None:
    buyer = await store.sign_in_buyer()
    outcome = await buyer.check_out(await store.create_cart(), **given)
    assert error_rows(outcome) == [(ErrorCode.INVALID_INPUT, field)]


@pytest.mark.parametrize(
    ("guest", "expected"),
    [
        (GuestBuyer("nobody", HOME, "sim_ok"), [(ErrorCode.INVALID_INPUT, "guest.email")]),
        (
            GuestBuyer("a@example.com", HOME, CARD),
            [(ErrorCode.INVALID_INPUT, "guest.providerToken")],
        ),
        (
            GuestBuyer("a@example.com", replace(HOME, name=CARD), "sim_ok"),
            [(ErrorCode.INVALID_INPUT, "guest.address.name")],
        ),
        (
            GuestBuyer("a@example.com", replace(HOME, postal_code=None, region=None), "sim_ok"),
            [
                (ErrorCode.ADDRESS_INSUFFICIENT, "guest.address.region"),
                (ErrorCode.ADDRESS_INSUFFICIENT, "guest.address.postalCode"),
            ],
        ),
    ],
)
async def test_a_guests_details_are_checked(
    store: Store, guest: GuestBuyer, expected: list[tuple[ErrorCode, str]]
) -> None:
    assert (
        error_rows(await store.check_out_as_guest(await store.create_cart(), guest=guest))
        == expected
    )
    assert (await store.order_statuses(), await store.list_charges()) == ([], [])


async def test_a_guest_has_nothing_to_enable(store: Store) -> None:
    outcome = await store.check_out_as_guest(await store.create_cart(), enable_one_click=True)
    assert error_rows(outcome) == [(ErrorCode.INVALID_INPUT, "enableOneClick")]


# -- the cart


async def test_a_cart_that_is_not_there(store: Store) -> None:
    outcome = await store.check_out_as_guest(await store.create_cart(), cart_id="crt_none")
    assert error_rows(outcome) == [(ErrorCode.NOT_FOUND, "cartId")]


async def test_an_empty_cart(store: Store) -> None:
    outcome = await store.check_out_as_guest(await store.create_cart([]))
    assert error_rows(outcome) == [(ErrorCode.INVALID_INPUT, "cartId")]


async def test_another_version_of_the_cart(store: Store) -> None:
    """R86."""
    outcome = await store.check_out_as_guest(await store.create_cart(), expected_version=2)
    assert error_rows(outcome) == [(ErrorCode.VERSION_CONFLICT, "expectedVersion")]
    assert await store.list_charges() == []


async def test_a_bought_cart_is_not_bought_again_nor_changed(store: Store) -> None:
    cart = await store.create_cart()
    require_order(await store.check_out_as_guest(cart))
    again = await store.check_out_as_guest(await reload_cart(store, cart))
    assert error_rows(again) == [(ErrorCode.NOT_MODIFIABLE, "cartId")]
    change = await cart_lines.add_lines(
        CartReference(cart.id, 2),
        [LineRequest(MUG.id, 1)],
        caller=STAFF,
        dependencies=store.dependencies,
    )
    assert [error.code for error in change.user_errors] == [ErrorCode.NOT_MODIFIABLE]
    assert await store.order_statuses() == ["OPEN"]


async def test_one_cart_under_two_keys_at_once_is_bought_once(store: Store) -> None:
    cart = await store.create_cart([(PRINT, 1)])
    outcomes = await asyncio.gather(*(store.check_out_as_guest(cart) for _ in range(5)))
    assert sum(isinstance(outcome, OrderPlaced) for outcome in outcomes) == 1
    assert (await store.order_statuses(), await store.available_stock(PRINT)) == (["OPEN"], 2)
    assert await store.list_charges() == [(13_370, "HELD")]


async def test_one_key_buys_a_cart_once(store: Store) -> None:
    """R22: guests' keys are their cart's."""
    cart = await store.create_cart()
    first = require_order(await store.check_out_as_guest(cart, idempotency_key="k"))
    assert require_order(await store.check_out_as_guest(cart, idempotency_key="k")) == first
    changed = await store.check_out_as_guest(cart, idempotency_key="k", expected_total=Decimal(99))
    assert isinstance(changed, IdempotencyConflict)
    other_order = require_order(
        await store.check_out_as_guest(await store.create_cart(), idempotency_key="k")
    )
    assert other_order.id != first.id


async def test_a_key_of_a_click_is_not_one_of_a_checkout(store: Store) -> None:
    """R22: the operation is part of the request."""
    buyer = await store.one_click_buyer()
    require_order(await buyer.purchase(key="k"))
    signed_in = await buyer.sign_in_again()
    ids = await create_ids(signed_in, address=OFFICE)
    outcome = await signed_in.check_out(await store.create_cart(), **ids, idempotency_key="k")
    assert isinstance(outcome, IdempotencyConflict)


async def test_a_declined_payment_frees_the_cart(store: Store) -> None:
    """R23: and a new key may try another method."""
    cart = await store.create_cart([(PRINT, 1)])
    assert await store.check_out_as_guest(cart, "sim_declined") == drafts.decline(
        DeclineReason.DECLINED
    )
    assert (await store.available_stock(PRINT), (await reload_cart(store, cart)).version) == (
        3,
        cart.version,
    )
    require_order(await store.check_out_as_guest(cart))


async def test_a_cart_that_is_being_paid_cannot_be_changed(store: Store) -> None:
    cart = await store.create_cart([(PRINT, 1)])
    assert isinstance(await store.check_out_as_guest(cart, "sim_3ds"), PaymentActionRequired)
    change = await cart_edits.set_codes(
        CartReference(cart.id, cart.version),
        ["SAVE10"],
        caller=STAFF,
        dependencies=store.dependencies,
    )
    assert [error.code for error in change.user_errors] == [ErrorCode.NOT_MODIFIABLE]
    await store.run_due_jobs(timedelta(minutes=16))
    change = await cart_edits.set_codes(
        CartReference(cart.id, cart.version),
        ["SAVE10"],
        caller=STAFF,
        dependencies=store.dependencies,
    )
    assert change.value is not None
