"""Holds that the giver must confirm with the bank: confirmed, they go on by themselves (R62)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.gifts.charges import CHECK_INTERVAL, GiftPaymentState
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.claims import accept_gift
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.settlement import recheck_hold
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationRequest,
    AuthorizationResult,
    InvalidChargeState,
)
from tests.conftest import AnyDatabase
from tests.services.gifts.adjustable_provider import adjust_provider
from tests.services.gifts.shop import BY_EMAIL, COSTLY_ADDRESS, GIVER, HOME_TYPED, GiftShop, usd

PAST_EXPIRY = timedelta(hours=1, seconds=1)
HELD = GiftPaymentState.HELD
SAME_METHOD = GiverInput(payment_method_id="pay_1")


@pytest.fixture
def shop(databases: AnyDatabase, clock: ManualClock) -> GiftShop:
    return GiftShop(databases, clock)


async def at_creation(shop: GiftShop) -> Gift:
    """A mandate whose hold is asked for once the destination is known."""
    shop.givers.token = "sim_3ds"
    return await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))


async def at_a_dearer_final(shop: GiftShop) -> Gift:
    """A hold that does not suffice where the gift goes."""
    ends, cap = shop.clock.now() + timedelta(days=4), Decimal("11.00")
    gift = await shop.give(expires_at=ends, charge_cap=cap)
    shop.givers.token = "sim_3ds"
    await accept_gift(
        shop.latest_token(), COSTLY_ADDRESS, confirm_warnings=False, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    await supply_gift_info(
        gift.id, GiverInput(charge_cap=Decimal("15.00")), GIVER, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    return await shop.load_gift(gift.id)


async def at_another_method(shop: GiftShop) -> Gift:
    """The method that the giver names once the first one was refused."""
    shop.givers.token = "sim_declined"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    shop.givers.token = "sim_3ds"
    await supply_gift_info(gift.id, SAME_METHOD, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    return await shop.load_gift(gift.id)


GiftFactory = Callable[[GiftShop], Awaitable[Gift]]
WITH_EACH_FACTORY = pytest.mark.parametrize(
    "place", [at_creation, at_a_dearer_final, at_another_method], ids=lambda each: each.__name__
)


def confirmation_url(gift: Gift) -> str:
    action_url = gift.charges.action_url
    assert action_url is not None, gift
    return action_url


async def confirm(shop: GiftShop, address: str) -> str:
    key = await shop.side.confirm(address)
    assert key is not None
    return key


async def held_amounts(shop: GiftShop) -> list[int]:
    return [amount for amount, status in await shop.list_charges() if status == "HELD"]


async def check_paid(shop: GiftShop, gift: Gift) -> None:
    """The gift is resolved, by the one hold that is left."""
    after = await shop.load_gift(gift.id)
    charges = after.charges
    assert (after.status, charges.payment, charges.action_url) == (GiftStatus.RESOLVED, HELD, None)
    assert charges.final is not None
    assert await held_amounts(shop) == [charges.final.minor]


@WITH_EACH_FACTORY
async def test_a_confirmed_hold_resolves_by_itself(
    shop: GiftShop, place: GiftFactory
) -> None:  # R62
    gift = await place(shop)
    assert gift.status is GiftStatus.AWAITING_GIVER
    await confirm(shop, confirmation_url(gift))
    await shop.advance_and_run(CHECK_INTERVAL)
    await check_paid(shop, gift)


@WITH_EACH_FACTORY
async def test_the_providers_word_spares_the_wait(shop: GiftShop, place: GiftFactory) -> None:
    gift = await place(shop)
    assert await recheck_hold(
        await confirm(shop, confirmation_url(gift)), dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    await check_paid(shop, gift)


@WITH_EACH_FACTORY
async def test_a_method_given_again_finds_the_confirmed_hold(
    shop: GiftShop, place: GiftFactory
) -> None:
    """gifts 1: not released, and not made anew."""
    gift = await place(shop)
    await confirm(shop, confirmation_url(gift))
    outcome = await supply_gift_info(gift.id, SAME_METHOD, GIVER, dependencies=shop.dependencies)
    assert outcome.user_errors == ()
    await shop.run_due_jobs()
    await check_paid(shop, gift)


@WITH_EACH_FACTORY
async def test_a_method_given_again_unconfirmed_keeps_its_address(
    shop: GiftShop, place: GiftFactory
) -> None:
    gift = await place(shop)
    for _ in range(2):
        await supply_gift_info(gift.id, SAME_METHOD, GIVER, dependencies=shop.dependencies)
        await shop.run_due_jobs()
        assert confirmation_url(await shop.load_gift(gift.id)) == confirmation_url(gift)
    await confirm(shop, confirmation_url(gift))
    await shop.advance_and_run(CHECK_INTERVAL)
    await check_paid(shop, gift)


@WITH_EACH_FACTORY
async def test_what_nobody_confirms_is_over_and_may_be_asked_anew(
    shop: GiftShop, place: GiftFactory
) -> None:
    gift = await place(shop)
    before = await held_amounts(shop)
    await shop.advance_and_run(PAST_EXPIRY)
    after = await shop.load_gift(gift.id)
    assert (after.status, after.charges.action_url) == (GiftStatus.AWAITING_GIVER, None)
    assert await held_amounts(shop) == before
    await supply_gift_info(gift.id, SAME_METHOD, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    again = await shop.load_gift(gift.id)
    assert confirmation_url(again) != confirmation_url(gift)
    await confirm(shop, confirmation_url(again))
    await shop.advance_and_run(CHECK_INTERVAL)
    await check_paid(shop, gift)


@WITH_EACH_FACTORY
async def test_a_method_given_just_after_the_time_is_asked_at_once(
    shop: GiftShop, place: GiftFactory
) -> None:
    gift = await place(shop)
    shop.clock.advance(PAST_EXPIRY)
    await supply_gift_info(gift.id, SAME_METHOD, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert confirmation_url(await shop.load_gift(gift.id)) != confirmation_url(gift)


@WITH_EACH_FACTORY
async def test_another_method_lets_the_first_hold_go(shop: GiftShop, place: GiftFactory) -> None:
    """Confirmed later all the same, it must hold nothing."""
    gift = await place(shop)
    other_method = GiverInput(payment_method_id="pay_ok")
    await supply_gift_info(gift.id, other_method, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    await check_paid(shop, gift)
    assert await shop.side.confirm(confirmation_url(gift)) is None
    await check_paid(shop, gift)


@WITH_EACH_FACTORY
@pytest.mark.parametrize("confirms", [True, False])
async def test_a_gift_that_ends_holds_nothing(
    shop: GiftShop, place: GiftFactory, *, confirms: bool
) -> None:
    gift = await place(shop)
    if confirms:
        await confirm(shop, confirmation_url(gift))
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert await held_amounts(shop) == []
    assert await shop.side.confirm(confirmation_url(gift)) is None
    after = await shop.load_gift(gift.id)
    assert after.charges.payment is GiftPaymentState.RELEASED
    assert (after.charges.stray_keys, after.charges.stray_charges) == ((), ())


@WITH_EACH_FACTORY
async def test_givers_deadline_holds_nothing(shop: GiftShop, place: GiftFactory) -> None:
    gift = await place(shop)
    await shop.advance_and_run(timedelta(days=8))
    assert (await shop.load_gift(gift.id)).status is GiftStatus.UNDELIVERABLE
    assert await held_amounts(shop) == []


async def test_confirmed_and_given_again_at_once_is_held_once(shop: GiftShop) -> None:
    gift = await at_creation(shop)
    key = await confirm(shop, confirmation_url(gift))
    shop.clock.advance(CHECK_INTERVAL)
    await asyncio.gather(
        shop.run_due_jobs(),
        supply_gift_info(gift.id, SAME_METHOD, GIVER, dependencies=shop.dependencies),
        recheck_hold(key, dependencies=shop.dependencies),
        shop.run_due_jobs(),
    )
    await shop.advance_and_run(CHECK_INTERVAL)
    await check_paid(shop, gift)


async def test_the_providers_word_is_taken_twice_and_late(shop: GiftShop) -> None:  # R128
    gift = await at_creation(shop)
    key = await confirm(shop, confirmation_url(gift))
    for _ in range(2):
        assert await recheck_hold(key, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    await check_paid(shop, gift)
    resolved = await shop.load_gift(gift.id)
    assert await recheck_hold(key, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert await shop.load_gift(gift.id) == resolved
    assert await dispatch(shop, gift) == []
    assert await recheck_hold(key, dependencies=shop.dependencies)
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert await shop.list_charges() == [(1200, "CAPTURED")]


async def test_the_providers_word_after_the_gift_has_ended_holds_nothing(shop: GiftShop) -> None:
    gift = await at_creation(shop)
    key = await confirm(shop, confirmation_url(gift))
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert await recheck_hold(key, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert await held_amounts(shop) == []
    assert (await shop.load_gift(gift.id)).status is GiftStatus.CANCELLED


@pytest.mark.parametrize(("token", "confirms"), [("sim_ok", False), ("sim_3ds", True)])
async def test_the_providers_word_may_come_before_its_answer(
    shop: GiftShop, token: str, *, confirms: bool
) -> None:  # R128
    """Its event is here, and the call that it is about has not returned."""
    provider = adjust_provider(shop)
    authorize = provider.authorize

    async def hear_first(request: AuthorizationRequest) -> AuthorizationResult:
        result = await authorize(request)
        provider.authorize = authorize  # type: ignore[method-assign]
        if confirms and isinstance(result, AuthorizationActionRequired):
            await confirm(shop, result.url)
        assert await recheck_hold(request.idempotency_key, dependencies=shop.dependencies)
        return result

    provider.authorize = hear_first  # type: ignore[method-assign]
    shop.givers.token = token
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    await shop.advance_and_run(CHECK_INTERVAL)
    await check_paid(shop, gift)
    assert await shop.list_charges() == [(1200, "HELD")]
    assert len(set(provider.keys)) == 1


async def test_a_confirmation_of_something_else_is_not_a_gifts(shop: GiftShop) -> None:
    assert not await recheck_hold("att_1", dependencies=shop.dependencies)


# -- a hold that expired before the parcel left


async def dispatch(shop: GiftShop, gift: Gift) -> list[str]:
    outcome = await update_shipment(
        gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    return [each.code.value for each in outcome.user_errors]


async def gift_with_expired_hold(shop: GiftShop) -> Gift:
    """A gift whose hold expires, and whose bank wants the new one confirmed."""
    shop.givers.token = "sim_hold_expires"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    await shop.side.expire_holds()
    shop.givers.token = "sim_3ds"
    assert await dispatch(shop, gift) == ["PAYMENT_DECLINED"]
    return await shop.load_gift(gift.id)


async def test_a_renewed_hold_is_confirmed_and_then_taken(shop: GiftShop) -> None:  # R62
    gift = await gift_with_expired_hold(shop)
    assert gift.status is GiftStatus.RESOLVED
    assert [each.subject for each in shop.sent.mails_to("pur_1@givers.example.com")] == [
        "Your gift needs you"
    ]
    assert await dispatch(shop, gift) == ["PAYMENT_DECLINED"]
    assert confirmation_url(await shop.load_gift(gift.id)) == confirmation_url(gift)
    await confirm(shop, confirmation_url(gift))
    await shop.advance_and_run(CHECK_INTERVAL)
    assert await held_amounts(shop) == [1200]
    assert (await shop.load_gift(gift.id)).charges.action_url is None
    assert await dispatch(shop, gift) == []
    assert await shop.list_charges() == [(1200, "CAPTURED"), (1200, "RELEASED")]


async def test_a_renewed_hold_confirmed_is_taken_before_anybody_looked(shop: GiftShop) -> None:
    gift = await gift_with_expired_hold(shop)
    await confirm(shop, confirmation_url(gift))
    assert await dispatch(shop, gift) == []
    assert await shop.list_charges() == [(1200, "CAPTURED"), (1200, "RELEASED")]


async def test_a_renewed_hold_that_nobody_confirms_is_asked_for_anew(shop: GiftShop) -> None:
    gift = await gift_with_expired_hold(shop)
    await shop.advance_and_run(PAST_EXPIRY)
    assert (await shop.load_gift(gift.id)).charges.action_url is None
    assert await held_amounts(shop) == []
    assert await dispatch(shop, gift) == ["PAYMENT_DECLINED"]
    again = await shop.load_gift(gift.id)
    assert confirmation_url(again) != confirmation_url(gift)
    await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    with pytest.raises(AssertionError):
        await confirm(shop, confirmation_url(again))
    assert await held_amounts(shop) == []
    assert (await shop.load_gift(gift.id)).charges.final == usd(1200)


async def test_a_charge_that_was_taken_cannot_be_let_go(shop: GiftShop) -> None:
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    assert await dispatch(shop, gift) == []
    charge_id = (await shop.load_gift(gift.id)).charges.charge_id
    assert charge_id is not None
    with pytest.raises(InvalidChargeState):
        await shop.dependencies.payments.release(charge_id)
