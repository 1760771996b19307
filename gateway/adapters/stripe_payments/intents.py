"""PaymentIntents of Stripe as values, and what their states mean for a hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.adapters.stripe_payments.amounts import to_own_minor
from gateway.services.ports.payments import DeclineReason, ProviderUnavailable

KEY_NAME = "gateway_key"
"""The name in the metadata at Stripe of what we know an object by."""
CAPTURE_KEY_NAME = "gateway_capture_key"
OFF_SESSION_HOLD_LIFETIME = timedelta(days=4, hours=18)
"""How long a hold lasts at least that was made without the payer (stripe.com/blog/auth-capture)."""
ON_SESSION_HOLD_LIFETIME = timedelta(days=7)

AUTHENTICATION_REQUIRED = "authentication_required"
INSUFFICIENT_FUNDS = "insufficient_funds"


class IntentStatus(StrEnum):
    """The states of a PaymentIntent, in Stripe's words."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent; ``key`` and ``capture_key`` are ours, from its metadata.

    Amounts are in minor units as the gateway counts them.

    ``capture_before`` is when the hold ends, if the charge tells. ``redirect_url`` is the bank's
    page, ``payment_method`` what is to be confirmed. ``client_secret`` is the payer's alone.
    """

    id: str
    status: IntentStatus
    customer: str | None
    amount_minor: int
    received_minor: int
    currency: str
    created_at: datetime
    key: str | None = None
    capture_key: str | None = None
    capture_before: datetime | None = None
    error_code: str = ""
    error_decline_code: str = ""
    payment_method: str | None = field(default=None, repr=False)
    redirect_url: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)

    @property
    def needs_payer(self) -> bool:
        """Whether only the payer can bring it further."""
        match self.status:
            case IntentStatus.REQUIRES_ACTION:
                return True
            case IntentStatus.REQUIRES_PAYMENT_METHOD:
                return self.error_code == AUTHENTICATION_REQUIRED
        return False

    @property
    def is_unconfirmed(self) -> bool:
        """Whether Stripe has made it, but has not yet tried to hold anything."""
        match self.status:
            case IntentStatus.REQUIRES_CONFIRMATION:
                return True
            case IntentStatus.REQUIRES_PAYMENT_METHOD:
                return not self.error_code
        return False

    @property
    def decline_reason(self) -> DeclineReason:
        """Why the card was declined, if it was."""
        return read_decline_reason(self.error_code, self.error_decline_code)

    def hold_ends_at(self, *, is_payer_present: bool, hold_lifetime: timedelta) -> datetime:
        """When the hold ends: as the charge tells, otherwise the usual time after its creation."""
        usual_lifetime = ON_SESSION_HOLD_LIFETIME if is_payer_present else hold_lifetime
        return self.capture_before or self.created_at + usual_lifetime


def read_decline_reason(code: str, decline_code: str) -> DeclineReason:
    """The reason that Stripe's ``code`` and the bank's ``decline_code`` stand for."""
    if INSUFFICIENT_FUNDS in {code, decline_code}:
        return DeclineReason.INSUFFICIENT_FUNDS
    return DeclineReason.DECLINED


def read_intent(data: Mapping[str, Any]) -> Intent:
    """The PaymentIntent that Stripe describes by ``data``.

    Raises:
        ProviderUnavailable: it is no PaymentIntent, or in a state that we do not know.

    """
    try:
        return _read_fields(data)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ProviderUnavailable("an unreadable answer") from None


def _read_fields(data: Mapping[str, Any]) -> Intent:
    metadata = _mapping(data, "metadata")
    error = _mapping(data, "last_payment_error")
    currency = str(data["currency"]).upper()
    return Intent(
        id=data["id"],
        status=IntentStatus(data["status"]),
        customer=_id_of(data.get("customer")),
        amount_minor=to_own_minor(data["amount"], currency),
        received_minor=to_own_minor(data.get("amount_received") or 0, currency),
        currency=currency,
        created_at=datetime.fromtimestamp(data["created"], UTC),
        key=metadata.get(KEY_NAME),
        capture_key=metadata.get(CAPTURE_KEY_NAME),
        capture_before=_read_capture_before(data),
        error_code=error.get("code") or "",
        error_decline_code=error.get("decline_code") or "",
        payment_method=_id_of(data.get("payment_method")) or _id_of(error.get("payment_method")),
        redirect_url=_mapping(_mapping(data, "next_action"), "redirect_to_url").get("url"),
        client_secret=data.get("client_secret"),
    )


def _read_capture_before(data: Mapping[str, Any]) -> datetime | None:
    charge = _mapping(data, "latest_charge")
    seconds = _mapping(_mapping(charge, "payment_method_details"), "card").get("capture_before")
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _mapping(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under ``name``; an empty one where there is none, or only its id."""
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}


def _id_of(value: object) -> str | None:
    """The id of an object that may be expanded."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else None
