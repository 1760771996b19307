"""Checking carts out, by purchasers and by guests."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine.buying import (
    AddressInsufficient,
    IdempotencyConflict,
    InvalidPurchase,
    OrderPlaced,
    PaymentActionRequired,
    PaymentDeclined,
    PurchaseOutcome,
    ReauthenticationRequired,
    SignInRequired,
)
from gateway.engine.carts import PricedCart
from gateway.engine.places import PostalAddress
from gateway.engine.problems import ErrorCode
from gateway.services import carts
from gateway.services.carts import WantedLine
from gateway.services.checkout import Guest
from gateway.services.identity.one_click import standing
from tests.engine.purchases import sides
from tests.shelves import HOME, MUG, NEW_YORK, OFFICE, PRINT
from tests.store import Buyer, Store, placed

CARD = "4242 4242 4242 4242"


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


# -- who may buy


async def test_a_purchaser_buys_a_cart(store: Store) -> None:
    """R21: at the address's tax, whatever area the cart was looked at for."""
    buyer = await store.buyer()
    cart = await store.cart([(MUG, 2), (PRINT, 1)], NEW_YORK)
    order = placed(await buyer.check_out(cart, **await own(buyer)))
    assert sides(order.total) == (14_500, 1015, 15_515)
    assert order.purchaser_id == buyer.caller.purchaser_id
    assert await store.charges() == [(15_515, "HELD")]
    assert await store.stock(PRINT) == 2
    assert (await current(store, cart)).cart.order_id == order.id


async def test_the_same_thing_costs_the_same_by_cart_and_by_click(store: Store) -> None:
    """R21, R93."""
    for address in (HOME, OFFICE):
        buyer = await store.buyer(f"{address.postal_code}@example.com")
        ids = await own(buyer, address=address)
        by_cart = placed(await buyer.check_out(await store.cart([(MUG, 3)]), **ids))
        saved = await buyer.address(address, "again")
        await buyer.enable(saved, await buyer.method())
        by_click = placed(await buyer.click(MUG, 3))
        assert by_cart.figures == by_click.figures


async def test_a_guest_buys_a_cart(store: Store) -> None:
    """No purchaser comes of it, and the device stands for nobody."""
    order = placed(await store.guest(await store.cart([(MUG, 1)])))
    assert (order.purchaser_id, order.client_id) == (None, None)
    assert sides(order.total) == (1500, 73, 1573)
    assert await store.count("purchasers") == 0


async def test_a_stranger_and_a_recognised_client_must_sign_in(store: Store) -> None:
    cart = await store.cart()
    stranger = Buyer(store, "", await store.recognise())
    ids = {"address_id": "adr_x", "payment_method_id": "pay_x"}
    assert isinstance(await stranger.check_out(cart, **ids), SignInRequired)
    recognised = await (await store.buyer()).recognised()
    assert isinstance(await recognised.check_out(cart, **ids), ReauthenticationRequired)
    assert await store.orders() == []


async def test_a_bearer_of_any_age_may_buy_but_not_enable(store: Store) -> None:
    buyer = await store.buyer()
    ids = await own(buyer)
    store.clock.advance(timedelta(hours=5))
    cart = await store.cart()
    outcome = await buyer.check_out(cart, **ids, enable_one_click=True)
    assert isinstance(outcome, ReauthenticationRequired)
    placed(await buyer.check_out(cart, **ids))


async def test_one_click_is_enabled_only_with_consent(store: Store) -> None:
    """R11."""
    buyer = await store.buyer()
    ids = await own(buyer)

    async def profiles() -> int:
        async with store.database.read() as reading:
            found = await standing(caller=buyer.caller, reading=reading, cipher=store.parts.cipher)
        return len(found.profiles) if found else 0

    placed(await buyer.check_out(await store.cart(), **ids))
    assert await profiles() == 0
    declined = await own(buyer, "sim_declined", OFFICE)
    await buyer.check_out(await store.cart(), **declined, enable_one_click=True)
    assert await profiles() == 0
    placed(await buyer.check_out(await store.cart(), **ids, enable_one_click=True))
    assert await profiles() == 1
    placed(await (await buyer.recognised()).click())


async def test_what_is_named_must_be_the_buyers_own(store: Store) -> None:
    ada, grace = await store.buyer(), await store.buyer("grace@example.com")
    ids, hers = await own(ada), await own(grace)
    cart = await store.cart()
    mixed = await ada.check_out(cart, **ids | {"address_id": hers["address_id"]})
    assert refused(mixed) == [(ErrorCode.NOT_FOUND, "addressId")]
    mixed = await ada.check_out(cart, **ids | {"payment_method_id": hers["payment_method_id"]})
    assert refused(mixed) == [(ErrorCode.NOT_FOUND, "paymentMethodId")]
    assert (await store.orders(), await store.charges()) == ([], [])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "guest"),
        ({"address_id": "a", "guest": Guest("a@example.com", HOME, "sim_ok")}, "guest"),
        ({"address_id": "a"}, "paymentMethodId"),
        ({"payment_method_id": "p"}, "addressId"),
        ({"address_id": "a", "payment_method_id": "p", "idempotency_key": ""}, "idempotencyKey"),
    ],
)
async def test_either_ids_or_a_guest(store: Store, given: dict[str, object], field: str) -> None:
    buyer = await store.buyer()
    outcome = await buyer.check_out(await store.cart(), **given)
    assert refused(outcome) == [(ErrorCode.INVALID_INPUT, field)]


@pytest.mark.parametrize(
    ("guest", "expected"),
    [
        (Guest("nobody", HOME, "sim_ok"), [(ErrorCode.INVALID_INPUT, "guest.email")]),
        (Guest("a@example.com", HOME, CARD), [(ErrorCode.INVALID_INPUT, "guest.providerToken")]),
        (
            Guest("a@example.com", replace(HOME, name=CARD), "sim_ok"),
            [(ErrorCode.INVALID_INPUT, "guest.address.name")],
        ),
        (
            Guest("a@example.com", replace(HOME, postal_code=None, region=None), "sim_ok"),
            [
                (ErrorCode.ADDRESS_INSUFFICIENT, "guest.address.region"),
                (ErrorCode.ADDRESS_INSUFFICIENT, "guest.address.postalCode"),
            ],
        ),
    ],
)
async def test_a_guests_details_are_checked(
    store: Store, guest: Guest, expected: list[tuple[ErrorCode, str]]
) -> None:
    assert refused(await store.guest(await store.cart(), guest=guest)) == expected
    assert (await store.orders(), await store.charges()) == ([], [])


async def test_a_guest_has_nothing_to_enable(store: Store) -> None:
    outcome = await store.guest(await store.cart(), enable_one_click=True)
    assert refused(outcome) == [(ErrorCode.INVALID_INPUT, "enableOneClick")]


# -- the cart


async def test_a_cart_that_is_not_there(store: Store) -> None:
    outcome = await store.guest(await store.cart(), cart_id="crt_none")
    assert refused(outcome) == [(ErrorCode.NOT_FOUND, "cartId")]


async def test_an_empty_cart(store: Store) -> None:
    outcome = await store.guest(await store.cart([]))
    assert refused(outcome) == [(ErrorCode.INVALID_INPUT, "cartId")]


async def test_another_version_of_the_cart(store: Store) -> None:
    """R86."""
    outcome = await store.guest(await store.cart(), expected_version=2)
    assert refused(outcome) == [(ErrorCode.VERSION_CONFLICT, "expectedVersion")]
    assert await store.charges() == []


async def test_a_bought_cart_is_not_bought_again_nor_changed(store: Store) -> None:
    cart = await store.cart()
    placed(await store.guest(cart))
    again = await store.guest(await current(store, cart))
    assert refused(again) == [(ErrorCode.NOT_MODIFIABLE, "cartId")]
    change = await carts.add_lines(cart.id, 2, [WantedLine(MUG.id, 1)], store.parts)
    assert [error.code for error in change.user_errors] == [ErrorCode.NOT_MODIFIABLE]
    assert await store.orders() == ["OPEN"]


async def test_one_cart_under_two_keys_at_once_is_bought_once(store: Store) -> None:
    cart = await store.cart([(PRINT, 1)])
    outcomes = await asyncio.gather(*(store.guest(cart) for _ in range(5)))
    assert sum(isinstance(outcome, OrderPlaced) for outcome in outcomes) == 1
    assert (await store.orders(), await store.stock(PRINT)) == (["OPEN"], 2)
    assert await store.charges() == [(13_370, "HELD")]


async def test_one_key_buys_a_cart_once(store: Store) -> None:
    """R22: guests' keys are their cart's."""
    cart = await store.cart()
    first = placed(await store.guest(cart, idempotency_key="k"))
    assert placed(await store.guest(cart, idempotency_key="k")) == first
    changed = await store.guest(cart, idempotency_key="k", expected_total=Decimal(99))
    assert isinstance(changed, IdempotencyConflict)
    other = placed(await store.guest(await store.cart(), idempotency_key="k"))
    assert other.id != first.id


async def test_a_key_of_a_click_is_not_one_of_a_checkout(store: Store) -> None:
    """R22: the operation is part of the request."""
    buyer = await store.ready()
    placed(await buyer.click(key="k"))
    signed_in = await buyer.signed_in()
    ids = await own(signed_in, address=OFFICE)
    outcome = await signed_in.check_out(await store.cart(), **ids, idempotency_key="k")
    assert isinstance(outcome, IdempotencyConflict)


async def test_a_declined_payment_frees_the_cart(store: Store) -> None:
    """R23: and a new key may try another method."""
    cart = await store.cart([(PRINT, 1)])
    assert await store.guest(cart, "sim_declined") == PaymentDeclined("DECLINED")
    assert (await store.stock(PRINT), (await current(store, cart)).version) == (3, cart.version)
    placed(await store.guest(cart))


async def test_a_cart_that_is_being_paid_cannot_be_changed(store: Store) -> None:
    cart = await store.cart([(PRINT, 1)])
    assert isinstance(await store.guest(cart, "sim_3ds"), PaymentActionRequired)
    change = await carts.set_codes(cart.id, cart.version, ["SAVE10"], store.parts)
    assert [error.code for error in change.user_errors] == [ErrorCode.NOT_MODIFIABLE]
    await store.work(timedelta(minutes=16))
    change = await carts.set_codes(cart.id, cart.version, ["SAVE10"], store.parts)
    assert change.value is not None
