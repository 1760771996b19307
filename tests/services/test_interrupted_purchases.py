"""Purchases that wait for their payer, whose provider is silent, or that a crash cut off (R22)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine.buying import (
    AddressInsufficient,
    InvalidPurchase,
    PaymentActionRequired,
    PaymentDeclined,
    PurchaseInProgress,
    PurchaseOutcome,
)
from gateway.engine.orders import OrderStatus
from gateway.engine.problems import ErrorCode
from gateway.services import orders, purchasing, repair
from gateway.services.ports.payments import AuthorizationRequest, Declined, DeclineReason, Unknown
from tests.engine.purchases import sides, usd
from tests.shelves import PRINT
from tests.store import HOUR, Buyer, Store, placed


@pytest.fixture
async def store(database: SqliteDatabase, clock: StandingClock) -> Store:
    return await Store.opened(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


def refused(outcome: PurchaseOutcome) -> list[tuple[ErrorCode, tuple[str, ...] | None]]:
    assert isinstance(outcome, InvalidPurchase | AddressInsufficient), outcome
    return [(error.code, error.field) for error in outcome.user_errors]


async def nothing_happened(store: Store, *, charges: Sequence[tuple[int, str]] = ()) -> None:
    assert await store.orders() == []
    assert await store.charges() == list(charges)
    assert await store.stock(PRINT) == 3
    assert await store.count("outbox") == 0


# -- 3-D Secure


async def confirm(store: Store, outcome: PurchaseOutcome) -> None:
    """What the payer's confirmation at the bank's page sets off."""
    assert isinstance(outcome, PaymentActionRequired)
    assert outcome.redirect_url is not None
    token = outcome.redirect_url.rpartition("/")[2]
    charge = await store.parts.payments.confirm(token)  # type: ignore[attr-defined]
    await repair.confirmed(charge.idempotency_key, store.parts)


# R130
async def test_a_confirmed_payment_is_an_order_under_the_first_key(store: Store) -> None:
    buyer = await store.ready("sim_3ds")
    waiting = await buyer.click(PRINT, key="k")
    assert isinstance(waiting, PaymentActionRequired)
    assert waiting.expires_at == store.clock.now() + timedelta(minutes=15)
    assert await buyer.click(PRINT, key="k") == waiting
    assert (await store.orders(), await store.stock(PRINT)) == ([], 2)
    await confirm(store, waiting)
    order = placed(await buyer.click(PRINT, key="k"))
    assert (await store.orders(), await store.charges()) == (["OPEN"], [(13370, "HELD")])
    assert order.placed_at == store.clock.now()
    assert await store.count("outbox") == 1


async def test_a_payment_nobody_confirms_is_over(store: Store) -> None:
    """What was taken comes back, and the key keeps the refusal."""
    buyer = await store.ready("sim_3ds")
    await buyer.click(PRINT, key="k")
    await store.work(timedelta(minutes=14))
    assert await store.stock(PRINT) == 2
    await store.work(timedelta(minutes=2))
    await nothing_happened(store)
    assert await buyer.click(PRINT, key="k") == PaymentDeclined("AUTHENTICATION_EXPIRED")


async def test_a_confirmation_that_the_gateway_missed_is_found(store: Store) -> None:
    """A crash between the bank's page and the order."""
    buyer = await store.ready("sim_3ds")
    waiting = await buyer.click(key="k")
    assert isinstance(waiting, PaymentActionRequired)
    token = (waiting.redirect_url or "").rpartition("/")[2]
    await store.parts.payments.confirm(token)  # type: ignore[attr-defined]
    await store.work(timedelta(minutes=16))
    assert placed(await buyer.click(key="k")).status is OrderStatus.OPEN


async def test_who_asks_again_gets_the_order_that_the_gateway_missed(store: Store) -> None:
    """gifts 1: the confirmed charge is looked up with the same key."""
    buyer = await store.ready("sim_3ds")
    waiting = await buyer.click(key="k")
    assert isinstance(waiting, PaymentActionRequired)
    token = (waiting.redirect_url or "").rpartition("/")[2]
    await store.parts.payments.confirm(token)  # type: ignore[attr-defined]
    assert placed(await buyer.click(key="k")).status is OrderStatus.OPEN
    assert await store.charges() == [(1573, "HELD")]


async def test_a_checkout_that_was_confirmed_unseen_is_found_as_well(store: Store) -> None:
    cart = await store.cart()
    waiting = await store.guest(cart, "sim_3ds", idempotency_key="k", expected_total=Decimal(99))
    assert isinstance(waiting, PaymentActionRequired)
    token = (waiting.redirect_url or "").rpartition("/")[2]
    await store.parts.payments.confirm(token)  # type: ignore[attr-defined]
    again = await store.guest(cart, "sim_3ds", idempotency_key="k", expected_total=Decimal(99))
    assert placed(again).status is OrderStatus.OPEN


async def test_a_confirmation_after_the_payers_time_holds_nothing(store: Store) -> None:
    """The provider's clock may be behind ours."""
    buyer = await store.ready("sim_3ds")
    waiting = await buyer.click(PRINT, key="k")
    assert isinstance(waiting, PaymentActionRequired)
    key = (await store._column("SELECT id FROM purchase_attempts"))[0]
    still_open = await store.parts.payments.lookup(key)

    provider = Provider(store)
    provider.always = still_open
    await store.with_(payments=provider).work(timedelta(minutes=16))
    store.clock.advance(-timedelta(minutes=16))
    token = (waiting.redirect_url or "").rpartition("/")[2]
    assert await store.parts.payments.confirm(token) is None  # type: ignore[attr-defined]
    await nothing_happened(store, charges=[(13370, "RELEASED")])


async def test_what_is_confirmed_for_something_else_is_left_alone(store: Store) -> None:
    """gifts 1: a gift's hold is not an attempt that was given up as lost."""
    request = AuthorizationRequest(usd(500), "sim_ok", "gft_1.pay_1.500.1", "pur_1")
    await store.parts.payments.authorize(request)
    await repair.confirmed(request.idempotency_key, store.parts)
    assert await store.charges() == [(500, "HELD")]


# -- silence, crashes


class Provider:
    """The simulated provider, watched and sometimes cut off."""

    def __init__(self, store: Store) -> None:
        self.inner = store.parts.payments
        self.reached = True
        self.answers = True
        self.always: object = None
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def authorize(self, request: AuthorizationRequest) -> object:
        self.asked.set()
        await self.go_on.wait()
        answer: object = await self.inner.authorize(request) if self.reached else Unknown()
        return answer if self.answers else Unknown()

    async def lookup(self, key: str) -> object:
        if self.always is not None:
            return self.always
        return await self.inner.lookup(key) if self.answers else Unknown()

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


def cut_off(buyer: Buyer, provider: Provider) -> Buyer:
    return replace(buyer, store=buyer.store.with_(payments=provider))


async def test_a_silent_provider_is_asked_what_became_of_the_charge(store: Store) -> None:
    """R22, R129: never charged anew."""
    buyer = await store.ready("sim_timeout")
    assert sides(placed(await buyer.click()).total)[2] == 1573
    assert await store.charges() == [(1573, "HELD")]


async def test_whoever_repeats_while_it_is_under_way_is_told_to_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22: and gets the order once there is one."""
    provider = Provider(store)
    provider.go_on.clear()
    buyer = cut_off(await store.ready(), provider)
    first = asyncio.create_task(buyer.click(key="k"))
    await provider.asked.wait()
    assert await buyer.click(key="k") == PurchaseInProgress(1000)
    monkeypatch.setattr(purchasing, "PATIENCE", 60.0)
    second = asyncio.create_task(buyer.click(key="k"))
    await asyncio.sleep(0)
    provider.go_on.set()
    assert placed(await first) == placed(await second)


async def test_an_unknown_outcome_is_settled_by_the_worker(store: Store) -> None:
    """R22: the provider has the charge but says nothing for a while."""
    provider = Provider(store)
    provider.answers = False
    buyer = cut_off(await store.ready(), provider)
    assert await buyer.click(PRINT, key="k") == PurchaseInProgress(1000)
    await buyer.store.work(timedelta(seconds=31))
    assert (await store.orders(), await store.stock(PRINT)) == ([], 2)
    provider.answers = True
    await buyer.store.work(HOUR)
    placed(await buyer.click(PRINT, key="k"))
    assert (await store.orders(), await store.charges()) == (["OPEN"], [(13370, "HELD")])


async def test_what_the_provider_never_saw_is_given_up(store: Store) -> None:
    """R22: the stock comes back, and the same request may run again."""
    provider = Provider(store)
    provider.reached = False
    buyer = cut_off(await store.ready(), provider)
    assert await buyer.click(PRINT, key="k") == PurchaseInProgress(1000)
    assert await store.stock(PRINT) == 2
    await store.work(timedelta(seconds=31))
    await nothing_happened(store)
    provider.reached = True
    placed(await buyer.click(PRINT, key="k"))


async def test_a_charge_that_comes_after_giving_up_is_let_go(store: Store) -> None:
    """R22: a process that slept for a minute must not leave money held."""
    provider = Provider(store)
    provider.go_on.clear()
    buyer = cut_off(await store.ready(), provider)
    asleep = asyncio.create_task(buyer.click(key="k"))
    await provider.asked.wait()
    await store.work(timedelta(seconds=31))
    provider.go_on.set()
    assert await asleep == PurchaseInProgress(1000)
    assert (await store.orders(), await store.charges()) == ([], [(1573, "RELEASED")])
    placed(await buyer.click(key="k"))
    assert await store.charges() == [(1573, "HELD"), (1573, "RELEASED")]


async def test_a_payment_confirmed_after_its_time_is_let_go(store: Store) -> None:
    buyer = await store.ready("sim_3ds")
    waiting = await buyer.click(key="k")
    assert isinstance(waiting, PaymentActionRequired)
    token = (waiting.redirect_url or "").rpartition("/")[2]
    charge = await store.parts.payments.confirm(token)  # type: ignore[attr-defined]
    declined = Declined(DeclineReason.AUTHENTICATION_EXPIRED)
    await purchasing.settle(charge.idempotency_key, declined, store.parts)
    await repair.confirmed(charge.idempotency_key, store.parts)
    assert (await store.orders(), await store.charges()) == ([], [(1573, "RELEASED")])


class Crash(BaseException):
    """The process dies."""


async def test_a_crash_between_charge_and_order_is_repaired(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22: on restart the provider is asked by the same key."""

    async def dying(*_: object) -> None:
        raise Crash

    buyer = await store.ready()
    with monkeypatch.context() as patched:
        patched.setattr(orders, "place", dying)
        with pytest.raises(Crash):
            await buyer.click(PRINT, key="k")
    assert (await store.orders(), await store.charges()) == ([], [(13370, "HELD")])
    assert await store.stock(PRINT) == 2
    await store.work(timedelta(seconds=31))
    assert (await store.orders(), await store.charges()) == (["OPEN"], [(13370, "HELD")])
    placed(await buyer.click(PRINT, key="k"))
    assert await store.stock(PRINT) == 2
    assert await store.count("outbox") == 1


async def test_a_crash_before_the_charge_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22."""

    async def dying(*_: object) -> None:
        raise Crash

    buyer = await store.ready()
    with monkeypatch.context() as patched:
        patched.setattr(purchasing, "_charged", dying)
        with pytest.raises(Crash):
            await buyer.click(PRINT, key="k")
    await store.work(timedelta(seconds=31))
    await nothing_happened(store)
    placed(await buyer.click(PRINT, key="k"))
