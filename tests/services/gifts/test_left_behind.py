"""Gift orders whose process died half-way: taken over by a retry, or withdrawn by the worker."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.gifts.gift import Gift
from gateway.engine.money import Money
from gateway.services.gifts import creation
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_orders import CREATION_LEASE, TAKEOVER_WINDOW, GiftOrderWithdrawal
from gateway.services.gifts.requests import GiftRequest, RecipientDetails
from gateway.services.outcomes import Outcome
from gateway.services.ports.payments import (
    AmountRefusal,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureResult,
    PaymentProvider,
    ProviderDetails,
    RefundResult,
)
from gateway.worker import run_due_jobs
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, GIVER, GiftShop, usd

BOB = RecipientDetails(name="Bob", email="bob@example.com")
SECOND = timedelta(seconds=1)
IN_PROGRESS_ERRORS = [("PURCHASE_IN_PROGRESS", ("input", "idempotencyKey"))]


class ProcessDied(BaseException):
    """The process is gone."""


@dataclass
class InterruptedPayments:
    """The provider, as asked by a process to which ``after_hold`` happens after each hold."""

    payments: PaymentProvider
    after_hold: Callable[[int], Awaitable[None]]
    holds: int = 0
    silent: bool = False

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        answer = await self.payments.authorize(request)
        self.holds += 1
        await self.after_hold(self.holds)
        return answer

    async def find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        return (
            AuthorizationUnknown()
            if self.silent
            else await self.payments.find_by_key(idempotency_key)
        )

    async def capture(
        self, charge_id: str, amount: Money, idempotency_key: str, *, final: bool
    ) -> CaptureResult:
        return await self.payments.capture(charge_id, amount, idempotency_key, final=final)

    async def release(self, charge_id: str) -> None:
        await self.payments.release(charge_id)

    async def find_captured_minor(self, charge_id: str) -> int:
        return await self.payments.find_captured_minor(charge_id)

    async def refund(self, charge_id: str, amount: Money, idempotency_key: str) -> RefundResult:
        return await self.payments.refund(charge_id, amount, idempotency_key)

    async def find_refund(self, idempotency_key: str) -> RefundResult | None:
        return await self.payments.find_refund(idempotency_key)

    @property
    def details(self) -> ProviderDetails:
        return self.payments.details

    @property
    def captures_once(self) -> bool:
        return self.payments.captures_once

    @property
    def hold_lifetime(self) -> timedelta | None:
        return self.payments.hold_lifetime

    def find_amount_refusal(self, amount: Money) -> AmountRefusal | None:
        return self.payments.find_amount_refusal(amount)


class UnseenPayments(InterruptedPayments):
    """A provider that the request reaches only later."""

    async def find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        return None


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creation, "RESULT_TIMEOUT", timedelta())


def gift_request(shop: GiftShop, *recipients: RecipientDetails) -> GiftRequest:
    """Gifts that end soon enough for their money to be held at once."""
    ends = shop.clock.now() + timedelta(days=4)
    return GiftRequest("var_tea", recipients or (BY_EMAIL,), "key", expires_at=ends)


async def create(request: GiftRequest, parts: GiftDependencies) -> Outcome[tuple[Gift, ...]]:
    return await create_gifts(request, GIVER, dependencies=parts)


def errors(outcome: Outcome[tuple[Gift, ...]]) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(each.code.value, each.field) for each in outcome.user_errors]


def die_after(hold: int) -> Callable[[int], Awaitable[None]]:
    async def die(holds: int) -> None:
        if holds == hold:
            raise ProcessDied

    return die


async def start_and_die(shop: GiftShop, request: GiftRequest, hold: int = 1) -> tuple[str, ...]:
    """The ids of the gifts that would have been, had the process outlived that hold."""
    dependencies = replace(
        shop.dependencies, payments=InterruptedPayments(shop.payments, die_after(hold))
    )
    with pytest.raises(ProcessDied):
        await create(request, dependencies)
    async with shop.database.read() as reading:
        order = await reading.gift_orders.find(GIVER.scope, request.idempotency_key)
    assert order is not None
    return order.gift_ids


async def list_gift_ids(shop: GiftShop) -> list[str]:
    async with shop.database.read() as reading:
        gifts = await reading.gifts.list_by_giver(GIVER.purchaser_id, None, 100)
    return sorted(each.id for each in gifts)


async def run_withdrawal(parts: GiftDependencies) -> None:
    await run_due_jobs((GiftOrderWithdrawal(parts),), parts.clock.now())


@pytest.mark.parametrize("hold", [1, 2])
async def test_a_retry_makes_the_very_gifts_and_holds_once(shop: GiftShop, hold: int) -> None:
    await shop.set_stock(2)
    request = gift_request(shop, BY_EMAIL, BOB)
    ids = await start_and_die(shop, request, hold)
    assert errors(await create(request, shop.dependencies)) == IN_PROGRESS_ERRORS
    shop.clock.advance(CREATION_LEASE + SECOND)
    for _ in range(2):
        outcome = await create(request, shop.dependencies)
        assert outcome.value is not None, outcome.user_errors
        assert tuple(each.id for each in outcome.value) == ids
    assert await shop.list_charges() == [(1500, "HELD")] * 2
    assert await shop.available_stock() == [0, 2]
    await shop.advance_and_run(CREATION_LEASE + TAKEOVER_WINDOW)
    assert await list_gift_ids(shop) == sorted(ids)
    assert await shop.list_charges() == [(1500, "HELD")] * 2


async def test_a_retry_asks_the_provider_for_the_very_same(shop: GiftShop) -> None:
    """Prices that have changed, and a start that has passed, make no second hold."""
    request = replace(gift_request(shop), scheduled_for=shop.clock.now() + SECOND)
    ids = await start_and_die(shop, request)
    shop.clock.advance(CREATION_LEASE + SECOND)
    shop.prices.high = 1800
    outcome = await create(request, shop.dependencies)
    assert outcome.value is not None, outcome.user_errors
    assert [(each.id, each.charges.held) for each in outcome.value] == [(ids[0], usd(1500))]
    assert await shop.list_charges() == [(1500, "HELD")]


async def test_retries_at_once_make_the_gifts_once(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    shop = GiftShop(databases, clock)
    request = gift_request(shop)
    ids = await start_and_die(shop, request)
    clock.advance(CREATION_LEASE + SECOND)
    outcomes = await asyncio.gather(*(create(request, shop.dependencies) for _ in range(5)))
    assert {each.id for outcome in outcomes for each in outcome.value or ()} == set(ids)
    assert all(errors(each) in ([], IN_PROGRESS_ERRORS) for each in outcomes)
    assert await list_gift_ids(shop) == list(ids)
    assert await shop.list_charges() == [(1500, "HELD")]


async def test_what_nobody_comes_back_for_is_withdrawn(shop: GiftShop) -> None:
    request = gift_request(shop, BY_EMAIL, BOB)
    await start_and_die(shop, request, 2)
    await shop.advance_and_run(CREATION_LEASE + TAKEOVER_WINDOW - SECOND)
    assert await shop.list_charges() == [(1500, "HELD")] * 2
    await shop.advance_and_run(SECOND)
    assert await shop.list_charges() == [(1500, "RELEASED")] * 2
    assert await list_gift_ids(shop) == []
    outcome = await create(request, shop.dependencies)
    assert outcome.value is not None, outcome.user_errors
    assert await shop.list_charges() == [(1500, "HELD")] * 2 + [(1500, "RELEASED")] * 2


async def test_an_order_is_kept_until_the_provider_says_what_it_holds(shop: GiftShop) -> None:
    request = gift_request(shop)
    await start_and_die(shop, request)
    silent = InterruptedPayments(shop.payments, die_after(0), silent=True)
    shop.clock.advance(CREATION_LEASE + TAKEOVER_WINDOW)
    await run_withdrawal(replace(shop.dependencies, payments=silent))
    assert await shop.list_charges() == [(1500, "HELD")]
    assert errors(await create(request, shop.dependencies)) == IN_PROGRESS_ERRORS
    shop.clock.advance(timedelta(seconds=5))
    await run_withdrawal(shop.dependencies)
    assert await shop.list_charges() == [(1500, "RELEASED")]
    assert errors(await create(request, shop.dependencies)) == []


async def test_a_refusal_that_cannot_be_tidied_up_is_told_and_tidied_up_later(
    shop: GiftShop,
) -> None:
    request = gift_request(shop, BY_EMAIL, BOB)
    await shop.set_stock(1)
    silent = InterruptedPayments(shop.payments, die_after(0), silent=True)
    outcome = await create(request, replace(shop.dependencies, payments=silent))
    assert errors(outcome) == [("OUT_OF_STOCK", ("input", "variantId"))]
    assert errors(await create(request, shop.dependencies)) == IN_PROGRESS_ERRORS
    await shop.advance_and_run(CREATION_LEASE + TAKEOVER_WINDOW)
    assert await shop.list_charges() == [(1500, "RELEASED")] * 2
    await shop.set_stock(2)
    assert errors(await create(request, shop.dependencies)) == []


def interleavings() -> Iterator[tuple[int, int]]:
    """Who begins how many moments (steps of the loop) later: the retry, the worker."""
    for moments in range(0, 24, 3):
        yield moments, 0
        yield 0, moments


@pytest.mark.parametrize(("retry_later", "worker_later"), sorted(set(interleavings())))
async def test_a_retry_and_the_worker_have_one_winner(
    shop: GiftShop, retry_later: int, worker_later: int
) -> None:
    request = gift_request(shop)
    ids = await start_and_die(shop, request)
    shop.clock.advance(CREATION_LEASE + TAKEOVER_WINDOW)

    async def start_later(moments: int, awaitable: Awaitable[object]) -> object:
        for _ in range(moments):
            await asyncio.sleep(0)
        return await awaitable

    first, _ = await asyncio.gather(
        start_later(retry_later, create(request, shop.dependencies)),
        start_later(worker_later, run_withdrawal(shop.dependencies)),
    )
    assert isinstance(first, Outcome)
    assert errors(first) in ([], IN_PROGRESS_ERRORS)
    last = await create(request, shop.dependencies)
    assert last.value is not None, last.user_errors
    assert await list_gift_ids(shop) == [last.value[0].id]
    charges = (
        [(1500, "HELD")] if last.value[0].id == ids[0] else [(1500, "HELD"), (1500, "RELEASED")]
    )
    assert await shop.list_charges() == charges


async def test_a_process_that_was_only_slow_holds_nothing_for_what_was_withdrawn(
    shop: GiftShop,
) -> None:
    """It finds its order gone, lets go of the hold it then made, and begins anew."""

    async def sleeps(holds: int) -> None:
        if holds == 1:
            shop.clock.advance(CREATION_LEASE + TAKEOVER_WINDOW)
            await run_withdrawal(
                replace(shop.dependencies, payments=UnseenPayments(shop.payments, sleeps))
            )

    slow = replace(shop.dependencies, payments=InterruptedPayments(shop.payments, sleeps))
    outcome = await create(gift_request(shop), slow)
    assert outcome.value is not None, outcome.user_errors
    assert await list_gift_ids(shop) == [outcome.value[0].id]
    assert await shop.list_charges() == [(1500, "HELD"), (1500, "RELEASED")]


async def test_many_holds_are_given_the_time_they_take(shop: GiftShop) -> None:
    """Somebody who is slow and alive is not taken for dead."""

    async def takes_long(holds: int) -> None:  # noqa: ARG001 - each
        shop.clock.advance(20 * SECOND)
        await run_withdrawal(shop.dependencies)

    recipients = [replace(BOB, email=f"bob{n}@example.com") for n in range(6)]
    slow = replace(shop.dependencies, payments=InterruptedPayments(shop.payments, takes_long))
    outcome = await create(gift_request(shop, *recipients), slow)
    assert outcome.value is not None, outcome.user_errors
    assert len(outcome.value) == 6
    assert await shop.list_charges() == [(1500, "HELD")] * 6


class MutePayments(InterruptedPayments):
    """A provider that takes the request and does not say so."""

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        await super().authorize(request)
        return AuthorizationUnknown()


async def test_silence_is_no_refusal_and_no_second_hold(shop: GiftShop) -> None:
    """security 13: the key answers that it is under way, then with the very gifts."""
    request = gift_request(shop)
    mute = MutePayments(shop.payments, die_after(0), silent=True)
    assert (
        errors(await create(request, replace(shop.dependencies, payments=mute)))
        == IN_PROGRESS_ERRORS
    )
    assert await shop.list_charges() == [(1500, "HELD")]
    shop.clock.advance(CREATION_LEASE + SECOND)
    outcome = await create(request, shop.dependencies)
    assert outcome.value is not None, outcome.user_errors
    assert await shop.list_charges() == [(1500, "HELD")]
    await shop.advance_and_run(CREATION_LEASE + TAKEOVER_WINDOW)
    assert await shop.list_charges() == [(1500, "HELD")]
