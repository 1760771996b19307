"""The cards that Stripe keeps for its Customers; a card number never passes through here."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import stripe

from gateway.adapters.stripe_payments.client import is_old_answer, time_limit
from gateway.adapters.stripe_payments.customers import StripeCustomers
from gateway.adapters.stripe_payments.refusals import (
    RESOURCE_MISSING,
    StoredFailure,
    StripeRefusal,
    own_errors,
)
from gateway.services.ports.clock import Clock
from gateway.services.ports.payment_method_vault import (
    AdoptedMethod,
    AdoptionResult,
    MethodRefusal,
    PaymentMethodDetails,
    PaymentSetup,
    TooManySetups,
)
from gateway.services.ports.payments import ProviderUnavailable

if TYPE_CHECKING:
    from stripe.params import SetupIntentCreateParams

SETUP_PREFIX = "seti_"
METHOD_PREFIX = "pm_"
OPEN_SETUP_STATES = frozenset({"requires_payment_method", "requires_confirmation"})
"""States in which a card can still be entered."""
MAX_SETUPS = 20
"""Cards of one Customer that can be set up in a day."""


@dataclass(frozen=True, slots=True)
class StripePaymentMethods:
    """The cards of the Customers of one account; each call takes ``call_seconds`` at most."""

    client: stripe.StripeClient
    customers: StripeCustomers
    clock: Clock
    publishable_key: str
    call_seconds: float

    async def start_setup(self, customer_id: str) -> PaymentSetup | None:
        """The client secret of the Customer's SetupIntent that waits for a card.

        One is made where there is none: by its idempotency key only as many as cards are entered.
        """
        with time_limit(self.call_seconds):
            customer = await self.customers.ensure(customer_id)
            try:
                setup = await self._find_open_setup(customer)
            except StripeRefusal as refusal:
                if refusal.code != RESOURCE_MISSING:
                    raise ProviderUnavailable("no setup was made") from None
                # The Customer was deleted at Stripe.
                await self.customers.replace(customer)
                customer = await self.customers.ensure(customer_id)
                setup = await self._find_open_setup(customer)
        return PaymentSetup(setup["client_secret"], self.publishable_key)

    async def _find_open_setup(self, customer: str) -> Mapping[str, Any]:
        key = f"setup-{customer}-{self.clock.now():%Y%m%d}"
        return await self._create_setup(customer, key, MAX_SETUPS)

    async def _create_setup(
        self, customer: str, idempotency_key: str, remaining: int
    ) -> Mapping[str, Any]:
        """The SetupIntent under the key, or the one after it where its card was entered."""
        if remaining == 0:
            raise TooManySetups(MAX_SETUPS)
        parameters: SetupIntentCreateParams = {
            "customer": customer,
            "usage": "off_session",
            "allowed_payment_method_types": ["card"],
        }
        try:
            with own_errors(idempotency_key):
                created = await self.client.v1.setup_intents.create_async(
                    parameters, {"idempotency_key": idempotency_key}
                )
                setup = created.to_dict()
                if is_old_answer(created):
                    setup = (
                        await self.client.v1.setup_intents.retrieve_async(created.id)
                    ).to_dict()
        except StoredFailure:
            return await self._create_setup(customer, f"{idempotency_key}-again", remaining - 1)
        if setup["status"] in OPEN_SETUP_STATES:
            return setup
        return await self._create_setup(
            customer, f"{idempotency_key[:60]}-{setup['id']}", remaining - 1
        )

    async def adopt(self, provider_token: str, customer_id: str) -> AdoptionResult:
        """The card of a ``pm_…``, or of a SetupIntent ``seti_…`` that has succeeded."""
        try:
            with time_limit(self.call_seconds):
                if provider_token.startswith(SETUP_PREFIX):
                    return await self._adopt_from_setup(provider_token, customer_id)
                if provider_token.startswith(METHOD_PREFIX):
                    return await self._adopt_method(provider_token, customer_id)
        except StripeRefusal as refusal:
            is_card_error = refusal.type == "card_error"
            return MethodRefusal.DECLINED if is_card_error else MethodRefusal.UNKNOWN
        return MethodRefusal.UNKNOWN

    async def _adopt_from_setup(self, setup_id: str, customer_id: str) -> AdoptionResult:
        customer = await self.customers.find(customer_id)
        with own_errors():
            setup = (
                await self.client.v1.setup_intents.retrieve_async(
                    setup_id, {"expand": ["payment_method"]}
                )
            ).to_dict()
        if customer is None or setup.get("customer") != customer:
            return MethodRefusal.UNKNOWN
        method = setup.get("payment_method")
        if setup.get("status") != "succeeded" or not isinstance(method, dict):
            return MethodRefusal.NOT_CONFIRMED
        return _read_method(method)

    async def _adopt_method(self, method_id: str, customer_id: str) -> AdoptionResult:
        with own_errors():
            method = (await self.client.v1.payment_methods.retrieve_async(method_id)).to_dict()
        owner = method.get("customer")
        if owner is not None:
            is_own = owner == await self.customers.find(customer_id)
            return _read_method(method) if is_own else MethodRefusal.UNKNOWN
        if "card" not in method:
            return MethodRefusal.UNKNOWN
        customer = await self.customers.ensure(customer_id)
        key = f"attach-{method_id}-{customer}"
        try:
            await self._attach(method_id, customer, key)
        except StoredFailure:
            # Stripe repeats it for a day, also where the work was done.
            with own_errors():
                present = await self.client.v1.payment_methods.retrieve_async(method_id)
            if present.to_dict().get("customer") != customer:
                await self._attach(method_id, customer, f"{key}-{self.clock.now().timestamp():.0f}")
        return _read_method(method)

    async def _attach(self, method_id: str, customer: str, idempotency_key: str) -> None:
        with own_errors(idempotency_key):
            await self.client.v1.payment_methods.attach_async(
                method_id, {"customer": customer}, {"idempotency_key": idempotency_key}
            )

    async def find_details(
        self, provider_token: str, customer_id: str
    ) -> PaymentMethodDetails | None:
        """The details of the Customer's card now; None if it is theirs no more."""
        customer = await self.customers.find(customer_id)
        try:
            with time_limit(self.call_seconds), own_errors():
                method = (
                    await self.client.v1.payment_methods.retrieve_async(provider_token)
                ).to_dict()
        except StripeRefusal as refusal:
            if refusal.code != RESOURCE_MISSING:
                raise
            return None
        if customer is None or method.get("customer") != customer:
            return None
        adopted = _read_method(method)
        return adopted.details if isinstance(adopted, AdoptedMethod) else None

    async def detach(self, provider_token: str) -> None:
        """Take the card from its Customer, for good."""
        key = f"detach-{provider_token}"
        try:
            with time_limit(self.call_seconds):
                try:
                    await self._detach_attached(provider_token, key)
                except StoredFailure:
                    # Stripe repeats it for a day: what it has done shows, and another key is new.
                    later_key = f"{key}-{self.clock.now().timestamp():.0f}"
                    await self._detach_attached(provider_token, later_key)
        except StripeRefusal as refusal:
            if refusal.code != RESOURCE_MISSING:
                raise

    async def _detach_attached(self, provider_token: str, idempotency_key: str) -> None:
        with own_errors(idempotency_key):
            method = await self.client.v1.payment_methods.retrieve_async(provider_token)
            if method.to_dict().get("customer") is None:
                return
            await self.client.v1.payment_methods.detach_async(
                provider_token, None, {"idempotency_key": idempotency_key}
            )

    async def forget_customer(self, customer_id: str) -> None:
        """Delete the Customer, with its cards, and forget what was asked for it."""
        customer = await self.customers.find(customer_id)
        if customer is None:
            return
        try:
            with time_limit(self.call_seconds), own_errors():
                await self.client.v1.customers.delete_async(customer)
        except StripeRefusal as refusal:
            if refusal.code != RESOURCE_MISSING:
                raise ProviderUnavailable(str(refusal)) from None
        await self.customers.forget(customer)


def _read_method(method: Mapping[str, Any]) -> AdoptionResult:
    card = method.get("card")
    if not isinstance(card, dict):
        return MethodRefusal.UNKNOWN
    details = PaymentMethodDetails(str(card["last4"])[-4:], _last_day(card))
    return AdoptedMethod(str(method["id"]), details)


def _last_day(card: Mapping[str, Any]) -> date | None:
    """The last day of the month in which the card expires."""
    year, month = card.get("exp_year"), card.get("exp_month")
    if not isinstance(year, int) or not isinstance(month, int):
        return None
    return date(year, month, calendar.monthrange(year, month)[1])
