"""The payment provider as use cases see it.

Whatever is asked carries a key, so that asking again never charges again. No call belongs inside a
transaction: it may take seconds, and its effect does not roll back.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    AMOUNT_REFUSED = "AMOUNT_REFUSED"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A hold of ``amount`` on the method behind the provider's token ``provider_token``.

    ``renewed_charge_id`` names an earlier charge whose hold expired before it was captured;
    ``raised_charge_id`` one of the same order that this hold adds to. ``is_payer_present``: the
    payer is at the page of the checkout and can be sent to the bank at once (on session).
    """

    amount: Money
    provider_token: str
    idempotency_key: str
    customer_id: str
    renewed_charge_id: str | None = None
    raised_charge_id: str | None = None
    is_payer_present: bool = False


@dataclass(frozen=True, slots=True)
class AuthorizationGranted:
    """The amount is held (or already captured) under the provider's id ``charge_id``.

    ``held_until``: when the provider lets go of it by itself; None where it never does.
    """

    charge_id: str
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationActionRequired:
    """The payer must confirm at ``url`` until ``expires_at``; nothing is held yet.

    ``client_secret`` is what the provider's own script confirms with, if it has one. It is the
    payer's alone: it is neither stored nor logged, but asked for anew.
    """

    charge_id: str
    url: str
    expires_at: datetime
    client_secret: str | None = field(default=None, repr=False, compare=False)


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


@dataclass(frozen=True, slots=True)
class CaptureUnknown:
    """No answer came: ask again with the same key, never authorise anew."""


@dataclass(frozen=True, slots=True)
class RefundCompleted:
    """The money was given back."""


@dataclass(frozen=True, slots=True)
class RefundPending:
    """The provider has accepted the refund, which may still fail: look the key up."""


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """Nothing was given back, and asking again under this key changes nothing."""

    reason: str


AuthorizationResult: TypeAlias = (
    AuthorizationGranted
    | AuthorizationActionRequired
    | AuthorizationDeclined
    | AuthorizationUnknown
)
CaptureResult: TypeAlias = CaptureCompleted | CaptureRefused | CaptureUnknown
RefundResult: TypeAlias = RefundCompleted | RefundPending | RefundFailed


class IdempotencyKeyReused(Exception):
    """An idempotency key came back with another amount, charge, method or customer."""


class InvalidChargeState(Exception):
    """A charge that does not exist, or is past what was asked of it."""


class ProviderUnavailable(Exception):
    """No answer came, and something may have happened: ask again later with the same key."""


@dataclass(frozen=True, slots=True)
class AmountRefusal:
    """Why the provider charges no such amount.

    ``minimum`` is the least that it charges in the currency; ``step_minor`` what amounts have to be
    a multiple of, in minor units. If both are None, it does not charge in the currency at all.
    """

    minimum: Money | None = None
    step_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ProviderDetails:
    """What a browser may know of the provider: its name, and a key that is no secret.

    ``publishable_key`` is None if the provider's own form needs none. ``token_prefix`` is what all
    tokens of its form begin with.
    """

    name: str
    publishable_key: str | None = None
    token_prefix: str = ""


class PaymentProvider(Protocol):
    """Holding, taking and giving back money."""

    @property
    def details(self) -> ProviderDetails:
        """What a browser needs to hand card data to the provider."""
        ...

    @property
    def hold_lifetime(self) -> timedelta | None:
        """How long a hold lasts that was made without the payer; None if it does not end."""
        ...

    def find_amount_refusal(self, amount: Money) -> AmountRefusal | None:
        """Why ``amount`` cannot be charged; None if it can be, as far as is known before."""
        ...

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationResult:
        """Hold the amount; the same key answers with what became of the first request."""
        ...

    async def find_by_key(self, idempotency_key: str) -> AuthorizationResult | None:
        """What became of the request with this key; nothing if it never arrived."""
        ...

    async def capture(
        self, charge_id: str, amount: Money, idempotency_key: str, *, final: bool
    ) -> CaptureResult:
        """Take ``amount`` of what is held; the same key takes nothing more.

        One charge may be captured several times, in sum never above what was held. ``final`` lets
        go of what remains held.

        Raises:
            InvalidChargeState: there is no such charge, or less is held.
            IdempotencyKeyReused: the key came with another charge or amount before.

        """
        ...

    async def release(self, charge_id: str) -> None:
        """Let go of what is held and not captured; a repetition changes nothing.

        Raises:
            InvalidChargeState: there is no such charge, or all of it is captured.
            ProviderUnavailable: no answer came.

        """
        ...

    async def find_captured_minor(self, charge_id: str) -> int:
        """What was taken of the charge until now, by us or by hand, in minor units.

        Raises:
            InvalidChargeState: there is no such charge.
            ProviderUnavailable: no answer came.

        """
        ...

    async def refund(self, charge_id: str, amount: Money, idempotency_key: str) -> RefundResult:
        """Give back ``amount`` of what was taken; the same key answers with the present state.

        One charge may be refunded several times, in sum never above what was captured.

        Raises:
            InvalidChargeState: there is no such charge, or less is left to give back.
            IdempotencyKeyReused: the key came with another charge or amount before.
            ProviderUnavailable: no answer came.

        """
        ...

    async def find_refund(self, idempotency_key: str) -> RefundResult | None:
        """The present state of the refund with this key; None if it never arrived.

        Raises:
            ProviderUnavailable: no answer came.

        """
        ...

    @property
    def captures_once(self) -> bool:
        """Whether a charge can be captured only once, which lets go of the rest."""
        ...
