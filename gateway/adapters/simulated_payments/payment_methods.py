"""The payment methods of the simulated provider."""

from datetime import date

from gateway.services.ports.payment_method_vault import (
    AdoptedMethod,
    AdoptionResult,
    MethodRefusal,
    PaymentMethodDetails,
    PaymentSetup,
)

LAST_DIGITS_BY_TOKEN = {
    "sim_ok": "0001",
    "sim_declined": "0002",
    "sim_insufficient": "0003",
    "sim_3ds": "0004",
    "sim_timeout": "0005",
    "sim_hold_expires": "0006",
    "sim_raise_refused": "0007",
    "sim_refund_fails": "0008",
}
NO_EXPIRY: date | None = None


class SimulatedPaymentMethods:
    """The simulated provider's tokens: each names a behaviour, and none expires."""

    async def start_setup(self, customer_id: str) -> PaymentSetup | None:  # noqa: ARG002 - alike for all
        """None: a token is given as it is."""
        return None

    async def adopt(self, provider_token: str, customer_id: str) -> AdoptionResult:  # noqa: ARG002 - tokens are everybody's
        """A method that behaves as the token says."""
        digits = LAST_DIGITS_BY_TOKEN.get(provider_token)
        if digits is None:
            return MethodRefusal.UNKNOWN
        details = PaymentMethodDetails(digits, NO_EXPIRY)
        return AdoptedMethod(provider_token, details, stands_alone=False)

    async def find_details(
        self,
        provider_token: str,
        customer_id: str,  # noqa: ARG002 - tokens are everybody's
    ) -> PaymentMethodDetails | None:
        """The details of a known token."""
        digits = LAST_DIGITS_BY_TOKEN.get(provider_token)
        return None if digits is None else PaymentMethodDetails(digits, NO_EXPIRY)

    async def detach(self, provider_token: str) -> None:
        """Do nothing: nothing is kept."""

    async def forget_customer(self, customer_id: str) -> None:
        """Do nothing: nobody is known."""
