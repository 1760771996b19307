"""The payment providers that are tested alike: a new one adds itself to ``PROVIDERS``."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.simulated_payments.payment_methods import SimulatedPaymentMethods
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.adapters.stripe_payments.access import StripeAccess
from gateway.adapters.stripe_payments.building import build_stripe_payments
from gateway.engine.money import Currency, Money
from gateway.services.ports.payment_method_vault import (
    AdoptedMethod,
    PaymentMethodVault,
    PaymentSetup,
)
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    CaptureResult,
    PaymentProvider,
    RefundResult,
)
from gateway.services.ports.provider_events import ProviderNotices
from tests.conftest import AnyDatabase
from tests.stripe_peer.fixtures import SIMULATED_CARDS, StripeAccount
from tests.stripe_side import PATIENT

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
    """A provider with its vault, and what only a test can do there.

    ``tokens`` are those of a method that pays (``ok``), of one that is ``declined``, or has
    ``insufficient`` funds, or whose payer must confirm (``action``), and one that the provider does
    not know (``unknown``).
    ``confirm`` is what the payer does then. ``complete`` enters a method in a setup and returns
    what ``adopt`` takes; None where no method needs one. ``notices`` is None without events;
    ``describe_event`` gives the type and object of an event about a charge.
    """

    provider: PaymentProvider
    vault: PaymentMethodVault
    tokens: Mapping[str, str]
    count_charges: Callable[[], Awaitable[int]]
    confirm: Callable[[AuthorizationActionRequired], Awaitable[None]]
    complete: Callable[[PaymentSetup], str] | None = None
    notices: ProviderNotices | None = None
    describe_event: Callable[[str], tuple[str, str]] | None = None

    async def save(self, customer_id: str = "pur_1") -> None:
        """Let the method that pays be the customer's, so that it can be charged again and again."""
        assert isinstance(await self.vault.adopt(self.tokens["ok"], customer_id), AdoptedMethod)

    async def authorize(
        self,
        token: str = "ok",
        key: str = "k",
        amount: Money = TEN,
        customer_id: str = "pur_1",
        **fields: object,
    ) -> AuthorizationResult:
        request = AuthorizationRequest(amount, self.tokens[token], key, customer_id, **fields)  # type: ignore[arg-type]
        return await self.provider.authorize(request)

    async def hold(self, key: str = "k", **fields: object) -> str:
        result = await self.authorize(key=key, **fields)  # type: ignore[arg-type]
        assert isinstance(result, AuthorizationGranted)
        return result.charge_id

    async def capture(
        self, charge_id: str, minor: int = 1000, key: str = "c", *, final: bool = True
    ) -> CaptureResult:
        return await self.provider.capture(charge_id, Money(minor, USD), key, final=final)

    async def refund(self, charge_id: str, minor: int = 1000, key: str = "r") -> RefundResult:
        return await self.provider.refund(charge_id, Money(minor, USD), key)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a provider is built with."""

    request: pytest.FixtureRequest
    database: AnyDatabase
    clock: ManualClock
    http: httpx.AsyncClient


def simulated_provider(surroundings: Surroundings) -> ProviderUnderTest:
    simulation = SimulatedPaymentProvider(
        surroundings.database, RandomIds(), "https://shop.example"
    )

    async def count_charges() -> int:
        return len(await simulation.list_charges())

    async def confirm(action: AuthorizationActionRequired) -> None:
        await simulation.confirm(action.url.rpartition("/")[2])

    tokens = {**SIMULATED_TOKENS, "unknown": "tok_of_another_provider"}
    return ProviderUnderTest(simulation, SimulatedPaymentMethods(), tokens, count_charges, confirm)


def stripe_provider(surroundings: Surroundings) -> ProviderUnderTest:
    """Stripe's adapter before the tests' peer."""
    account: StripeAccount = surroundings.request.getfixturevalue("stripe_account")
    tokens = {name: account.create_method(token) for name, token in SIMULATED_TOKENS.items()}

    async def count_charges() -> int:
        return len(account.list_intents())

    async def confirm(action: AuthorizationActionRequired) -> None:
        account.confirm_payment(action.charge_id, tokens["action"])

    def complete(setup: PaymentSetup) -> str:
        account.confirm_setup(setup.client_secret, SIMULATED_CARDS["sim_ok"])
        return setup.client_secret.partition("_secret_")[0]

    payments = build_stripe_payments(
        StripeAccess(SecretStr(account.secret_key), account.publishable_key, account.api_url),
        surroundings.http,
        surroundings.database,
        RandomIds(),
        surroundings.clock,
        "https://shop.example",
        timing=PATIENT,
    )
    tokens["unknown"] = "pm_of_another_account"
    tokens["another"] = account.create_method("sim_ok")
    return ProviderUnderTest(
        payments.provider,
        payments.methods,
        tokens,
        count_charges,
        confirm,
        complete,
        payments.notices,
        lambda charge_id: ("payment_intent.succeeded", charge_id),
    )


PROVIDERS: Mapping[str, Callable[[Surroundings], ProviderUnderTest]] = {
    "sim": simulated_provider,
    "stripe": stripe_provider,
}
PROVIDERS_WITH_EVENTS = ("stripe",)
"""Those that tell what happens there; the simulation has nobody to tell of."""
