"""Stripe's adapter before the tests' peer, where other things go wrong than a script tells."""

import asyncio

import httpx
import pytest

from gateway.adapters.clocks import ManualClock
from gateway.services.ports.payments import (
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationUnknown,
    CaptureCompleted,
    CaptureRefused,
    CaptureUnknown,
    DeclineReason,
    ProviderUnavailable,
    RefundCompleted,
    RefundFailed,
)
from tests.adapters.providers_under_test import (
    ProviderUnderTest,
    Surroundings,
    stripe_provider,
)
from tests.conftest import AnyDatabase
from tests.stripe_peer.fixtures import StripeAccount


@pytest.fixture
def peer_payments(
    request: pytest.FixtureRequest,
    databases: AnyDatabase,
    clock: ManualClock,
    http: httpx.AsyncClient,
) -> ProviderUnderTest:
    return stripe_provider(Surroundings(request, databases, clock, http))


async def test_fifty_requests_and_three_lost_answers_are_one_intent(
    stripe_account: StripeAccount, peer_payments: ProviderUnderTest
) -> None:  # R129
    stripe_account.drop_answers(3, path="/v1/payment_intents", method="POST")
    answers = await asyncio.gather(*(peer_payments.authorize() for _ in range(50)))
    assert len(set(answers)) == 1
    assert isinstance(answers[0], AuthorizationGranted)
    assert await peer_payments.count_charges() == 1
    requests = stripe_account.requests("/v1/payment_intents", "POST")
    keys = {request["headers"]["idempotency-key"] for request in requests}
    assert keys == {"k"}


async def test_a_hold_that_ends_at_stripe_is_let_go(
    stripe_account: StripeAccount, peer_payments: ProviderUnderTest
) -> None:
    charge_id = await peer_payments.hold()
    stripe_account.expire_hold(charge_id)
    assert await peer_payments.capture(charge_id) == CaptureRefused()
    assert await peer_payments.provider.find_by_key("k") == AuthorizationDeclined(
        DeclineReason.RELEASED
    )
    await peer_payments.provider.release(charge_id)


async def test_a_refund_can_fail_after_it_was_accepted(
    stripe_account: StripeAccount, peer_payments: ProviderUnderTest
) -> None:
    charge_id = await peer_payments.hold()
    await peer_payments.capture(charge_id)
    assert await peer_payments.refund(charge_id) == RefundCompleted()
    [refund] = stripe_account.list_refunds()
    stripe_account.finish_refund(refund["id"], "failed")
    failed = RefundFailed("LOST_OR_STOLEN_CARD")
    assert await peer_payments.provider.find_refund("r") == failed
    assert await peer_payments.refund(charge_id) == failed
    assert len(stripe_account.list_refunds()) == 1


@pytest.mark.parametrize("after_work", [True, False])
async def test_a_failure_that_stripe_keeps_leads_to_one_intent_or_to_none(
    stripe_account: StripeAccount, peer_payments: ProviderUnderTest, *, after_work: bool
) -> None:  # R129
    stripe_account.answer_with(
        500, path="/v1/payment_intents", method="POST", after_work=after_work
    )
    await peer_payments.authorize()
    result = await peer_payments.provider.find_by_key("k")
    assert isinstance(result, AuthorizationGranted) if after_work else result is None
    assert await peer_payments.count_charges() == after_work


async def test_while_stripe_is_away_nothing_is_known_and_nothing_is_lost(
    stripe_account: StripeAccount, peer_payments: ProviderUnderTest
) -> None:
    charge_id = await peer_payments.hold()
    stripe_account.go_away()
    assert await peer_payments.authorize("another", "k2") == AuthorizationUnknown()
    assert await peer_payments.capture(charge_id) == CaptureUnknown()
    with pytest.raises(ProviderUnavailable):
        await peer_payments.refund(charge_id)
    stripe_account.come_back()
    assert isinstance(await peer_payments.provider.find_by_key("k2"), AuthorizationGranted)
    assert await peer_payments.capture(charge_id) == CaptureCompleted()
    assert await peer_payments.count_charges() == 2
