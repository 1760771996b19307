"""Amounts that the provider does not charge, and tokens that it does not know: nothing is taken."""

from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.catalogue.products import Variant
from gateway.engine.checkout.outcomes import InvalidPurchase, PriceChanged
from gateway.engine.identity.one_click_offers import OneClickOffer, OneClickState
from gateway.engine.money import Money
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.resolvers import offers
from gateway.resolvers.context import Context
from gateway.services.charge_amounts import describe_refusal
from gateway.services.checkout.payment_refusals import UNKNOWN_CARD_MESSAGE
from gateway.services.ports.payments import (
    AmountRefusal,
    AuthorizationDeclined,
    AuthorizationRequest,
    DeclineReason,
    ProviderDetails,
)
from tests.awaiting import final_answer
from tests.conftest import AnyDatabase
from tests.engine.purchases import usd
from tests.services.orders.payments import with_payments
from tests.shelves import EBOOK, MUG, PRINT
from tests.store import Buyer, Store, require_order

NOT_BOUGHT = "Nothing was bought."
TOO_LITTLE = (
    "15.73 USD is too little to be charged: the payment provider charges 20.00 USD or more. Add "
    "something to the purchase."
)
UNKNOWN_TOKEN = InvalidPurchase(
    (UserError(ErrorCode.INVALID_INPUT, ("input", "guest", "providerToken"), UNKNOWN_CARD_MESSAGE),)
)


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    return await Store.open(databases, clock)


def with_minimum(store: Store, minor: int) -> Store:
    """The same store, whose provider charges nothing below so much."""

    def find_amount_refusal(amount: Money) -> AmountRefusal | None:
        assert amount.minor > 0
        return AmountRefusal(usd(minor)) if amount.minor < minor else None

    return with_payments(store, find_amount_refusal=find_amount_refusal)


def refusal(field: str, message: str) -> InvalidPurchase:
    error = UserError(ErrorCode.INVALID_INPUT, ("input", field), f"{message} {NOT_BOUGHT}")
    return InvalidPurchase((error,))


@pytest.mark.parametrize(
    ("minor", "amount_refusal", "message"),
    [
        (
            30,
            AmountRefusal(usd(50)),
            (
                "0.30 USD is too little to be charged: the payment provider charges 0.50 USD or "
                "more. Add something to the purchase."
            ),
        ),
        (
            1234,
            AmountRefusal(usd(50), step_minor=10),
            (
                "12.34 USD cannot be charged: the payment provider charges multiples of 0.10 USD "
                "only. Change the quantity, or pay in another currency."
            ),
        ),
        (
            1234,
            AmountRefusal(),
            (
                "12.34 USD cannot be charged: the payment provider does not charge this amount in "
                "USD. Change the purchase, or pay in another currency."
            ),
        ),
    ],
)
def test_a_refusal_tells_the_figures(
    minor: int, amount_refusal: AmountRefusal, message: str
) -> None:
    assert describe_refusal(usd(minor), amount_refusal) == message


async def check_nothing_is_taken(store: Store) -> None:
    assert await store.list_charges() == []
    assert await store.available_stock(PRINT) == 3
    async with store.database.read() as reading:
        assert await reading.purchase_attempts.next_due(store.clock.now()) is None


async def test_a_cart_that_costs_too_little(store: Store) -> None:
    """R129: nothing is reserved or asked, and the key is free for what can be paid."""
    buying = with_minimum(store, 20_000)
    cart = await buying.create_cart([(PRINT, 1)])
    refused = await buying.check_out_as_guest(cart, idempotency_key="k")
    too_little = "133.70 USD is too little to be charged: the payment provider charges 200.00 USD "
    assert refused == refusal("cartId", f"{too_little}or more. Add something to the purchase.")
    await check_nothing_is_taken(store)
    require_order(await store.check_out_as_guest(cart, idempotency_key="k"))


async def test_a_click_that_costs_too_little(store: Store) -> None:
    buyer = await with_minimum(store, 2000).one_click_buyer()
    assert await buyer.purchase(key="k") == refusal("variantId", TOO_LITTLE)
    await check_nothing_is_taken(store)
    require_order(await buyer.purchase(quantity=2, key="k"))


async def test_a_price_that_nobody_agreed_to_is_told_first(store: Store) -> None:
    buyer = await with_minimum(store, 2000).one_click_buyer()
    assert isinstance(await buyer.purchase(expected="1.00"), PriceChanged)


async def test_what_joins_an_order_is_charged_by_itself(store: Store) -> None:
    """The difference that it makes is what is asked for."""
    buyer = await with_minimum(store, 1500).one_click_buyer()
    require_order(await buyer.purchase(PRINT))
    too_little = "10.73 USD is too little to be charged: the payment provider charges 15.00 USD "
    assert await buyer.purchase() == refusal(
        "variantId", f"{too_little}or more. Add something to the purchase."
    )
    assert await store.list_charges() == [(13370, "HELD")]


async def test_what_stored_value_pays_needs_no_provider(store: Store) -> None:
    buying = with_minimum(store, 10**9)
    cart = await buying.create_cart([(MUG, 1)], codes=["RICH"])
    require_order(await buying.check_out_as_guest(cart))
    assert await store.list_charges() == []


@pytest.mark.parametrize("is_guest", [True, False])
async def test_an_amount_that_the_provider_refuses_when_asked(
    store: Store, *, is_guest: bool
) -> None:
    """R129: what was reserved comes back, and the key keeps the refusal."""

    async def authorize(_: AuthorizationRequest) -> AuthorizationDeclined:
        return AuthorizationDeclined(DeclineReason.AMOUNT_REFUSED)

    buying = with_payments(store, authorize=authorize)
    buyer = await buying.one_click_buyer()
    cart = await buying.create_cart([(PRINT, 1)])

    async def buy() -> object:
        if is_guest:
            return await buying.check_out_as_guest(cart, idempotency_key="k")
        return await buyer.purchase(PRINT, key="k")

    expected = refusal(
        "cartId" if is_guest else "variantId",
        "133.70 USD cannot be charged: the payment provider does not charge this amount in USD. "
        "Change the purchase, or pay in another currency.",
    )
    assert [await buy(), await buy()] == [expected, expected]
    await check_nothing_is_taken(store)


# -- the button


async def read_offer(buyer: Buyer, variant: Variant) -> tuple[OneClickOffer, Any]:
    """The variant's button, and what resolves its fields."""
    context = Context(buyer.dependencies, buyer.caller, None)  # type: ignore[arg-type]
    info: Any = type("Info", (), {"context": context})
    return await final_answer(offers.one_click(variant, info)), info


async def test_the_button_says_beforehand_what_cannot_be_charged(store: Store) -> None:
    """R129: rather than fail when it is pressed."""
    buyer = await with_minimum(store, 2000).one_click_buyer()
    offer, info = await read_offer(buyer, MUG)
    assert offer.state is OneClickState.READY
    assert await final_answer(offers.reason(offer, info)) == TOO_LITTLE
    assert (
        await final_answer(offers.total(offer, info)),
        await final_answer(offers.due(offer, info)),
    ) == (
        None,
        None,
    )
    assert await final_answer(offers.reason(offer, info, 2)) is None
    assert await final_answer(offers.due(offer, info, 2)) == usd(2645)


async def test_a_button_without_a_price_has_no_reason(store: Store) -> None:
    signed_in = await with_minimum(store, 2000).sign_in_buyer()
    offer, info = await read_offer(signed_in, EBOOK)
    assert await final_answer(offers.reason(offer, info)) is None


# -- tokens


@pytest.mark.parametrize(
    ("prefix", "token"),
    [("sim_", "pm_1"), ("sim_", "seti_1"), ("sim_", "tok_visa"), ("pm_", "sim_ok"), ("pm_", "pm")],
)
async def test_a_guests_token_of_another_provider(store: Store, prefix: str, token: str) -> None:
    """R129: it buys nothing, and nobody is asked."""
    buying = with_payments(store, details=ProviderDetails("a provider", token_prefix=prefix))
    cart = await buying.create_cart([(PRINT, 1)])
    assert await buying.check_out_as_guest(cart, token, idempotency_key="k") == UNKNOWN_TOKEN
    await check_nothing_is_taken(store)


async def test_a_guests_token_that_the_provider_does_not_know(store: Store) -> None:
    """The request is wrong, not the card: what was reserved comes back."""
    cart = await store.create_cart([(PRINT, 1)])
    for _ in range(2):
        outcome = await store.check_out_as_guest(cart, "sim_unheard_of", idempotency_key="k")
        assert outcome == UNKNOWN_TOKEN
    assert await store.list_charges() == [(13370, "DECLINED")]
    assert await store.available_stock(PRINT) == 3
    require_order(await store.check_out_as_guest(cart, idempotency_key="another"))
