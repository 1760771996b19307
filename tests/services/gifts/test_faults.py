"""Faults after money moved: whatever breaks, nothing stays held for nothing (security 13)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts import creation
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_orders import CREATION_LEASE, TAKEOVER_WINDOW
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.outcomes import Outcome
from tests.conftest import AnyDatabase
from tests.faults import Fault, FaultPlan, FaultyDatabase, FaultyPayments, ProcessKilled
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME_TYPED, GiftShop

BOB = RecipientDetails(name="Bob", email="bob@example.com")
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(databases: AnyDatabase, clock: ManualClock) -> GiftShop:
    return GiftShop(databases, clock)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creation, "RESULT_TIMEOUT", timedelta())


def faulty_dependencies(shop: GiftShop, faults: FaultPlan) -> GiftDependencies:
    """The shop's parts, that break."""
    database = FaultyDatabase(shop.database, faults)
    payments = FaultyPayments(shop.payments, faults)
    return replace(shop.dependencies, database=database, payments=payments)  # type: ignore[arg-type]


async def held_amounts(shop: GiftShop) -> list[int]:
    """What is held at the provider."""
    return [amount for amount, status in await shop.list_charges() if status == "HELD"]


async def held_amounts_and_gift_count(
    shop: GiftShop, caller: GiftCaller = GIVER
) -> tuple[list[int], int]:
    """What is held at the provider, and how many gifts there are."""
    async with shop.database.read() as reading:
        gifts = await reading.gifts.list_by_giver(caller.purchaser_id, None, 100)
    return await held_amounts(shop), len(gifts)


def gift_request(shop: GiftShop, key: str) -> GiftRequest:
    """Two gifts that end soon enough for their money to be held at once."""
    ends = shop.clock.now() + timedelta(days=4)
    return GiftRequest("var_tea", (BY_EMAIL, BOB), key, expires_at=ends)


Aftermath = Callable[[GiftShop, GiftRequest, GiftCaller], Awaitable[None]]


async def ask_again(shop: GiftShop, request: GiftRequest, caller: GiftCaller) -> None:
    """The same key makes the gifts, at the latest once the first request counts as dead."""
    outcome: Outcome[tuple[Gift, ...]] = await create_gifts(
        request, caller, dependencies=shop.dependencies
    )
    if outcome.value is None:
        shop.clock.advance(CREATION_LEASE + timedelta(seconds=1))
        outcome = await create_gifts(request, caller, dependencies=shop.dependencies)
    assert outcome.value is not None, outcome.user_errors
    assert await held_amounts_and_gift_count(shop, caller) == ([1500, 1500], 2)


async def leave_alone(shop: GiftShop, _: GiftRequest, caller: GiftCaller) -> None:
    """Nobody comes back: either the gifts are there, or nothing is held."""
    await shop.advance_and_run(CREATION_LEASE + TAKEOVER_WINDOW)
    await shop.advance_and_run(HOUR)
    assert await held_amounts_and_gift_count(shop, caller) in (([1500, 1500], 2), ([], 0))


@pytest.mark.parametrize("then", [ask_again, leave_alone], ids=lambda each: each.__name__)
@pytest.mark.parametrize(("kind", "times"), [(Fault, 1), (Fault, 3), (ProcessKilled, 1)])
async def test_a_gift_whose_making_breaks_anywhere(  # security 13
    shop: GiftShop, then: Aftermath, kind: type[BaseException], times: int
) -> None:
    for number in count(1):
        await shop.set_stock(2)
        faults = FaultPlan(number, times, kind)
        request, by = gift_request(shop, "key"), GiftCaller(f"pur_{number}")
        with suppress(Fault, ProcessKilled):
            await create_gifts(request, by, dependencies=faulty_dependencies(shop, faults))
        await then(shop, request, by)
        await cancel_all(shop, by)
        if len(faults.calls) < number:
            return


async def cancel_all(shop: GiftShop, caller: GiftCaller = GIVER) -> None:
    """Cancel the gifts, and see their money back."""
    async with shop.database.read() as reading:
        records = await reading.gifts.list_by_giver(caller.purchaser_id, None, 100)
    for record in records:
        await cancel_gift(record.id, caller, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert await held_amounts(shop) == []


async def test_a_fault_gives_the_money_back_at_once(shop: GiftShop) -> None:
    """security 13: the key is free again, not "still under way"."""
    faults = FaultPlan(0)
    dry_run = GiftCaller("pur_2")
    await create_gifts(
        gift_request(shop, "key"), dry_run, dependencies=faulty_dependencies(shop, faults)
    )
    fault_number = len(faults.calls) - faults.calls[::-1].index("before a commit")
    await cancel_all(shop, dry_run)
    request = gift_request(shop, "key")
    with pytest.raises(Fault):
        await create_gifts(
            request, GIVER, dependencies=faulty_dependencies(shop, FaultPlan(fault_number))
        )
    assert await held_amounts_and_gift_count(shop) == ([], 0)
    outcome = await create_gifts(request, GIVER, dependencies=shop.dependencies)
    assert outcome.value is not None
    assert await held_amounts_and_gift_count(shop) == ([1500, 1500], 2)


# -- the worker's steps and the giver's answer


async def create_mandate_gift(shop: GiftShop) -> Gift:
    """A gift whose hold is to be asked for: the worker has not begun."""
    outcome = await create_gifts(
        GiftRequest(
            "var_tea", (replace(BY_EMAIL, postal=HOME_TYPED),), shop.dependencies.ids.new("k")
        ),
        GIVER,
        dependencies=shop.dependencies,
    )
    assert outcome.value is not None
    return outcome.value[0]


async def run_with_faults(shop: GiftShop, faults: FaultPlan) -> None:
    """Everything that is due, in a process that breaks."""
    dependencies = shop.dependencies
    shop.dependencies = faulty_dependencies(shop, faults)
    await shop.run_due_jobs()
    shop.dependencies = dependencies


@pytest.mark.parametrize("ends", ["resolved", "cancelled"])
async def test_a_hold_whose_recording_breaks_anywhere(shop: GiftShop, ends: str) -> None:
    """R62: the hold is made once, and is let go if the gift ends before it was recorded."""
    for number in count(1):
        gift = await create_mandate_gift(shop)
        faults = FaultPlan(number)
        await run_with_faults(shop, faults)
        if ends == "cancelled":
            await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
        for _ in range(4):
            await shop.advance_and_run(HOUR)
        after = await shop.load_gift(gift.id)
        amounts = await held_amounts(shop)
        if ends == "cancelled":
            assert (after.status, amounts) == (GiftStatus.CANCELLED, []), faults.calls
        else:
            assert (after.status, amounts) == (GiftStatus.RESOLVED, [1200]), faults.calls
        await cancel_all(shop)
        if len(faults.calls) < number:
            return


async def test_an_answer_of_the_giver_that_breaks_anywhere(shop: GiftShop) -> None:
    for number in count(1):
        shop.givers.token = "sim_declined"
        gift = await create_mandate_gift(shop)
        await shop.run_due_jobs()
        assert (await shop.load_gift(gift.id)).status is GiftStatus.AWAITING_GIVER
        faults = FaultPlan(number)
        method = GiverInput(payment_method_id="pay_ok")
        try:
            await supply_gift_info(
                gift.id, method, GIVER, dependencies=faulty_dependencies(shop, faults)
            )
        except Fault:
            # Whoever got no answer asks again.
            await supply_gift_info(gift.id, method, GIVER, dependencies=shop.dependencies)
        await run_with_faults(shop, FaultPlan(number))
        for _ in range(4):
            await shop.advance_and_run(HOUR)
        after = await shop.load_gift(gift.id)
        assert (after.status, await held_amounts(shop)) == (GiftStatus.RESOLVED, [1200])
        await cancel_all(shop)
        if len(faults.calls) < number > 12:
            return
