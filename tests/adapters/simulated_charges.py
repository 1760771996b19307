"""What tests ask of the simulated payment provider, in short."""

from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.engine.money import Currency, Money
from gateway.services.ports.payments import (
    AuthorizationGranted,
    AuthorizationRequest,
    CaptureResult,
    RefundResult,
)

USD, EUR = Currency("USD", 2), Currency("EUR", 2)
TEN = Money(1000, USD)


def authorization_request(
    method: str,
    key: str = "k",
    *,
    renewed_charge_id: str | None = None,
    raised_charge_id: str | None = None,
) -> AuthorizationRequest:
    return AuthorizationRequest(
        TEN,
        method,
        key,
        "pur_1",
        renewed_charge_id=renewed_charge_id,
        raised_charge_id=raised_charge_id,
    )


async def list_charge_states(payments: SimulatedPaymentProvider) -> list[tuple[str, str]]:
    return [(charge.idempotency_key, charge.status) for charge in await payments.list_charges()]


async def authorize(
    payments: SimulatedPaymentProvider, method: str = "sim_ok", key: str = "k"
) -> str:
    answer = await payments.authorize(authorization_request(method, key))
    assert isinstance(answer, AuthorizationGranted)
    return answer.charge_id


async def capture(
    payments: SimulatedPaymentProvider,
    charge_id: str,
    minor: int = 1000,
    key: str = "c",
    *,
    final: bool = False,
) -> CaptureResult:
    return await payments.capture(charge_id, Money(minor, USD), key, final=final)


async def refund(
    payments: SimulatedPaymentProvider, charge_id: str, minor: int = 1000, key: str = "r"
) -> RefundResult:
    return await payments.refund(charge_id, Money(minor, USD), key)


async def list_amounts(payments: SimulatedPaymentProvider) -> list[tuple[str, int, int]]:
    """The charges' status, what was captured and what was refunded."""
    return [
        (charge.status, charge.captured_minor, charge.refunded_minor)
        for charge in await payments.list_charges()
    ]
