"""Holds that the giver must confirm with the bank: confirmed, they go on by themselves (R62)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.engine.gifts.charges import CHECK_EVERY, GiftPaymentState
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import Gift
from gateway.services.gifts.claims import accept
from gateway.services.gifts.giving import GiverInput, cancel, supply
from gateway.services.gifts.settling import hold_confirmed
from gateway.services.gifts.shipping import ShipmentStatus, update_shipment
from gateway.services.ports.payments import WrongCharge
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import BY_EMAIL, DEAR, GIVER, HOME_TYPED, Shop, usd

EXPIRED = timedelta(minutes=15, seconds=1)
HELD = GiftPaymentState.HELD
AGAIN = GiverInput(payment_method_id="pay_1")


@pytest.fixture
def shop(databases: AnyDatabase, clock: StandingClock) -> Shop:
    return Shop(databases, clock)


async def at_creation(shop: Shop) -> Gift:
    """A mandate whose hold is asked for once the destination is known."""
    shop.givers.token = "sim_3ds"
    return await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))


async def at_a_dearer_final(shop: Shop) -> Gift:
    """A hold that does not suffice where the gift goes."""
    ends, cap = shop.clock.now() + timedelta(days=4), Decimal("11.00")
    gift = await shop.give(expires_at=ends, charge_cap=cap)
    shop.givers.token = "sim_3ds"
    await accept(shop.token(), DEAR, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    await supply(gift.id, GiverInput(charge_cap=Decimal("15.00")), GIVER, parts=shop.parts)
    await shop.turn()
    return await shop.gift(gift.id)


async def at_another_method(shop: Shop) -> Gift:
    """The method that the giver names once the first one was refused."""
    shop.givers.token = "sim_declined"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    shop.givers.token = "sim_3ds"
    await supply(gift.id, AGAIN, GIVER, parts=shop.parts)
    await shop.turn()
    return await shop.gift(gift.id)


Place = Callable[[Shop], Awaitable[Gift]]
PLACES = pytest.mark.parametrize(
    "place", [at_creation, at_a_dearer_final, at_another_method], ids=lambda each: each.__name__
)


def url(gift: Gift) -> str:
    found = gift.charges.action_url
    assert found is not None, gift
    return found


async def confirm(shop: Shop, address: str) -> str:
    charge = await shop.payments.confirm(address.rsplit("/", 1)[-1])
    assert charge is not None
    return charge.idempotency_key


async def held(shop: Shop) -> list[int]:
    return [amount for amount, status in await shop.charges() if status == "HELD"]


async def is_paid(shop: Shop, gift: Gift) -> None:
    """The gift is resolved, by the one hold that is left."""
    after = await shop.gift(gift.id)
    charges = after.charges
    assert (after.status, charges.payment, charges.action_url) == (GiftStatus.RESOLVED, HELD, None)
    assert charges.final is not None
    assert await held(shop) == [charges.final.minor]


@PLACES
async def test_a_confirmed_hold_resolves_by_itself(shop: Shop, place: Place) -> None:  # R62
    gift = await place(shop)
    assert gift.status is GiftStatus.AWAITING_GIVER
    await confirm(shop, url(gift))
    await shop.later(CHECK_EVERY)
    await is_paid(shop, gift)


@PLACES
async def test_the_providers_word_spares_the_wait(shop: Shop, place: Place) -> None:
    gift = await place(shop)
    assert await hold_confirmed(await confirm(shop, url(gift)), parts=shop.parts)
    await shop.turn()
    await is_paid(shop, gift)


@PLACES
async def test_a_method_given_again_finds_the_confirmed_hold(shop: Shop, place: Place) -> None:
    """gifts 1: not released, and not made anew."""
    gift = await place(shop)
    await confirm(shop, url(gift))
    outcome = await supply(gift.id, AGAIN, GIVER, parts=shop.parts)
    assert outcome.user_errors == ()
    await shop.turn()
    await is_paid(shop, gift)


@PLACES
async def test_a_method_given_again_unconfirmed_keeps_its_address(shop: Shop, place: Place) -> None:
    gift = await place(shop)
    for _ in range(2):
        await supply(gift.id, AGAIN, GIVER, parts=shop.parts)
        await shop.turn()
        assert url(await shop.gift(gift.id)) == url(gift)
    await confirm(shop, url(gift))
    await shop.later(CHECK_EVERY)
    await is_paid(shop, gift)


@PLACES
async def test_what_nobody_confirms_is_over_and_may_be_asked_anew(shop: Shop, place: Place) -> None:
    gift = await place(shop)
    before = await held(shop)
    await shop.later(EXPIRED)
    after = await shop.gift(gift.id)
    assert (after.status, after.charges.action_url) == (GiftStatus.AWAITING_GIVER, None)
    assert await held(shop) == before
    await supply(gift.id, AGAIN, GIVER, parts=shop.parts)
    await shop.turn()
    again = await shop.gift(gift.id)
    assert url(again) != url(gift)
    await confirm(shop, url(again))
    await shop.later(CHECK_EVERY)
    await is_paid(shop, gift)


@PLACES
async def test_a_method_given_just_after_the_time_is_asked_at_once(
    shop: Shop, place: Place
) -> None:
    gift = await place(shop)
    shop.clock.advance(EXPIRED)
    await supply(gift.id, AGAIN, GIVER, parts=shop.parts)
    await shop.turn()
    assert url(await shop.gift(gift.id)) != url(gift)


@PLACES
async def test_another_method_lets_the_first_hold_go(shop: Shop, place: Place) -> None:
    """Confirmed later all the same, it must hold nothing."""
    gift = await place(shop)
    other = GiverInput(payment_method_id="pay_ok")
    await supply(gift.id, other, GIVER, parts=shop.parts)
    await shop.turn()
    await is_paid(shop, gift)
    assert await shop.payments.confirm(url(gift).rsplit("/", 1)[-1]) is None
    await is_paid(shop, gift)


@PLACES
@pytest.mark.parametrize("confirms", [True, False])
async def test_a_gift_that_ends_holds_nothing(shop: Shop, place: Place, *, confirms: bool) -> None:
    gift = await place(shop)
    if confirms:
        await confirm(shop, url(gift))
    await cancel(gift.id, GIVER, parts=shop.parts)
    await shop.turn()
    assert await held(shop) == []
    assert await shop.payments.confirm(url(gift).rsplit("/", 1)[-1]) is None
    after = await shop.gift(gift.id)
    assert after.charges.payment is GiftPaymentState.RELEASED
    assert (after.charges.stray_keys, after.charges.stray_charges) == ((), ())


@PLACES
async def test_givers_deadline_holds_nothing(shop: Shop, place: Place) -> None:
    gift = await place(shop)
    await shop.later(timedelta(days=8))
    assert (await shop.gift(gift.id)).status is GiftStatus.UNDELIVERABLE
    assert await held(shop) == []


async def test_confirmed_and_given_again_at_once_is_held_once(shop: Shop) -> None:
    gift = await at_creation(shop)
    key = await confirm(shop, url(gift))
    shop.clock.advance(CHECK_EVERY)
    await asyncio.gather(
        shop.turn(),
        supply(gift.id, AGAIN, GIVER, parts=shop.parts),
        hold_confirmed(key, parts=shop.parts),
        shop.turn(),
    )
    await shop.later(CHECK_EVERY)
    await is_paid(shop, gift)


async def test_a_confirmation_of_something_else_is_not_a_gifts(shop: Shop) -> None:
    assert not await hold_confirmed("att_1", parts=shop.parts)


# -- a hold that expired before the parcel left


async def dispatched(shop: Shop, gift: Gift) -> list[str]:
    outcome = await update_shipment(gift.id, ShipmentStatus.DISPATCHED, parts=shop.parts)
    await shop.turn()
    return [each.code.value for each in outcome.user_errors]


async def expired_hold(shop: Shop) -> Gift:
    """A gift whose hold expires, and whose bank wants the new one confirmed."""
    shop.givers.token = "sim_hold_expires"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    shop.givers.token = "sim_3ds"
    assert await dispatched(shop, gift) == ["PAYMENT_DECLINED"]
    return await shop.gift(gift.id)


async def test_a_renewed_hold_is_confirmed_and_then_taken(shop: Shop) -> None:  # R62
    gift = await expired_hold(shop)
    assert gift.status is GiftStatus.RESOLVED
    assert [each.subject for each in shop.sent.to("pur_1@givers.example.com")] == [
        "Your gift needs you"
    ]
    assert await dispatched(shop, gift) == ["PAYMENT_DECLINED"]
    assert url(await shop.gift(gift.id)) == url(gift)
    await confirm(shop, url(gift))
    await shop.later(CHECK_EVERY)
    assert await held(shop) == [1200]
    assert (await shop.gift(gift.id)).charges.action_url is None
    assert await dispatched(shop, gift) == []
    assert await shop.charges() == [(1200, "CAPTURED"), (1200, "RELEASED")]


async def test_a_renewed_hold_confirmed_is_taken_before_anybody_looked(shop: Shop) -> None:
    gift = await expired_hold(shop)
    await confirm(shop, url(gift))
    assert await dispatched(shop, gift) == []
    assert await shop.charges() == [(1200, "CAPTURED"), (1200, "RELEASED")]


async def test_a_renewed_hold_that_nobody_confirms_is_asked_for_anew(shop: Shop) -> None:
    gift = await expired_hold(shop)
    await shop.later(EXPIRED)
    assert (await shop.gift(gift.id)).charges.action_url is None
    assert await held(shop) == []
    assert await dispatched(shop, gift) == ["PAYMENT_DECLINED"]
    again = await shop.gift(gift.id)
    assert url(again) != url(gift)
    await cancel(gift.id, GIVER, parts=shop.parts)
    await shop.turn()
    with pytest.raises(AssertionError):
        await confirm(shop, url(again))
    assert await held(shop) == []
    assert (await shop.gift(gift.id)).charges.final == usd(1200)


async def test_a_charge_that_was_taken_cannot_be_let_go(shop: Shop) -> None:
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    assert await dispatched(shop, gift) == []
    charge_id = (await shop.gift(gift.id)).charges.charge_id
    assert charge_id is not None
    with pytest.raises(WrongCharge):
        await shop.payments.release(charge_id)
