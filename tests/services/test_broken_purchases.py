"""Faults in a purchase after its money moved: it is finished, or its money let go (security 13)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from gateway.engine.buying import (
    PaymentActionRequired,
    PaymentDeclined,
    PurchaseInProgress,
    PurchaseOutcome,
)
from gateway.services import orders, purchasing, repair
from tests.faults import Fault, Faults, FaultyDatabase, FaultyPayments, Killed
from tests.shelves import PRINT
from tests.store import Buyer, Store, placed

HALF_A_MINUTE = timedelta(seconds=31)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purchasing, "PATIENCE", 0.02)


def breaking(store: Store, faults: Faults) -> Store:
    """The same store, whose database and provider break."""
    return store.with_(
        database=FaultyDatabase(store.database, faults),
        payments=FaultyPayments(store.parts.payments, faults),
    )


Buying = Callable[[Store], Awaitable[PurchaseOutcome]]


async def one_click(store: Store) -> Callable[[Store], Awaitable[PurchaseOutcome]]:
    buyer = await store.ready()

    async def buy(where: Store) -> PurchaseOutcome:
        return await Buyer(where, buyer.identifier, buyer.caller).click(PRINT, key="k")

    return buy


async def guest_checkout(store: Store) -> Callable[[Store], Awaitable[PurchaseOutcome]]:
    cart = await store.cart([(PRINT, 1)])

    async def buy(where: Store) -> PurchaseOutcome:
        total = Decimal(1000)
        return await where.guest(cart, idempotency_key="k", expected_total=total)

    return buy


WAYS = pytest.mark.parametrize("way", [one_click, guest_checkout], ids=lambda each: each.__name__)
Way = Callable[[Store], Awaitable[Buying]]


async def held(store: Store) -> int:
    return sum(status == "HELD" for _, status in await store.charges())


@WAYS
@pytest.mark.parametrize("kind", [Fault, Killed])
@pytest.mark.parametrize("number", range(1, 10))
async def test_a_purchase_that_breaks_anywhere_is_finished(
    store: Store, way: Way, number: int, kind: type[BaseException]
) -> None:
    """R129: one order, one charge, one piece less, by the same key."""
    buy = await way(store)
    with suppress(Fault, Killed):
        await buy(breaking(store, Faults(number, kind=kind)))
    for _ in range(3):
        await store.work(HALF_A_MINUTE)
    placed(await buy(store))
    assert (await held(store), await store.stock(PRINT)) == (1, 2)


@WAYS
async def test_a_purchase_that_cannot_be_kept_lets_its_money_go(
    store: Store, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """security 13: whatever it is that fails each time, the key is not "under way" for ever."""
    buy = await way(store)
    tries = count(1)

    async def fails(*_: object) -> None:
        next(tries)
        raise Fault("an order that the database does not take")

    with monkeypatch.context() as broken:
        broken.setattr(orders, "place", fails)
        with pytest.raises(Fault):
            await buy(store)
        assert (await held(store), await store.stock(PRINT)) == (1, 2)
        assert await buy(store) == PurchaseInProgress(1000)
        for _ in range(8):
            await store.work(HALF_A_MINUTE * 2)
        assert next(tries) == 7
    assert await store.charges() == [(13370, "RELEASED")]
    assert await store.stock(PRINT) == 3
    placed(await buy(store))
    assert (await held(store), await store.stock(PRINT)) == (1, 2)


@WAYS
async def test_an_undoing_that_breaks_is_ended_by_the_providers_word(
    store: Store, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy = await way(store)

    async def fails(*_: object) -> None:
        raise Fault("an order that the database does not take")

    with monkeypatch.context() as broken:
        broken.setattr(orders, "place", fails)
        with pytest.raises(Fault):
            await buy(store)
        for _ in range(4):
            await store.work(HALF_A_MINUTE * 2)
        faults = Faults(4)
        await breaking(store, faults).work(HALF_A_MINUTE * 2)
        for _ in range(4):
            await store.work(HALF_A_MINUTE * 2)
    assert (await held(store), await store.stock(PRINT)) == (0, 3)


# -- 3-D Secure, wherever it is asked for


async def confirmed_by(outcome: PurchaseOutcome, store: Store) -> str:
    """The key of the charge that the payer has confirmed at the bank's page."""
    assert isinstance(outcome, PaymentActionRequired)
    token = (outcome.redirect_url or "").rpartition("/")[2]
    charge = await store.parts.payments.confirm(token)  # type: ignore[attr-defined]
    return str(charge.idempotency_key)


async def click_to_confirm(store: Store) -> Buying:
    buyer = await store.ready("sim_3ds")

    async def buy(where: Store) -> PurchaseOutcome:
        return await Buyer(where, buyer.identifier, buyer.caller).click(PRINT, key="k")

    return buy


async def checkout_to_confirm(store: Store) -> Buying:
    cart = await store.cart([(PRINT, 1)])

    async def buy(where: Store) -> PurchaseOutcome:
        return await where.guest(cart, "sim_3ds", idempotency_key="k", expected_total=Decimal(1000))

    return buy


CONFIRMING = pytest.mark.parametrize(
    "way", [click_to_confirm, checkout_to_confirm], ids=lambda each: each.__name__
)


@CONFIRMING
@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("told", ["by the page", "by a repetition", "by nobody"])
async def test_a_confirmed_purchase_goes_on(
    store: Store, way: Way, retries: int, told: str
) -> None:
    """gifts 1: one charge, looked up by the same key, whoever tells of its confirmation."""
    buy = await way(store)
    waiting = await buy(store)
    for _ in range(retries):
        assert await buy(store) == waiting
    key = await confirmed_by(waiting, store)
    if told == "by the page":
        await repair.confirmed(key, store.parts)
        await store.work()
        assert await held(store) == 1
    if told == "by nobody":
        await store.work(timedelta(minutes=16))
    placed(await buy(store))
    assert (await held(store), await store.stock(PRINT)) == (1, 2)
    assert len(await store.charges()) == 1


@CONFIRMING
async def test_a_purchase_that_nobody_confirms_holds_nothing(store: Store, way: Way) -> None:
    buy = await way(store)
    await buy(store)
    await store.work(timedelta(minutes=16))
    assert await buy(store) == PaymentDeclined("AUTHENTICATION_EXPIRED")
    assert (await held(store), await store.stock(PRINT)) == (0, 3)
