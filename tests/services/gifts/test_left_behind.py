"""Gift orders whose process died half-way: taken over by a retry, or withdrawn by the worker."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.engine.gifts.values import Gift
from gateway.engine.money import Money
from gateway.services.gifts import creating
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.ordering import GRACE, TAKEN_OVER, WithdrawGiftOrders
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import GiftRequest, RecipientDetails
from gateway.services.outcomes import Outcome
from gateway.services.ports.payments import (
    Authorization,
    AuthorizationRequest,
    Capture,
    Payments,
    Unknown,
)
from gateway.worker import turn
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, GIVER, Shop, usd

BOB = RecipientDetails(name="Bob", email="bob@example.com")
SECOND = timedelta(seconds=1)
UNDER_WAY = [("PURCHASE_IN_PROGRESS", ("input", "idempotencyKey"))]


class Died(BaseException):
    """The process is gone."""


@dataclass
class Frail:
    """The provider, as asked by a process to which ``befalls`` happens after each hold."""

    payments: Payments
    befalls: Callable[[int], Awaitable[None]]
    holds: int = 0
    silent: bool = False

    async def authorize(self, request: AuthorizationRequest) -> Authorization:
        answer = await self.payments.authorize(request)
        self.holds += 1
        await self.befalls(self.holds)
        return answer

    async def lookup(self, idempotency_key: str) -> Authorization | None:
        return Unknown() if self.silent else await self.payments.lookup(idempotency_key)

    async def capture(self, charge_id: str, amount: Money) -> Capture:
        return await self.payments.capture(charge_id, amount)

    async def release(self, charge_id: str) -> None:
        await self.payments.release(charge_id)

    async def refund(self, charge_id: str) -> None:
        await self.payments.refund(charge_id)


class NotYetThere(Frail):
    """A provider that the request reaches only later."""

    async def lookup(self, idempotency_key: str) -> Authorization | None:
        return None


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creating, "PATIENCE", timedelta())


def wish(shop: Shop, *recipients: RecipientDetails) -> GiftRequest:
    """Gifts that end soon enough for their money to be held at once."""
    ends = shop.clock.now() + timedelta(days=4)
    return GiftRequest("var_tea", recipients or (BY_EMAIL,), "key", expires_at=ends)


async def ask(request: GiftRequest, parts: GiftParts) -> Outcome[tuple[Gift, ...]]:
    return await create_gifts(request, GIVER, parts=parts)


def errors(outcome: Outcome[tuple[Gift, ...]]) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(each.code.value, each.field) for each in outcome.user_errors]


def dies_after(hold: int) -> Callable[[int], Awaitable[None]]:
    async def die(holds: int) -> None:
        if holds == hold:
            raise Died

    return die


async def begun_and_died(shop: Shop, request: GiftRequest, hold: int = 1) -> tuple[str, ...]:
    """The ids of the gifts that would have been, had the process outlived that hold."""
    frail = replace(shop.parts, payments=Frail(shop.payments, dies_after(hold)))
    with pytest.raises(Died):
        await ask(request, frail)
    async with shop.database.read() as reading:
        order = await reading.gift_orders.find(GIVER.scope, request.idempotency_key)
    assert order is not None
    return order.gift_ids


async def gifts_there(shop: Shop) -> list[str]:
    async with shop.database.read() as reading:
        found = await reading.gifts.of_giver(GIVER.purchaser_id, None, 100)
    return sorted(each.id for each in found)


async def worker(parts: GiftParts) -> None:
    await turn((WithdrawGiftOrders(parts),), parts.clock.now())


@pytest.mark.parametrize("hold", [1, 2])
async def test_a_retry_makes_the_very_gifts_and_holds_once(shop: Shop, hold: int) -> None:
    await shop.stock(2)
    request = wish(shop, BY_EMAIL, BOB)
    ids = await begun_and_died(shop, request, hold)
    assert errors(await ask(request, shop.parts)) == UNDER_WAY
    shop.clock.advance(TAKEN_OVER + SECOND)
    for _ in range(2):
        outcome = await ask(request, shop.parts)
        assert outcome.value is not None, outcome.user_errors
        assert tuple(each.id for each in outcome.value) == ids
    assert await shop.charges() == [(1500, "HELD")] * 2
    assert await shop.left() == [0, 2]
    await shop.later(TAKEN_OVER + GRACE)
    assert await gifts_there(shop) == sorted(ids)
    assert await shop.charges() == [(1500, "HELD")] * 2


async def test_a_retry_asks_the_provider_for_the_very_same(shop: Shop) -> None:
    """Prices that have changed, and a start that has passed, make no second hold."""
    request = replace(wish(shop), scheduled_for=shop.clock.now() + SECOND)
    ids = await begun_and_died(shop, request)
    shop.clock.advance(TAKEN_OVER + SECOND)
    shop.prices.high = 1800
    outcome = await ask(request, shop.parts)
    assert outcome.value is not None, outcome.user_errors
    assert [(each.id, each.charges.held) for each in outcome.value] == [(ids[0], usd(1500))]
    assert await shop.charges() == [(1500, "HELD")]


async def test_retries_at_once_make_the_gifts_once(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    shop = Shop(databases, clock)
    request = wish(shop)
    ids = await begun_and_died(shop, request)
    clock.advance(TAKEN_OVER + SECOND)
    outcomes = await asyncio.gather(*(ask(request, shop.parts) for _ in range(5)))
    assert {each.id for outcome in outcomes for each in outcome.value or ()} == set(ids)
    assert all(errors(each) in ([], UNDER_WAY) for each in outcomes)
    assert await gifts_there(shop) == list(ids)
    assert await shop.charges() == [(1500, "HELD")]


async def test_what_nobody_comes_back_for_is_withdrawn(shop: Shop) -> None:
    request = wish(shop, BY_EMAIL, BOB)
    await begun_and_died(shop, request, 2)
    await shop.later(TAKEN_OVER + GRACE - SECOND)
    assert await shop.charges() == [(1500, "HELD")] * 2
    await shop.later(SECOND)
    assert await shop.charges() == [(1500, "RELEASED")] * 2
    assert await gifts_there(shop) == []
    outcome = await ask(request, shop.parts)
    assert outcome.value is not None, outcome.user_errors
    assert await shop.charges() == [(1500, "HELD")] * 2 + [(1500, "RELEASED")] * 2


async def test_an_order_is_kept_until_the_provider_says_what_it_holds(shop: Shop) -> None:
    request = wish(shop)
    await begun_and_died(shop, request)
    silent = Frail(shop.payments, dies_after(0), silent=True)
    shop.clock.advance(TAKEN_OVER + GRACE)
    await worker(replace(shop.parts, payments=silent))
    assert await shop.charges() == [(1500, "HELD")]
    assert errors(await ask(request, shop.parts)) == UNDER_WAY
    shop.clock.advance(timedelta(seconds=5))
    await worker(shop.parts)
    assert await shop.charges() == [(1500, "RELEASED")]
    assert errors(await ask(request, shop.parts)) == []


async def test_a_refusal_that_cannot_be_tidied_up_is_told_and_tidied_up_later(shop: Shop) -> None:
    request = wish(shop, BY_EMAIL, BOB)
    await shop.stock(1)
    silent = Frail(shop.payments, dies_after(0), silent=True)
    outcome = await ask(request, replace(shop.parts, payments=silent))
    assert errors(outcome) == [("OUT_OF_STOCK", ("input", "variantId"))]
    assert errors(await ask(request, shop.parts)) == UNDER_WAY
    await shop.later(TAKEN_OVER + GRACE)
    assert await shop.charges() == [(1500, "RELEASED")] * 2
    await shop.stock(2)
    assert errors(await ask(request, shop.parts)) == []


def orders_of_two() -> Iterator[tuple[int, int]]:
    """Who begins how many moments (steps of the loop) later: the retry, the worker."""
    for moments in range(0, 24, 3):
        yield moments, 0
        yield 0, moments


@pytest.mark.parametrize(("retry_later", "worker_later"), sorted(set(orders_of_two())))
async def test_a_retry_and_the_worker_have_one_winner(
    shop: Shop, retry_later: int, worker_later: int
) -> None:
    request = wish(shop)
    ids = await begun_and_died(shop, request)
    shop.clock.advance(TAKEN_OVER + GRACE)

    async def after(moments: int, wanted: Awaitable[object]) -> object:
        for _ in range(moments):
            await asyncio.sleep(0)
        return await wanted

    first, _ = await asyncio.gather(
        after(retry_later, ask(request, shop.parts)), after(worker_later, worker(shop.parts))
    )
    assert isinstance(first, Outcome)
    assert errors(first) in ([], UNDER_WAY)
    last = await ask(request, shop.parts)
    assert last.value is not None, last.user_errors
    assert await gifts_there(shop) == [last.value[0].id]
    won = [(1500, "HELD")] if last.value[0].id == ids[0] else [(1500, "HELD"), (1500, "RELEASED")]
    assert await shop.charges() == won


async def test_a_process_that_was_only_slow_holds_nothing_for_what_was_withdrawn(
    shop: Shop,
) -> None:
    """It finds its order gone, lets go of the hold it then made, and begins anew."""

    async def sleeps(holds: int) -> None:
        if holds == 1:
            shop.clock.advance(TAKEN_OVER + GRACE)
            await worker(replace(shop.parts, payments=NotYetThere(shop.payments, sleeps)))

    slow = replace(shop.parts, payments=Frail(shop.payments, sleeps))
    outcome = await ask(wish(shop), slow)
    assert outcome.value is not None, outcome.user_errors
    assert await gifts_there(shop) == [outcome.value[0].id]
    assert await shop.charges() == [(1500, "HELD"), (1500, "RELEASED")]


async def test_many_holds_are_given_the_time_they_take(shop: Shop) -> None:
    """Somebody who is slow and alive is not taken for dead."""

    async def takes_long(holds: int) -> None:  # noqa: ARG001 - each
        shop.clock.advance(20 * SECOND)
        await worker(shop.parts)

    recipients = [replace(BOB, email=f"bob{n}@example.com") for n in range(6)]
    slow = replace(shop.parts, payments=Frail(shop.payments, takes_long))
    outcome = await ask(wish(shop, *recipients), slow)
    assert outcome.value is not None, outcome.user_errors
    assert len(outcome.value) == 6
    assert await shop.charges() == [(1500, "HELD")] * 6


class Mute(Frail):
    """A provider that takes the request and does not say so."""

    async def authorize(self, request: AuthorizationRequest) -> Authorization:
        await super().authorize(request)
        return Unknown()


async def test_silence_is_no_refusal_and_no_second_hold(shop: Shop) -> None:
    """security 13: the key answers that it is under way, then with the very gifts."""
    request = wish(shop)
    mute = Mute(shop.payments, dies_after(0), silent=True)
    assert errors(await ask(request, replace(shop.parts, payments=mute))) == UNDER_WAY
    assert await shop.charges() == [(1500, "HELD")]
    shop.clock.advance(TAKEN_OVER + SECOND)
    outcome = await ask(request, shop.parts)
    assert outcome.value is not None, outcome.user_errors
    assert await shop.charges() == [(1500, "HELD")]
    await shop.later(TAKEN_OVER + GRACE)
    assert await shop.charges() == [(1500, "HELD")]
