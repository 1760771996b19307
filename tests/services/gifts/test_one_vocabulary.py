"""The same fault has the same code, path and sentence; an answer shows the state it made."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.engine.buying import IdempotencyConflict, InvalidPurchase, PaymentDeclined
from gateway.engine.gifts.charges import GiftPaymentState
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import Gift
from gateway.engine.problems import ErrorCode, UserError
from gateway.engine.purchasers import PaymentMethod
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.giving import GiverInput, cancel, supply
from gateway.services.gifts.requests import GiftRequest
from gateway.services.gifts.resolving import ResolveGifts
from gateway.services.gifts.shipping import ShipmentStatus, update_shipment
from gateway.services.ports.database import Reading
from gateway.services.ports.payments import Authorization, Unknown
from gateway.worker import turn
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import (
    BY_EMAIL,
    GIVER,
    HOME_TYPED,
    MadeUpGivers,
    Shop,
)
from tests.store import Store

KEYS = ["", " ", "\t", "k" * 256, "a\nb", "a\u200bb"]
YESTERDAY = date(2026, 11, 1)


@pytest.fixture
def shop(databases: AnyDatabase, clock: StandingClock) -> Shop:
    return Shop(databases, clock)


async def refusals(shop: Shop, request: GiftRequest) -> list[UserError]:
    return list((await create_gifts(request, GIVER, parts=shop.parts)).user_errors)


@pytest.mark.parametrize("key", KEYS, ids=ascii)
async def test_a_key_is_judged_alike(
    shop: Shop, databases: AnyDatabase, clock: StandingClock, key: str
) -> None:  # gifts 8
    store = await Store.opened(databases, clock)
    clicked = await (await store.ready()).click(key=key)
    guest = await store.guest(await store.cart(), idempotency_key=key, expected_total=Decimal(99))
    said = await refusals(shop, GiftRequest("var_tea", (BY_EMAIL,), key))
    assert isinstance(clicked, InvalidPurchase)
    assert isinstance(guest, InvalidPurchase)
    assert said == list(clicked.user_errors) == list(guest.user_errors)
    assert [each.field for each in said] == [("input", "idempotencyKey")]


async def test_a_key_of_another_request_is_refused_alike(
    shop: Shop, databases: AnyDatabase, clock: StandingClock
) -> None:  # gifts 8
    buyer = await (await Store.opened(databases, clock)).ready()
    await buyer.click(key="k")
    clicked = await buyer.click(quantity=2, key="k")
    request = GiftRequest("var_tea", (BY_EMAIL,), "k")
    assert await refusals(shop, request) == []
    [said] = await refusals(shop, replace(request, quantity=2))
    assert said.code is ErrorCode.IDEMPOTENCY_CONFLICT
    assert said.field == ("input", "idempotencyKey")
    assert clicked == IdempotencyConflict(said.message)


@dataclass
class Expired(MadeUpGivers):
    """A giver whose methods have all expired, but for one."""

    async def payment_method(
        self, purchaser_id: str, id: str | None, reading: Reading
    ) -> PaymentMethod | None:
        found = await super().payment_method(purchaser_id, id, reading)
        if found is None or id == "pay_ok":
            return found
        return replace(found, expires_on=YESTERDAY)


async def test_an_expired_method_is_refused_alike(shop: Shop) -> None:  # gifts 8
    shop.givers.token = "sim_declined"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    shop.parts = replace(shop.parts, givers=Expired())
    request = GiftRequest("var_tea", (BY_EMAIL,), "k", payment_method_id="pay_1")
    said = await refusals(shop, request)
    named = GiverInput(payment_method_id="pay_1")
    supplied = await supply(gift.id, named, GIVER, parts=shop.parts)
    path = ("input", "paymentMethodId")
    message = "The payment method has expired."
    assert said == list(supplied.user_errors)
    assert said == [UserError(ErrorCode.PAYMENT_DECLINED, path, message)]
    assert PaymentDeclined(message).reason == message


# -- what giftCancel answers

Making = Callable[[Shop], Awaitable[Gift]]


async def held(shop: Shop) -> Gift:
    return await shop.give(expires_at=shop.clock.now() + timedelta(days=4))


async def held_once_resolved(shop: Shop) -> Gift:
    return await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))


async def promised(shop: Shop) -> Gift:
    return await shop.give()


async def to_be_confirmed(shop: Shop) -> Gift:
    shop.givers.token = "sim_3ds"
    return await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))


async def taken(shop: Shop) -> Gift:
    gift = await held_once_resolved(shop)
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.RETURNED):
        await update_shipment(gift.id, status, parts=shop.parts)
    return gift


@pytest.mark.parametrize(
    ("making", "payment", "charges"),
    [
        (held, "RELEASED", [(1500, "RELEASED")]),
        (held_once_resolved, "RELEASED", [(1200, "RELEASED")]),
        (promised, "RELEASED", []),
        (to_be_confirmed, "RELEASED", [(1200, "RELEASED")]),
        (taken, "REFUNDED", [(1200, "REFUNDED")]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_a_cancellation_shows_the_money_back(
    shop: Shop, making: Making, payment: str, charges: list[tuple[int, str]]
) -> None:  # gifts 8, R62
    gift = await making(shop)
    outcome = await cancel(gift.id, GIVER, parts=shop.parts)
    assert outcome.value is not None, outcome.user_errors
    assert outcome.value.status is GiftStatus.CANCELLED
    assert outcome.value.charges.payment == payment
    assert not outcome.value.charges.strays
    assert await shop.charges() == charges
    assert await shop.gift(gift.id) == outcome.value


async def test_a_cancellation_that_meets_the_worker_shows_it_as_well(shop: Shop) -> None:
    """Whoever claims the gift between: the answer is the same, the money back once."""
    for _ in range(5):
        gift = await held(shop)
        outcome, _ = await asyncio.gather(
            cancel(gift.id, GIVER, parts=shop.parts), eager(shop, gift.id)
        )
        assert outcome.value is not None
        assert outcome.value.charges.payment == "RELEASED"
        await shop.turn()
    assert await shop.charges() == [(1500, "RELEASED")] * 5


async def eager(shop: Shop, id: str) -> None:
    """A worker that claims the gift as soon as it has ended."""
    step = ResolveGifts(shop.parts)
    while not (await shop.gift(id)).settled:  # noqa: ASYNC110 - nothing tells us
        await asyncio.sleep(0)
    await turn((step,), shop.clock.now())


class Silent:
    """A provider that does not say what became of a hold."""

    def __init__(self, payments: object) -> None:
        self.payments = payments

    async def lookup(self, key: str) -> Authorization | None:
        return Unknown()

    def __getattr__(self, name: str) -> object:
        return getattr(self.payments, name)


async def test_a_cancellation_shows_what_is_true_while_the_provider_is_silent(shop: Shop) -> None:
    gift = await held(shop)
    charges = await shop.charges()
    shop.givers.token = "sim_3ds"
    waiting = await to_be_confirmed(shop)
    silent = replace(shop.parts, payments=Silent(shop.payments))  # type: ignore[arg-type]
    outcome = await cancel(waiting.id, GIVER, parts=silent)
    assert outcome.value is not None
    assert outcome.value.charges.strays
    assert (await shop.gift(gift.id)).charges.payment is GiftPaymentState.HELD
    await shop.later(timedelta(minutes=1))
    assert not (await shop.gift(waiting.id)).charges.strays
    assert await shop.charges() == sorted([*charges, (1200, "RELEASED")])
