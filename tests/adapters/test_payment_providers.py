"""What every payment provider does alike: the same tests on the simulation and on Stripe."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.adapters.stripe_payments.access import StripeAccess
from gateway.adapters.stripe_payments.building import build_stripe_payments
from gateway.adapters.stripe_payments.provider import StripePaymentProvider
from gateway.engine.money import Currency, Money
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureCompleted,
    CaptureRefused,
    CaptureResult,
    CaptureUnknown,
    DeclineReason,
    IdempotencyKeyReused,
    InvalidChargeState,
    ProviderUnavailable,
    RefundCompleted,
    RefundFailed,
    RefundResult,
)
from tests.adapters.stripe_payments.pocket_stripe import PocketStripe
from tests.adapters.stripe_payments.scripted_stripe import PATIENT, build_payments
from tests.conftest import AnyDatabase
from tests.stripe_peer.fixtures import StripeAccount

USD = Currency("USD", 2)
TEN = Money(1000, USD)
SIMULATED_TOKENS = {
    "ok": "sim_ok",
    "declined": "sim_declined",
    "insufficient": "sim_insufficient",
    "action": "sim_3ds",
}
"""What the tokens do, by the names that the simulation and the peer know."""


@dataclass(frozen=True, slots=True)
class ProviderUnderTest:
    """A provider, its tokens by what they do, and how its holds and captures are counted."""

    provider: SimulatedPaymentProvider | StripePaymentProvider
    tokens: Mapping[str, str]
    count_charges: Callable[[], Awaitable[int]]
    confirm: Callable[[AuthorizationActionRequired], Awaitable[None]]

    async def authorize(
        self,
        token: str = "ok",
        key: str = "k",
        amount: Money = TEN,
        customer_id: str = "pur_1",
    ) -> AuthorizationResult:
        return await self.provider.authorize(
            AuthorizationRequest(amount, self.tokens[token], key, customer_id)
        )

    async def hold(self, key: str = "k") -> str:
        result = await self.authorize(key=key)
        assert isinstance(result, AuthorizationGranted)
        return result.charge_id

    async def capture(self, charge_id: str, minor: int = 1000, key: str = "c") -> CaptureResult:
        return await self.provider.capture(charge_id, Money(minor, USD), key, final=True)

    async def refund(self, charge_id: str, minor: int = 1000, key: str = "r") -> RefundResult:
        return await self.provider.refund(charge_id, Money(minor, USD), key)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def peer_payments(
    stripe_account: StripeAccount,
    databases: AnyDatabase,
    clock: ManualClock,
    http: httpx.AsyncClient,
) -> ProviderUnderTest:
    return provider_before_peer(stripe_account, databases, clock, http)


@pytest.fixture(params=["sim", "pocket", "peer"])
def payments(
    request: pytest.FixtureRequest,
    databases: AnyDatabase,
    clock: ManualClock,
    http: httpx.AsyncClient,
) -> ProviderUnderTest:
    """The simulation, and Stripe's adapter before a small Stripe and before the tests' peer."""
    match request.param:
        case "sim":
            return simulated_provider(databases)
        case "pocket":
            return provider_before_pocket(databases, clock)
    return provider_before_peer(request.getfixturevalue("stripe_account"), databases, clock, http)


def simulated_provider(database: AnyDatabase) -> ProviderUnderTest:
    simulation = SimulatedPaymentProvider(database, RandomIds(), "https://shop.example")

    async def count_charges() -> int:
        return len(await simulation.list_charges())

    async def confirm(action: AuthorizationActionRequired) -> None:
        await simulation.confirm(action.url.rpartition("/")[2])

    tokens = {**SIMULATED_TOKENS, "unknown": "tok_of_another_provider"}
    return ProviderUnderTest(simulation, tokens, count_charges, confirm)


def provider_before_pocket(database: AnyDatabase, clock: ManualClock) -> ProviderUnderTest:
    pocket = PocketStripe()

    async def count_charges() -> int:
        return len(pocket.intents)

    async def confirm(action: AuthorizationActionRequired) -> None:
        pocket.authenticate(action.charge_id)

    tokens = {name: f"pm_{name}" for name in (*SIMULATED_TOKENS, "unknown")}
    provider = build_payments(pocket, database, clock).provider
    return ProviderUnderTest(provider, tokens, count_charges, confirm)


def provider_before_peer(
    account: StripeAccount, database: AnyDatabase, clock: ManualClock, http: httpx.AsyncClient
) -> ProviderUnderTest:
    tokens = {name: account.create_method(token) for name, token in SIMULATED_TOKENS.items()}

    async def count_charges() -> int:
        return len(account.list_intents())

    async def confirm(action: AuthorizationActionRequired) -> None:
        account.confirm_payment(action.charge_id, tokens["action"])

    access = StripeAccess(SecretStr(account.secret_key), account.publishable_key, account.api_url)
    payments = build_stripe_payments(
        access,
        http,
        database,
        RandomIds(),
        clock,
        "https://shop.example",
        timing=PATIENT,
    )
    tokens["unknown"] = "pm_of_another_account"
    tokens["another"] = account.create_method("sim_ok")
    return ProviderUnderTest(payments.provider, tokens, count_charges, confirm)


async def test_one_key_is_one_charge_however_often_it_is_asked(
    payments: ProviderUnderTest,
) -> None:  # R129
    answers = await asyncio.gather(*(payments.authorize() for _ in range(20)))
    assert len(set(answers)) == 1
    assert isinstance(answers[0], AuthorizationGranted)
    assert answers[0] == await payments.provider.find_by_key("k")
    assert await payments.count_charges() == 1


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("declined", DeclineReason.DECLINED),
        ("insufficient", DeclineReason.INSUFFICIENT_FUNDS),
        ("unknown", DeclineReason.UNKNOWN_METHOD),
    ],
)
async def test_a_refusal_stays_one(
    payments: ProviderUnderTest, token: str, reason: DeclineReason
) -> None:
    for _ in range(2):
        assert await payments.authorize(token) == AuthorizationDeclined(reason)
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(reason)


@pytest.mark.parametrize(
    ("token", "amount", "customer_id"),
    [
        ("declined", TEN, "pur_1"),
        ("ok", Money(1001, USD), "pur_1"),
        ("ok", Money(1000, Currency("EUR", 2)), "pur_1"),
        ("ok", TEN, "pur_2"),
    ],
)
async def test_a_key_cannot_be_used_for_something_else(
    payments: ProviderUnderTest, token: str, amount: Money, customer_id: str
) -> None:  # R129
    granted = await payments.authorize()
    with pytest.raises(IdempotencyKeyReused):
        await payments.authorize(token, "k", amount, customer_id)
    assert await payments.provider.find_by_key("k") == granted
    assert await payments.count_charges() == 1


async def test_a_key_that_never_arrived_is_unknown(payments: ProviderUnderTest) -> None:
    assert await payments.provider.find_by_key("k") is None
    assert await payments.provider.find_refund("r") is None


async def test_a_hold_that_was_let_go_is_no_longer_one(payments: ProviderUnderTest) -> None:
    charge_id = await payments.hold()
    for _ in range(2):
        await payments.provider.release(charge_id)
    assert await payments.capture(charge_id) == CaptureRefused()
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(DeclineReason.RELEASED)
    with pytest.raises(InvalidChargeState):
        await payments.refund(charge_id)


async def test_what_was_taken_is_given_back_and_not_let_go(payments: ProviderUnderTest) -> None:
    charge_id = await payments.hold()
    for _ in range(2):
        assert await payments.capture(charge_id) == CaptureCompleted()
    with pytest.raises(InvalidChargeState, match="is CAPTURED, cannot become RELEASED"):
        await payments.provider.release(charge_id)
    for _ in range(2):
        assert await payments.refund(charge_id) == RefundCompleted()
    assert await payments.provider.find_refund("r") == RefundCompleted()
    assert await payments.capture(charge_id) == CaptureCompleted()


async def test_no_more_is_taken_than_is_held(payments: ProviderUnderTest) -> None:
    charge_id = await payments.hold()
    with pytest.raises(InvalidChargeState):
        await payments.capture(charge_id, 1001)
    assert await payments.capture(charge_id, 600, "c2") == CaptureCompleted()
    assert await payments.capture(charge_id, 400, "c3") == CaptureRefused()


async def test_a_capture_s_key_cannot_be_used_for_something_else(
    payments: ProviderUnderTest,
) -> None:
    charge_id = await payments.hold()
    await payments.capture(charge_id, 600)
    with pytest.raises(IdempotencyKeyReused):
        await payments.capture(charge_id, 500)


async def test_no_more_is_given_back_than_was_taken(payments: ProviderUnderTest) -> None:
    charge_id = await payments.hold()
    await payments.capture(charge_id, 900)
    assert await payments.refund(charge_id, 400, "r1") == RefundCompleted()
    with pytest.raises(InvalidChargeState):
        await payments.refund(charge_id, 501, "r2")
    assert await payments.refund(charge_id, 500, "r3") == RefundCompleted()
    with pytest.raises(IdempotencyKeyReused):
        await payments.refund(charge_id, 399, "r1")


async def test_what_the_payer_must_confirm_holds_nothing_until_then(
    payments: ProviderUnderTest,
) -> None:  # R130
    action = await payments.authorize("action")
    assert isinstance(action, AuthorizationActionRequired)
    assert await payments.authorize("action") == action
    assert await payments.provider.find_by_key("k") == action
    assert await payments.capture(action.charge_id) == CaptureRefused()
    await payments.confirm(action)
    granted = await payments.provider.find_by_key("k")
    assert isinstance(granted, AuthorizationGranted)
    assert granted.charge_id == action.charge_id
    assert await payments.capture(action.charge_id) == CaptureCompleted()


async def test_what_waits_for_its_payer_can_be_given_up(payments: ProviderUnderTest) -> None:
    action = await payments.authorize("action")
    assert isinstance(action, AuthorizationActionRequired)
    await payments.provider.release(action.charge_id)
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(DeclineReason.RELEASED)


async def test_an_unknown_charge_is_refused(payments: ProviderUnderTest) -> None:
    for call in (
        payments.provider.release("pi_none"),
        payments.refund("pi_none"),
        payments.capture("pi_none"),
    ):
        with pytest.raises(InvalidChargeState):
            await call


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
