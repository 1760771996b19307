"""The payment methods of the simulated provider."""

from datetime import date

from gateway.services.ports.payment_method_details import PaymentMethodDetails

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
    """The details of the simulated provider's tokens, none of which expires."""

    async def find_details(self, provider_token: str) -> PaymentMethodDetails | None:
        """The details with the last digits of the method; None for an unknown token."""
        digits = LAST_DIGITS_BY_TOKEN.get(provider_token)
        return None if digits is None else PaymentMethodDetails(digits, NO_EXPIRY)
