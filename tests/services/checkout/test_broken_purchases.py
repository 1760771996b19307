"""Faults in a purchase after its money moved: it is finished, or its money let go (security 13)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from gateway.engine.checkout.outcomes import (
    PaymentActionRequired,
    PurchaseInProgress,
    PurchaseOutcome,
)
from gateway.services.checkout import attempt_outcomes, drafts, recovery
from gateway.services.orders import lifecycle
from gateway.services.ports.payments import DeclineReason
from tests.faults import Fault, FaultPlan, FaultyDatabase, FaultyPayments, ProcessKilled
from tests.shelves import PRINT
from tests.store import Buyer, Store, require_order

HALF_A_MINUTE = timedelta(seconds=31)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt_outcomes, "RESULT_TIMEOUT_SECONDS", 0.02)


def faulty_store(store: Store, faults: FaultPlan) -> Store:
    """The same store, whose database and provider break."""
    return store.with_dependencies(
        database=FaultyDatabase(store.database, faults),
        payment_provider=FaultyPayments(store.dependencies.payment_provider, faults),
    )


Buy = Callable[[Store], Awaitable[PurchaseOutcome]]


async def one_click(store: Store) -> Callable[[Store], Awaitable[PurchaseOutcome]]:
    buyer = await store.one_click_buyer()

    async def buy(where: Store) -> PurchaseOutcome:
        return await Buyer(where, buyer.identifier, buyer.caller).purchase(PRINT, key="k")

    return buy


async def guest_checkout(store: Store) -> Callable[[Store], Awaitable[PurchaseOutcome]]:
    cart = await store.create_cart([(PRINT, 1)])

    async def buy(where: Store) -> PurchaseOutcome:
        total = Decimal(1000)
        return await where.check_out_as_guest(cart, idempotency_key="k", expected_total=total)

    return buy


WITH_EACH_WAY = pytest.mark.parametrize(
    "way", [one_click, guest_checkout], ids=lambda each: each.__name__
)
PrepareBuy = Callable[[Store], Awaitable[Buy]]


async def count_held(store: Store) -> int:
    return sum(status == "HELD" for _, status in await store.list_charges())


@WITH_EACH_WAY
@pytest.mark.parametrize("kind", [Fault, ProcessKilled])
@pytest.mark.parametrize("number", range(1, 10))
async def test_a_purchase_that_breaks_anywhere_is_finished(
    store: Store, way: PrepareBuy, number: int, kind: type[BaseException]
) -> None:
    """R129: one order, one charge, one piece less, by the same key."""
    buy = await way(store)
    with suppress(Fault, ProcessKilled):
        await buy(faulty_store(store, FaultPlan(number, fault_type=kind)))
    for _ in range(3):
        await store.run_due_jobs(HALF_A_MINUTE)
    require_order(await buy(store))
    assert (await count_held(store), await store.available_stock(PRINT)) == (1, 2)


@WITH_EACH_WAY
async def test_a_purchase_that_cannot_be_kept_lets_its_money_go(
    store: Store, way: PrepareBuy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """security 13: whatever it is that fails each time, the key is not "under way" for ever."""
    buy = await way(store)
    tries = count(1)

    async def fails(*_: object) -> None:
        next(tries)
        raise Fault("an order that the database does not take")

    with monkeypatch.context() as broken:
        broken.setattr(lifecycle, "place_order", fails)
        with pytest.raises(Fault):
            await buy(store)
        assert (await count_held(store), await store.available_stock(PRINT)) == (1, 2)
        assert await buy(store) == PurchaseInProgress(1000)
        for _ in range(8):
            await store.run_due_jobs(HALF_A_MINUTE * 2)
        assert next(tries) == 7
    assert await store.list_charges() == [(13370, "RELEASED")]
    assert await store.available_stock(PRINT) == 3
    require_order(await buy(store))
    assert (await count_held(store), await store.available_stock(PRINT)) == (1, 2)


@WITH_EACH_WAY
async def test_an_undoing_that_breaks_is_ended_by_the_providers_word(
    store: Store, way: PrepareBuy, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy = await way(store)

    async def fails(*_: object) -> None:
        raise Fault("an order that the database does not take")

    with monkeypatch.context() as broken:
        broken.setattr(lifecycle, "place_order", fails)
        with pytest.raises(Fault):
            await buy(store)
        for _ in range(4):
            await store.run_due_jobs(HALF_A_MINUTE * 2)
        faults = FaultPlan(4)
        await faulty_store(store, faults).run_due_jobs(HALF_A_MINUTE * 2)
        for _ in range(4):
            await store.run_due_jobs(HALF_A_MINUTE * 2)
    assert (await count_held(store), await store.available_stock(PRINT)) == (0, 3)


# -- 3-D Secure, wherever it is asked for


async def confirm_charge(outcome: PurchaseOutcome, store: Store) -> str:
    """The key of the charge that the payer has confirmed at the bank's page."""
    assert isinstance(outcome, PaymentActionRequired)
    token = (outcome.redirect_url or "").rpartition("/")[2]
    charge = await store.dependencies.payment_provider.confirm(token)  # type: ignore[attr-defined]
    return str(charge.idempotency_key)


async def click_to_confirm(store: Store) -> Buy:
    buyer = await store.one_click_buyer("sim_3ds")

    async def buy(where: Store) -> PurchaseOutcome:
        return await Buyer(where, buyer.identifier, buyer.caller).purchase(PRINT, key="k")

    return buy


async def checkout_to_confirm(store: Store) -> Buy:
    cart = await store.create_cart([(PRINT, 1)])

    async def buy(where: Store) -> PurchaseOutcome:
        return await where.check_out_as_guest(
            cart, "sim_3ds", idempotency_key="k", expected_total=Decimal(1000)
        )

    return buy


WITH_EACH_CONFIRMATION = pytest.mark.parametrize(
    "way", [click_to_confirm, checkout_to_confirm], ids=lambda each: each.__name__
)


@WITH_EACH_CONFIRMATION
@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("told", ["by the page", "by a repetition", "by nobody"])
async def test_a_confirmed_purchase_goes_on(
    store: Store, way: PrepareBuy, retries: int, told: str
) -> None:
    """gifts 1: one charge, looked up by the same key, whoever tells of its confirmation."""
    buy = await way(store)
    waiting = await buy(store)
    for _ in range(retries):
        assert await buy(store) == waiting
    key = await confirm_charge(waiting, store)
    if told == "by the page":
        await recovery.resume_attempt(key, store.dependencies)
        await store.run_due_jobs()
        assert await count_held(store) == 1
    if told == "by nobody":
        await store.run_due_jobs(timedelta(minutes=16))
    require_order(await buy(store))
    assert (await count_held(store), await store.available_stock(PRINT)) == (1, 2)
    assert len(await store.list_charges()) == 1


@WITH_EACH_CONFIRMATION
async def test_a_purchase_that_nobody_confirms_holds_nothing(store: Store, way: PrepareBuy) -> None:
    buy = await way(store)
    await buy(store)
    await store.run_due_jobs(timedelta(minutes=16))
    assert await buy(store) == drafts.decline(DeclineReason.AUTHENTICATION_EXPIRED)
    assert (await count_held(store), await store.available_stock(PRINT)) == (0, 3)
