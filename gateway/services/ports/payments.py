"""The payment provider as use cases see it.

Whatever is asked carries a key, so that asking again never charges again. No call belongs inside a
transaction: it may take seconds, and its effect does not roll back.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from gateway.engine.money import Money


class DeclineReason(StrEnum):
    """Why there is no hold."""

    DECLINED = "DECLINED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    UNKNOWN_METHOD = "UNKNOWN_METHOD"
    AUTHENTICATION_EXPIRED = "AUTHENTICATION_EXPIRED"
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A hold of ``amount`` on the method behind the provider's token ``provider_token``.

    ``renewed_charge_id`` names an earlier charge whose hold expired before it was captured.
    """

    amount: Money
    provider_token: str
    idempotency_key: str
    customer_id: str
    renewed_charge_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationGranted:
    """The amount is held (or already captured) under the provider's id ``charge_id``."""

    charge_id: str


@dataclass(frozen=True, slots=True)
class AuthorizationActionRequired:
    """The payer must confirm at ``url`` until ``expires_at``; nothing is held yet."""

    charge_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorizationDeclined:
    """Nothing is held, and asking again under this key changes nothing."""

    reason: DeclineReason


@dataclass(frozen=True, slots=True)
class AuthorizationUnknown:
    """No answer came: look the key up, never authorise anew."""


@dataclass(frozen=True, slots=True)
class CaptureCompleted:
    """The money was taken."""


@dataclass(frozen=True, slots=True)
class CaptureRefused:
    """Nothing was taken: the hold has expired or was let go."""


AuthorizationResult: TypeAlias = (
    AuthorizationGranted
    | AuthorizationActionRequired
    | AuthorizationDeclined
    | AuthorizationUnknown
)
CaptureResult: TypeAlias = CaptureCompleted | CaptureRefused


class IdempotencyKeyReused(Exception):
    """An idempotency key came back with another amount, method or customer."""


class InvalidChargeState(Exception):
    """A charge that does not exist, or is past what was asked of it."""


class PaymentProvider(Protocol):
    """Holding, taking and giving back money."""

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        """Hold the amount; the same key answers with what became of the first request."""
        ...

    async def find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        """What became of the request with this key; nothing if it never arrived."""
        ...

    async def capture(self, charge_id: str, amount: Money) -> CaptureResult:
        """Take ``amount``, at most what is held; a repetition takes nothing more."""
        ...

    async def release(self, charge_id: str) -> None:
        """Let go of a hold; raises ``InvalidChargeState`` once it is captured."""
        ...

    async def refund(self, charge_id: str) -> None:
        """Give back all that was taken; raises ``InvalidChargeState`` if nothing was."""
        ...
