"""The cards that Stripe keeps for its Customers; a card number never passes through here."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
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
"""Cards of one Customer that can be set up in ``SETUP_PERIOD``."""
SETUP_PERIOD = timedelta(days=1)


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

        One is made where there is none; asking at once twice makes one.
        """
        with time_limit(self.call_seconds):
            customer = await self.customers.ensure(customer_id)
            try:
                setup = await self._ensure_setup(customer)
            except StripeRefusal as refusal:
                if refusal.code != RESOURCE_MISSING:
                    raise ProviderUnavailable("no setup was made") from None
                setup = await self._ensure_setup(
                    await self._replace_customer(customer, customer_id)
                )
        return PaymentSetup(setup["client_secret"], self.publishable_key)

    async def _replace_customer(self, customer: str, customer_id: str) -> str:
        """The Customer in the place of one that was deleted at Stripe."""
        await self.customers.replace(customer)
        return await self.customers.ensure(customer_id)

    async def _ensure_setup(self, customer: str) -> Mapping[str, Any]:
        """The Customer's newest SetupIntent that waits for a card, which is made if none does.

        Three calls at most, however many cards were entered before.
        """
        with own_errors():
            listed = await self.client.v1.setup_intents.list_async(
                {"customer": customer, "limit": MAX_SETUPS}
            )
        setups = [setup.to_dict() for setup in listed.data]
        open_setup = next((setup for setup in setups if _is_open(setup)), None)
        if open_setup is not None:
            return open_setup
        day_ago = (self.clock.now() - SETUP_PERIOD).timestamp()
        if len(setups) == MAX_SETUPS and setups[-1]["created"] > day_ago:
            raise TooManySetups(MAX_SETUPS)
        # Whoever asks at the same moment has the same key, and so gets the same one.
        newest_id = setups[0]["id"] if setups else "first"
        return await self._create_setup(customer, f"setup-{customer}-{newest_id}")

    async def _create_setup(self, customer: str, idempotency_key: str) -> Mapping[str, Any]:
        parameters: SetupIntentCreateParams = {
            "customer": customer,
            "usage": "off_session",
            "allowed_payment_method_types": ["card"],
        }
        for key in (idempotency_key, self._later_key(idempotency_key)):
            try:
                with own_errors(key):
                    created = await self.client.v1.setup_intents.create_async(
                        parameters, {"idempotency_key": key}
                    )
            except StoredFailure:
                continue
            setup = created.to_dict()
            if is_old_answer(created):
                with own_errors():
                    present = await self.client.v1.setup_intents.retrieve_async(created.id)
                setup = present.to_dict()
            if _is_open(setup):
                return setup
        raise ProviderUnavailable("a card was entered meanwhile")

    def _later_key(self, idempotency_key: str) -> str:
        """The key in the place of one whose answer Stripe repeats for a day."""
        return f"{idempotency_key}-{self.clock.now().timestamp():.0f}"

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
        # A SetupIntent stays as it was when its card is taken from the Customer.
        return _read_method(method) if method.get("customer") == customer else MethodRefusal.UNKNOWN

    async def _adopt_method(self, method_id: str, customer_id: str) -> AdoptionResult:
        method = await self._retrieve(method_id)
        owner = method.get("customer")
        if owner is not None:
            is_own = owner == await self.customers.find(customer_id)
            return _read_method(method) if is_own else MethodRefusal.UNKNOWN
        if "card" not in method:
            return MethodRefusal.UNKNOWN
        customer = await self.customers.ensure(customer_id)
        try:
            is_attached = await self._attach(method_id, customer)
        except StripeRefusal as refusal:
            if (refusal.code, refusal.parameter) != (RESOURCE_MISSING, "customer"):
                raise
            customer = await self._replace_customer(customer, customer_id)
            is_attached = await self._attach(method_id, customer)
        return _read_method(method) if is_attached else MethodRefusal.UNKNOWN

    async def _attach(self, method_id: str, customer: str) -> bool:
        """Give the card to the Customer; returns whether it is theirs now.

        Stripe repeats an answer for a day: what it says may be past, as the card was taken away
        since, or a failure, though the work was done.
        """
        key = f"attach-{method_id}-{customer}"
        for attempt_key in (key, self._later_key(key)):
            try:
                with own_errors(attempt_key):
                    attached = await self.client.v1.payment_methods.attach_async(
                        method_id, {"customer": customer}, {"idempotency_key": attempt_key}
                    )
            except StoredFailure:
                pass
            else:
                if not is_old_answer(attached):
                    return True
            if (await self._retrieve(method_id)).get("customer") == customer:
                return True
        return False

    async def _retrieve(self, method_id: str) -> Mapping[str, Any]:
        with own_errors():
            return (await self.client.v1.payment_methods.retrieve_async(method_id)).to_dict()

    async def find_details(
        self, provider_token: str, customer_id: str
    ) -> PaymentMethodDetails | None:
        """The details of the Customer's card now; None if it is theirs no more."""
        customer = await self.customers.find(customer_id)
        try:
            with time_limit(self.call_seconds):
                method = await self._retrieve(provider_token)
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
                for attempt_key in (key, self._later_key(key)):
                    if await self._detach_attached(provider_token, attempt_key):
                        return
                if (await self._retrieve(provider_token)).get("customer") is not None:
                    raise ProviderUnavailable("the card is attached as before")
        except StripeRefusal as refusal:
            if refusal.code != RESOURCE_MISSING:
                raise

    async def _detach_attached(self, provider_token: str, idempotency_key: str) -> bool:
        """Detach the card, unless it is of nobody; returns whether it certainly is now."""
        if (await self._retrieve(provider_token)).get("customer") is None:
            return True
        try:
            with own_errors(idempotency_key):
                detached = await self.client.v1.payment_methods.detach_async(
                    provider_token, None, {"idempotency_key": idempotency_key}
                )
        except StoredFailure:
            # What was done shows, and another key is new.
            return False
        return not is_old_answer(detached)

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


def _is_open(setup: Mapping[str, Any]) -> bool:
    """Whether a card can still be entered in the SetupIntent."""
    return setup["status"] in OPEN_SETUP_STATES


def _read_method(method: Mapping[str, Any]) -> AdoptionResult:
    card = method.get("card")
    if not isinstance(card, dict):
        return MethodRefusal.UNKNOWN
    details = PaymentMethodDetails(str(card["last4"])[-4:], _last_day(card), card.get("brand"))
    return AdoptedMethod(str(method["id"]), details)


def _last_day(card: Mapping[str, Any]) -> date | None:
    """The last day of the month in which the card expires."""
    year, month = card.get("exp_year"), card.get("exp_month")
    if not isinstance(year, int) or not isinstance(month, int):
        return None
    return date(year, month, calendar.monthrange(year, month)[1])
