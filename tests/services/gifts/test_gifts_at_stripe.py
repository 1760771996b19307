"""The tests of gifts that concern money, once more on Stripe: ``shop`` is another one here."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.gifts.charges import RENEWAL_MARGIN, GiftPaymentState
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.giver_actions import cancel_gift
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from tests.services.gifts.shop import GIVER, GiftShop
from tests.services.gifts.test_confirmations import *  # noqa: F403 - pytest finds them here again
from tests.services.gifts.test_creation import (  # noqa: F401
    test_a_refused_hold_makes_no_gift,
    test_one_key_makes_gifts_once,
)
from tests.services.gifts.test_ending_holds import resolved_gift
from tests.services.gifts.test_resolution import (  # noqa: F401
    test_a_bank_that_wants_a_confirmation_is_waited_for,
    test_a_hold_that_expired_is_renewed_once,
    test_a_refused_charge_is_retried_with_another_method,
    test_a_silent_provider_is_looked_up_and_charges_once,
    test_dearer_than_the_cap_asks_for_consent,
    test_dispatch_takes_the_money_and_each_news_is_told_once,
)
from tests.stripe_peer.fixtures import StripeAccount
from tests.stripe_side import StripeSide

OFF_SESSION = timedelta(days=4, hours=18)
SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture  # type: ignore[no-redef]
async def shop(
    database: SqliteDatabase, clock: ManualClock, stripe_account: StripeAccount
) -> AsyncIterator[GiftShop]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield GiftShop(database, clock, StripeSide(stripe_account, http, database, clock))


async def test_stripes_holds_decide_between_hold_and_mandate(shop: GiftShop) -> None:  # R131
    for lifetime, payment in [(OFF_SESSION, "HELD"), (OFF_SESSION + SECOND, "MANDATE")]:
        gift = await shop.give(expires_at=shop.clock.now() + lifetime)
        assert gift.charges.payment == payment
    assert await shop.list_charges() == [(1500, "HELD")]


async def test_a_refused_hold_leaves_nothing_that_could_be_confirmed(
    shop: GiftShop, stripe_account: StripeAccount
) -> None:
    """The bank of "sim_3ds" wants a confirmation at the making of the gift: there is no gift."""
    await test_a_refused_hold_makes_no_gift(shop, "sim_3ds")
    statuses = sorted(intent["status"] for intent in stripe_account.list_intents())
    assert statuses == ["canceled", "requires_capture"]


async def test_a_hold_at_stripe_is_renewed_before_it_ends(
    shop: GiftShop, stripe_account: StripeAccount
) -> None:  # R131
    gift = await resolved_gift(shop)
    held_until = gift.charges.held_until
    assert held_until is not None
    assert abs(held_until - shop.clock.now() - OFF_SESSION) < timedelta(minutes=1)
    shop.clock.advance(OFF_SESSION - RENEWAL_MARGIN)
    await shop.side.follow_clock()
    await shop.run_due_jobs()
    assert await shop.list_charges() == [(1200, "HELD"), (1500, "RELEASED")]
    posts = stripe_account.requests("/v1/payment_intents", "POST")
    keys = [post["headers"]["idempotency-key"] for post in posts]
    assert len(set(keys)) == len(keys)
    renewed = await shop.load_gift(gift.id)
    assert renewed.charges.held_until is not None
    assert renewed.charges.held_until > held_until


@pytest.mark.parametrize("is_dispatched", [True, False])
async def test_stripe_comes_back(
    shop: GiftShop, stripe_account: StripeAccount, *, is_dispatched: bool
) -> None:  # R131
    gift = await resolved_gift(shop)
    stripe_account.go_away()
    if is_dispatched:
        outcome = await update_shipment(
            gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
        )
        assert [error.code.value for error in outcome.user_errors] == ["PURCHASE_IN_PROGRESS"]
    else:
        outcome = await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
        assert outcome.value is not None
        assert outcome.value.status is GiftStatus.CANCELLED
    stripe_account.come_back()
    await shop.advance_and_run(timedelta(seconds=90))
    payment = GiftPaymentState.CAPTURED if is_dispatched else GiftPaymentState.RELEASED
    assert (await shop.load_gift(gift.id)).charges.payment is payment
    assert await shop.list_charges() == [(1500, payment.value)]
