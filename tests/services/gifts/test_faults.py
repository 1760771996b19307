"""Faults after money moved: whatever breaks, nothing stays held for nothing (security 13)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import Gift
from gateway.services.gifts import creating
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.giving import GiverInput, cancel, supply
from gateway.services.gifts.ordering import GRACE, TAKEN_OVER
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.outcomes import Outcome
from tests.conftest import AnyDatabase
from tests.faults import Fault, Faults, FaultyDatabase, FaultyPayments, Killed
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME_TYPED, Shop

BOB = RecipientDetails(name="Bob", email="bob@example.com")
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(databases: AnyDatabase, clock: StandingClock) -> Shop:
    return Shop(databases, clock)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creating, "PATIENCE", timedelta())


def breaking(shop: Shop, faults: Faults) -> GiftParts:
    """The shop's parts, that break."""
    database = FaultyDatabase(shop.database, faults)
    payments = FaultyPayments(shop.payments, faults)
    return replace(shop.parts, database=database, payments=payments)  # type: ignore[arg-type]


async def held(shop: Shop) -> list[int]:
    """What is held at the provider."""
    return [amount for amount, status in await shop.charges() if status == "HELD"]


async def left(shop: Shop, by: GiftCaller = GIVER) -> tuple[list[int], int]:
    """What is held at the provider, and how many gifts there are."""
    async with shop.database.read() as reading:
        made = await reading.gifts.of_giver(by.purchaser_id, None, 100)
    return await held(shop), len(made)


def wish(shop: Shop, key: str) -> GiftRequest:
    """Two gifts that end soon enough for their money to be held at once."""
    ends = shop.clock.now() + timedelta(days=4)
    return GiftRequest("var_tea", (BY_EMAIL, BOB), key, expires_at=ends)


Then = Callable[[Shop, GiftRequest, GiftCaller], Awaitable[None]]


async def asked_again(shop: Shop, request: GiftRequest, by: GiftCaller) -> None:
    """The same key makes the gifts, at the latest once the first request counts as dead."""
    outcome: Outcome[tuple[Gift, ...]] = await create_gifts(request, by, parts=shop.parts)
    if outcome.value is None:
        shop.clock.advance(TAKEN_OVER + timedelta(seconds=1))
        outcome = await create_gifts(request, by, parts=shop.parts)
    assert outcome.value is not None, outcome.user_errors
    assert await left(shop, by) == ([1500, 1500], 2)


async def left_alone(shop: Shop, _: GiftRequest, by: GiftCaller) -> None:
    """Nobody comes back: either the gifts are there, or nothing is held."""
    await shop.later(TAKEN_OVER + GRACE)
    await shop.later(HOUR)
    assert await left(shop, by) in (([1500, 1500], 2), ([], 0))


@pytest.mark.parametrize("then", [asked_again, left_alone], ids=lambda each: each.__name__)
@pytest.mark.parametrize(("kind", "times"), [(Fault, 1), (Fault, 3), (Killed, 1)])
async def test_a_gift_whose_making_breaks_anywhere(  # security 13
    shop: Shop, then: Then, kind: type[BaseException], times: int
) -> None:
    for number in count(1):
        await shop.stock(2)
        faults = Faults(number, times, kind)
        request, by = wish(shop, "key"), GiftCaller(f"pur_{number}")
        with suppress(Fault, Killed):
            await create_gifts(request, by, parts=breaking(shop, faults))
        await then(shop, request, by)
        await emptied(shop, by)
        if len(faults.calls) < number:
            return


async def emptied(shop: Shop, by: GiftCaller = GIVER) -> None:
    """Cancel the gifts, and see their money back."""
    async with shop.database.read() as reading:
        records = await reading.gifts.of_giver(by.purchaser_id, None, 100)
    for record in records:
        await cancel(record.id, by, parts=shop.parts)
    await shop.turn()
    assert await held(shop) == []


async def test_a_fault_gives_the_money_back_at_once(shop: Shop) -> None:
    """security 13: the key is free again, not "still under way"."""
    faults = Faults(0)
    dry_run = GiftCaller("pur_2")
    await create_gifts(wish(shop, "key"), dry_run, parts=breaking(shop, faults))
    at = len(faults.calls) - faults.calls[::-1].index("before a commit")
    await emptied(shop, dry_run)
    request = wish(shop, "key")
    with pytest.raises(Fault):
        await create_gifts(request, GIVER, parts=breaking(shop, Faults(at)))
    assert await left(shop) == ([], 0)
    outcome = await create_gifts(request, GIVER, parts=shop.parts)
    assert outcome.value is not None
    assert await left(shop) == ([1500, 1500], 2)


# -- the worker's steps and the giver's answer


async def mandate(shop: Shop) -> Gift:
    """A gift whose hold is to be asked for: the worker has not begun."""
    outcome = await create_gifts(
        GiftRequest("var_tea", (replace(BY_EMAIL, postal=HOME_TYPED),), shop.parts.ids.new("k")),
        GIVER,
        parts=shop.parts,
    )
    assert outcome.value is not None
    return outcome.value[0]


async def broken_turns(shop: Shop, faults: Faults) -> None:
    """Everything that is due, in a process that breaks."""
    sound = shop.parts
    shop.parts = breaking(shop, faults)
    await shop.turn()
    shop.parts = sound


@pytest.mark.parametrize("ends", ["resolved", "cancelled"])
async def test_a_hold_whose_recording_breaks_anywhere(shop: Shop, ends: str) -> None:
    """R62: the hold is made once, and is let go if the gift ends before it was recorded."""
    for number in count(1):
        gift = await mandate(shop)
        faults = Faults(number)
        await broken_turns(shop, faults)
        if ends == "cancelled":
            await cancel(gift.id, GIVER, parts=shop.parts)
        for _ in range(4):
            await shop.later(HOUR)
        after = await shop.gift(gift.id)
        found = await held(shop)
        if ends == "cancelled":
            assert (after.status, found) == (GiftStatus.CANCELLED, []), faults.calls
        else:
            assert (after.status, found) == (GiftStatus.RESOLVED, [1200]), faults.calls
        await emptied(shop)
        if len(faults.calls) < number:
            return


async def test_an_answer_of_the_giver_that_breaks_anywhere(shop: Shop) -> None:
    for number in count(1):
        shop.givers.token = "sim_declined"
        gift = await mandate(shop)
        await shop.turn()
        assert (await shop.gift(gift.id)).status is GiftStatus.AWAITING_GIVER
        faults = Faults(number)
        method = GiverInput(payment_method_id="pay_ok")
        try:
            await supply(gift.id, method, GIVER, parts=breaking(shop, faults))
        except Fault:
            # Whoever got no answer asks again.
            await supply(gift.id, method, GIVER, parts=shop.parts)
        await broken_turns(shop, Faults(number))
        for _ in range(4):
            await shop.later(HOUR)
        after = await shop.gift(gift.id)
        assert (after.status, await held(shop)) == (GiftStatus.RESOLVED, [1200])
        await emptied(shop)
        if len(faults.calls) < number > 12:
            return
