"""Holds that end by themselves: renewed once before the dispatch, or turned into a mandate."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.charges import CHECK_INTERVAL, RENEWAL_MARGIN, GiftPaymentState
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.gifts.settlement import recheck_hold
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from tests.faults import Fault, FaultPlan, FaultyDatabase, FaultyPayments, ProcessKilled
from tests.services.gifts.adjustable_provider import AdjustableProvider, adjust_provider
from tests.services.gifts.shop import BY_EMAIL, GIVER, HOME_TYPED, GiftShop, usd

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
OFF_SESSION = timedelta(days=4, hours=18)
"""How long Stripe holds what it was asked to hold without the payer."""
HELD, MANDATE = GiftPaymentState.HELD, GiftPaymentState.MANDATE
GIVER_ADDRESS = "pur_1@givers.example.com"


@pytest.fixture
def provider(shop: GiftShop) -> AdjustableProvider:
    return adjust_provider(shop, hold_lifetime=OFF_SESSION)


async def resolved_gift(shop: GiftShop) -> Gift:
    """A gift that waits for its dispatch, with more held than it costs."""
    gift = await shop.give(
        replace(BY_EMAIL, postal=HOME_TYPED), expires_at=shop.clock.now() + 4 * DAY
    )
    assert (gift.status, gift.charges.payment) == (GiftStatus.RESOLVED, HELD)
    assert await shop.list_charges() == [(1500, "HELD")]
    return gift


async def dispatch(shop: GiftShop, gift: Gift) -> list[tuple[str, tuple[str, ...] | None]]:
    outcome = await update_shipment(
        gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    return [(each.code.value, each.field) for each in outcome.user_errors]


REFUSED = [("PAYMENT_DECLINED", ("input", "id"))]


@pytest.mark.parametrize(
    ("hold_lifetime", "longest"),
    [(None, timedelta(days=6)), (OFF_SESSION, OFF_SESSION), (timedelta(days=30),) * 2],
)
async def test_a_gift_that_outlives_the_providers_holds_is_a_mandate(
    shop: GiftShop, hold_lifetime: timedelta | None, longest: timedelta
) -> None:  # R131
    adjust_provider(shop, hold_lifetime=hold_lifetime)
    for lifetime, payment in [(longest, HELD), (longest + SECOND, MANDATE)]:
        gift = await shop.give(expires_at=shop.clock.now() + lifetime)
        assert gift.charges.payment is payment
    assert await shop.list_charges() == [(1500, "HELD")]


async def test_a_hold_is_renewed_once_and_then_becomes_a_mandate(
    shop: GiftShop, provider: AdjustableProvider
) -> None:  # R131
    gift = await resolved_gift(shop)
    assert gift.charges.held_until == shop.clock.now() + OFF_SESSION
    await shop.advance_and_run(OFF_SESSION - RENEWAL_MARGIN - SECOND)
    assert await shop.list_charges() == [(1500, "HELD")]
    await shop.advance_and_run(SECOND)
    renewed = await shop.load_gift(gift.id)
    assert renewed.charges.held_until == shop.clock.now() + OFF_SESSION
    assert (renewed.charges.payment, renewed.charges.held) == (HELD, usd(1200))
    assert await shop.list_charges() == [(1200, "HELD"), (1500, "RELEASED")]
    await shop.advance_and_run(OFF_SESSION - SECOND)
    assert (await shop.load_gift(gift.id)).charges.payment is HELD
    await shop.advance_and_run(SECOND)
    ended = await shop.load_gift(gift.id)
    assert (ended.charges.payment, ended.charges.held_until) == (MANDATE, None)
    assert await shop.list_charges() == [(1200, "RELEASED"), (1500, "RELEASED")]
    await shop.advance_and_run(30 * DAY)
    assert await dispatch(shop, gift) == []
    assert await shop.list_charges() == [(1200, "CAPTURED"), (1200, "RELEASED"), (1500, "RELEASED")]
    assert len(provider.keys) == len(set(provider.keys)) == 3


async def test_a_renewed_hold_is_taken_at_dispatch(
    shop: GiftShop, provider: AdjustableProvider
) -> None:
    gift = await resolved_gift(shop)
    await shop.advance_and_run(OFF_SESSION)
    assert await dispatch(shop, gift) == []
    assert await shop.list_charges() == [(1200, "CAPTURED"), (1500, "RELEASED")]
    await shop.advance_and_run(2 * OFF_SESSION)
    assert (await shop.load_gift(gift.id)).charges.payment is GiftPaymentState.CAPTURED
    assert provider.keys[-1].split(".")[1] == "prolonged"


async def test_a_gift_that_is_not_resolved_when_its_hold_ends_is_held_anew_later(
    shop: GiftShop, provider: AdjustableProvider
) -> None:  # R131
    gift = await shop.give(expires_at=shop.clock.now() + OFF_SESSION)
    await shop.advance_and_run(OFF_SESSION - SECOND)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.AWAITING_GIVER
    assert await shop.list_charges() == [(1500, "HELD")]
    await shop.advance_and_run(SECOND)
    assert (await shop.load_gift(gift.id)).charges.payment is MANDATE
    assert await shop.list_charges() == [(1500, "RELEASED")]
    address = GiverInput(RecipientDetails(name="Ada Lovelace", postal=HOME_TYPED))
    await supply_gift_info(gift.id, address, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    resolved = await shop.load_gift(gift.id)
    assert (resolved.status, resolved.charges.payment) == (GiftStatus.RESOLVED, HELD)
    assert resolved.charges.held_until == shop.clock.now() + OFF_SESSION
    assert await shop.list_charges() == [(1200, "HELD"), (1500, "RELEASED")]
    assert len(set(provider.keys)) == 2


@pytest.mark.parametrize("token", ["sim_declined", "sim_insufficient"])
async def test_a_refused_renewal_leaves_the_hold_to_its_end(
    shop: GiftShop, provider: AdjustableProvider, token: str
) -> None:  # R131
    gift = await resolved_gift(shop)
    shop.givers.token = token
    await shop.advance_and_run(OFF_SESSION - SECOND)
    assert await shop.list_charges() == [(1200, "DECLINED"), (1500, "HELD")]
    await shop.advance_and_run(SECOND)
    assert await shop.list_charges() == [(1200, "DECLINED"), (1500, "RELEASED")]
    for attempt in range(2, 4):
        assert await dispatch(shop, gift) == REFUSED
        after = await shop.load_gift(gift.id)
        assert (after.status, after.charges.payment) == (GiftStatus.RESOLVED, MANDATE)
        assert len(set(provider.keys)) == 1 + attempt
    shop.givers.token = "sim_ok"
    assert await dispatch(shop, gift) == []
    assert (await shop.list_charges())[0] == (1200, "CAPTURED")


async def test_a_refused_renewal_does_not_keep_the_old_hold_from_being_taken(
    shop: GiftShop, provider: AdjustableProvider
) -> None:
    gift = await resolved_gift(shop)
    shop.givers.token = "sim_declined"
    await shop.advance_and_run(OFF_SESSION - SECOND)
    assert await dispatch(shop, gift) == []
    assert await shop.list_charges() == [(1200, "DECLINED"), (1500, "CAPTURED")]
    assert len(provider.keys) == 2


async def test_a_renewal_that_the_bank_wants_confirmed_is_told_to_the_giver_once(
    shop: GiftShop, provider: AdjustableProvider
) -> None:  # R131
    gift = await resolved_gift(shop)
    shop.givers.token = "sim_3ds"
    await shop.advance_and_run(OFF_SESSION - RENEWAL_MARGIN)
    await shop.advance_and_run(2 * CHECK_INTERVAL)
    waiting = await shop.load_gift(gift.id)
    assert (waiting.status, waiting.charges.payment) == (GiftStatus.RESOLVED, HELD)
    assert await shop.list_charges() == [(1500, "HELD")]
    [mail] = shop.sent.mails_to(GIVER_ADDRESS)
    assert mail.subject == "Your gift needs you"
    assert waiting.charges.action_url is not None
    confirmed = await shop.payments.confirm(waiting.charges.action_url.rsplit("/", 1)[-1])
    assert confirmed is not None
    assert await recheck_hold(confirmed.idempotency_key, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    renewed = await shop.load_gift(gift.id)
    assert renewed.charges.held_until == provider.ends[confirmed.id]
    assert renewed.charges.action_url is None
    assert await shop.list_charges() == [(1200, "HELD"), (1500, "RELEASED")]
    assert await dispatch(shop, gift) == []
    assert await shop.list_charges() == [(1200, "CAPTURED"), (1500, "RELEASED")]


async def test_a_renewal_that_nobody_confirms_leaves_the_hold_to_its_end(
    shop: GiftShop, provider: AdjustableProvider
) -> None:
    gift = await resolved_gift(shop)
    shop.givers.token = "sim_3ds"
    await shop.advance_and_run(OFF_SESSION - RENEWAL_MARGIN)
    await shop.advance_and_run(HOUR)
    after = await shop.load_gift(gift.id)
    assert (after.charges.payment, after.charges.action_url) == (HELD, None)
    assert await shop.list_charges() == [(1500, "HELD")]
    await shop.advance_and_run(RENEWAL_MARGIN)
    assert (await shop.load_gift(gift.id)).charges.payment is MANDATE
    assert await shop.list_charges() == [(1500, "RELEASED")]
    assert len(provider.keys) == 2


async def test_an_answer_that_was_lost_renews_once(
    shop: GiftShop, provider: AdjustableProvider
) -> None:  # R129, R131
    gift = await resolved_gift(shop)
    provider.loses_answers = True
    await shop.advance_and_run(OFF_SESSION - RENEWAL_MARGIN)
    for _ in range(3):
        await shop.advance_and_run(timedelta(minutes=1))
    assert await shop.list_charges() == [(1200, "HELD"), (1500, "HELD")]
    provider.loses_answers = False
    await shop.advance_and_run(timedelta(seconds=90))
    assert await shop.list_charges() == [(1200, "HELD"), (1500, "RELEASED")]
    assert len(set(provider.keys)) == 2
    assert (await shop.load_gift(gift.id)).charges.held == usd(1200)


@pytest.mark.parametrize("loses_answers", [False, True])
async def test_a_gift_that_ends_while_its_hold_is_renewed_holds_nothing(
    shop: GiftShop, provider: AdjustableProvider, *, loses_answers: bool
) -> None:
    gift = await resolved_gift(shop)
    provider.is_away, provider.loses_answers = not loses_answers, loses_answers
    await shop.advance_and_run(OFF_SESSION - RENEWAL_MARGIN)
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    provider.is_away = provider.loses_answers = False
    await shop.advance_and_run(timedelta(seconds=90))
    assert "HELD" not in {status for _, status in await shop.list_charges()}
    assert (await shop.load_gift(gift.id)).charges.payment is GiftPaymentState.RELEASED


async def test_a_hold_that_ended_unseen_is_held_anew_at_dispatch(
    shop: GiftShop, provider: AdjustableProvider
) -> None:  # R131
    """The worker was not there: the hold has ended and nobody has noticed."""
    gift = await resolved_gift(shop)
    shop.clock.advance(OFF_SESSION)
    assert await dispatch(shop, gift) == []
    assert await shop.list_charges() == [(1200, "CAPTURED"), (1500, "RELEASED")]
    assert len(provider.keys) == 2


async def test_what_was_taken_has_no_end(shop: GiftShop, provider: AdjustableProvider) -> None:
    gift = await resolved_gift(shop)
    assert await dispatch(shop, gift) == []
    await update_shipment(gift.id, ShipmentStatus.RETURNED, dependencies=shop.dependencies)
    await shop.advance_and_run(OFF_SESSION)
    after = await shop.load_gift(gift.id)
    assert after.status is GiftStatus.AWAITING_GIVER
    assert after.charges.payment is GiftPaymentState.CAPTURED
    assert await shop.list_charges() == [(1500, "CAPTURED")]
    assert len(provider.keys) == 1


@pytest.mark.parametrize(("fault", "times"), [(Fault, 1), (Fault, 3), (ProcessKilled, 1)])
async def test_a_renewal_that_breaks_anywhere_is_finished(
    shop: GiftShop, provider: AdjustableProvider, fault: type[BaseException], times: int
) -> None:  # R131, security 13
    """At each call in turn; the worker then comes back to it."""
    for call in range(1, 40):
        gift = await shop.give(
            replace(BY_EMAIL, postal=HOME_TYPED), expires_at=shop.clock.now() + 4 * DAY
        )
        shop.clock.advance(OFF_SESSION - RENEWAL_MARGIN)
        plan = FaultPlan(call, times, fault)
        await run_broken(shop, provider, plan)
        for _ in range(3):
            await shop.advance_and_run(timedelta(seconds=61))
        renewed = (await shop.load_gift(gift.id)).charges
        assert await held_amounts(shop) == [1200], plan.calls
        assert (renewed.held, renewed.has_stray_holds) == (usd(1200), False)
        await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
        assert await held_amounts(shop) == []
        if len(plan.calls) < call:
            assert call > 8, plan.calls
            return
    raise AssertionError("the calls do not end")


async def held_amounts(shop: GiftShop) -> list[int]:
    return [amount for amount, status in await shop.list_charges() if status == "HELD"]


async def run_broken(shop: GiftShop, provider: AdjustableProvider, plan: FaultPlan) -> None:
    """Do what is due in a process that breaks."""
    database, dependencies = shop.database, shop.dependencies
    broken_database = FaultyDatabase(database, plan)
    shop.database = broken_database  # type: ignore[assignment]
    shop.dependencies = replace(
        dependencies,
        database=broken_database,  # type: ignore[arg-type]
        payments=FaultyPayments(provider, plan),  # type: ignore[arg-type]
    )
    with suppress(Fault, ProcessKilled):
        await shop.run_due_jobs()
    shop.database, shop.dependencies = database, dependencies
