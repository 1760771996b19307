"""The same fault has the same code, path and sentence; an answer shows the state it made."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.checkout.outcomes import IdempotencyConflict, InvalidPurchase, PaymentDeclined
from gateway.engine.gifts.charges import GiftPaymentState
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.requests import GiftRequest
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from gateway.services.ports.database import ReadSession
from gateway.services.ports.payments import AuthorizationResult, AuthorizationUnknown
from gateway.worker import run_due_jobs
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import (
    BY_EMAIL,
    GIVER,
    HOME_TYPED,
    FakeGivers,
    GiftShop,
)
from tests.store import Store

KEYS = ["", " ", "\t", "k" * 256, "a\nb", "a\u200bb"]
YESTERDAY = date(2026, 11, 1)


@pytest.fixture
def shop(databases: AnyDatabase, clock: ManualClock) -> GiftShop:
    return GiftShop(databases, clock)


async def refusals(shop: GiftShop, request: GiftRequest) -> list[UserError]:
    return list((await create_gifts(request, GIVER, dependencies=shop.dependencies)).user_errors)


@pytest.mark.parametrize("key", KEYS, ids=ascii)
async def test_a_key_is_judged_alike(
    shop: GiftShop, databases: AnyDatabase, clock: ManualClock, key: str
) -> None:  # gifts 8
    store = await Store.open(databases, clock)
    clicked = await (await store.one_click_buyer()).purchase(key=key)
    guest = await store.check_out_as_guest(
        await store.create_cart(), idempotency_key=key, expected_total=Decimal(99)
    )
    errors = await refusals(shop, GiftRequest("var_tea", (BY_EMAIL,), key))
    assert isinstance(clicked, InvalidPurchase)
    assert isinstance(guest, InvalidPurchase)
    assert errors == list(clicked.user_errors) == list(guest.user_errors)
    assert [each.field for each in errors] == [("input", "idempotencyKey")]


async def test_a_key_of_another_request_is_refused_alike(
    shop: GiftShop, databases: AnyDatabase, clock: ManualClock
) -> None:  # gifts 8
    buyer = await (await Store.open(databases, clock)).one_click_buyer()
    await buyer.purchase(key="k")
    clicked = await buyer.purchase(quantity=2, key="k")
    request = GiftRequest("var_tea", (BY_EMAIL,), "k")
    assert await refusals(shop, request) == []
    [error] = await refusals(shop, replace(request, quantity=2))
    assert error.code is ErrorCode.IDEMPOTENCY_CONFLICT
    assert error.field == ("input", "idempotencyKey")
    assert clicked == IdempotencyConflict(error.message)


@dataclass
class ExpiredMethodGivers(FakeGivers):
    """A giver whose methods have all expired, but for one."""

    async def find_payment_method(
        self, purchaser_id: str, id: str | None, reading: ReadSession
    ) -> PaymentMethod | None:
        method = await super().find_payment_method(purchaser_id, id, reading)
        if method is None or id == "pay_ok":
            return method
        return replace(method, expires_on=YESTERDAY)


async def test_an_expired_method_is_refused_alike(shop: GiftShop) -> None:  # gifts 8
    shop.givers.token = "sim_declined"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    shop.dependencies = replace(shop.dependencies, givers=ExpiredMethodGivers())
    request = GiftRequest("var_tea", (BY_EMAIL,), "k", payment_method_id="pay_1")
    errors = await refusals(shop, request)
    named = GiverInput(payment_method_id="pay_1")
    supplied = await supply_gift_info(gift.id, named, GIVER, dependencies=shop.dependencies)
    path = ("input", "paymentMethodId")
    message = "The payment method has expired."
    assert errors == list(supplied.user_errors)
    assert errors == [UserError(ErrorCode.PAYMENT_DECLINED, path, message)]
    assert PaymentDeclined(message).reason == message


# -- what giftCancel answers

GiftFactory = Callable[[GiftShop], Awaitable[Gift]]


async def give_held(shop: GiftShop) -> Gift:
    return await shop.give(expires_at=shop.clock.now() + timedelta(days=4))


async def give_resolved(shop: GiftShop) -> Gift:
    return await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))


async def give_with_mandate(shop: GiftShop) -> Gift:
    return await shop.give()


async def give_unconfirmed(shop: GiftShop) -> Gift:
    shop.givers.token = "sim_3ds"
    return await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))


async def give_returned(shop: GiftShop) -> Gift:
    gift = await give_resolved(shop)
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.RETURNED):
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    return gift


@pytest.mark.parametrize(
    ("making", "payment", "charges"),
    [
        (give_held, "RELEASED", [(1500, "RELEASED")]),
        (give_resolved, "RELEASED", [(1200, "RELEASED")]),
        (give_with_mandate, "RELEASED", []),
        (give_unconfirmed, "RELEASED", [(1200, "RELEASED")]),
        (give_returned, "REFUNDED", [(1200, "REFUNDED")]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_a_cancellation_shows_the_money_back(
    shop: GiftShop, making: GiftFactory, payment: str, charges: list[tuple[int, str]]
) -> None:  # gifts 8, R62
    gift = await making(shop)
    outcome = await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert outcome.value is not None, outcome.user_errors
    assert outcome.value.status is GiftStatus.CANCELLED
    assert outcome.value.charges.payment == payment
    assert not outcome.value.charges.has_stray_holds
    assert await shop.list_charges() == charges
    assert await shop.load_gift(gift.id) == outcome.value


async def test_a_cancellation_that_meets_the_worker_shows_it_as_well(shop: GiftShop) -> None:
    """Whoever claims the gift between: the answer is the same, the money back once."""
    for _ in range(5):
        gift = await give_held(shop)
        outcome, _ = await asyncio.gather(
            cancel_gift(gift.id, GIVER, dependencies=shop.dependencies),
            run_eager_worker(shop, gift.id),
        )
        assert outcome.value is not None
        assert outcome.value.charges.payment == "RELEASED"
        await shop.run_due_jobs()
    assert await shop.list_charges() == [(1500, "RELEASED")] * 5


async def run_eager_worker(shop: GiftShop, id: str) -> None:
    """A worker that claims the gift as soon as it has ended."""
    step = GiftResolver(shop.dependencies)
    while not (await shop.load_gift(id)).settled:  # noqa: ASYNC110 - nothing tells us
        await asyncio.sleep(0)
    await run_due_jobs((step,), shop.clock.now())


class SilentProvider:
    """A provider that does not say what became of a hold."""

    def __init__(self, payments: object) -> None:
        self.payments = payments

    async def find_by_key(self, key: str) -> AuthorizationResult | None:
        return AuthorizationUnknown()

    def __getattr__(self, name: str) -> object:
        return getattr(self.payments, name)


async def test_a_cancellation_shows_what_is_true_while_the_provider_is_silent(
    shop: GiftShop,
) -> None:
    gift = await give_held(shop)
    charges = await shop.list_charges()
    shop.givers.token = "sim_3ds"
    waiting = await give_unconfirmed(shop)
    dependencies = replace(shop.dependencies, payments=SilentProvider(shop.payments))  # type: ignore[arg-type]
    outcome = await cancel_gift(waiting.id, GIVER, dependencies=dependencies)
    assert outcome.value is not None
    assert outcome.value.charges.has_stray_holds
    assert (await shop.load_gift(gift.id)).charges.payment is GiftPaymentState.HELD
    await shop.advance_and_run(timedelta(minutes=1))
    assert not (await shop.load_gift(waiting.id)).charges.has_stray_holds
    assert await shop.list_charges() == sorted([*charges, (1200, "RELEASED")])
