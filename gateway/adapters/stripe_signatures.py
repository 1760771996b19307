"""Signatures of Stripe's events, and what of a signed event counts.

Source: docs.stripe.com/webhooks, "Verify webhook signatures manually". Done without the ``stripe``
package, whose import takes most of a second.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

SIGNATURE_HEADER = "stripe-signature"
SIGNATURE_TOLERANCE = timedelta(seconds=300)
"""An event that was signed longer ago, or as far in the future, may be a repetition by others."""
MAX_HEADER_LENGTH = 4096
MAX_SIGNATURES = 20
"""Signatures that are compared: Stripe sends one for each secret of the endpoint."""
SCHEME = "v1"
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,250}", re.ASCII)
_OBJECT_ID = re.compile(r"[A-Za-z0-9_]{1,255}", re.ASCII)
_EVENT_TYPE = re.compile(r"[a-z0-9_.]{1,100}", re.ASCII)
_HANDLED_TYPES = re.compile(
    r"payment_intent\.\w+|refund\.\w+|charge\.refund\.updated|charge\.refunded"
    r"|charge\.dispute\.\w+|customer\.deleted",
    re.ASCII,
)
_METHOD_TYPES = re.compile(r"payment_method\.(?:detached|updated|automatically_updated)", re.ASCII)
"""Of these it counts whose methods they are: a detached one no longer says so itself."""


class MalformedEvent(Exception):
    """What was signed is no event."""


@dataclass(frozen=True, slots=True)
class EventHint:
    """That something may have happened to the object ``object_id``."""

    id: str
    type: str
    object_id: str


def is_signed_by_stripe(secrets: Sequence[str], header: str, body: bytes, now: datetime) -> bool:
    """Whether ``body`` was signed just now with one of ``secrets``, by the header's value."""
    if len(header) > MAX_HEADER_LENGTH:
        return False
    pairs = [part.strip().partition("=") for part in header.split(",")]
    timestamps = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == SCHEME][:MAX_SIGNATURES]
    if len(timestamps) != 1 or not _TIMESTAMP.fullmatch(timestamps[0]):
        return False
    if abs(int(timestamps[0]) - now.timestamp()) > SIGNATURE_TOLERANCE.total_seconds():
        return False
    expected_signatures = [sign_event(secret, timestamps[0], body) for secret in secrets]
    matches = [
        hmac.compare_digest(expected.encode(), signature.encode())
        for expected in expected_signatures
        for signature in signatures
    ]
    return any(matches)


def sign_event(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of ``body`` at ``timestamp``, seconds since 1970, in hexadecimal digits."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()


def read_event(body: bytes) -> EventHint | None:
    """What a signed event may be about; None if it is none that we act on.

    Raises:
        MalformedEvent: it is no event.

    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedEvent from None
    if not isinstance(document, dict):
        raise MalformedEvent
    id = _read_text(document, "id", _EVENT_ID)
    type = _read_text(document, "type", _EVENT_TYPE)
    if id is None or type is None:
        raise MalformedEvent
    data = document.get("data")
    described_object = data.get("object") if isinstance(data, dict) else None
    if _METHOD_TYPES.fullmatch(type):
        earlier_values = data.get("previous_attributes") if isinstance(data, dict) else None
        customer = _read_text(described_object, "customer", _OBJECT_ID) or _read_text(
            earlier_values, "customer", _OBJECT_ID
        )
        return None if customer is None else EventHint(id, type, customer)
    object_id = _read_text(described_object, "id", _OBJECT_ID)
    if object_id is None or not _HANDLED_TYPES.fullmatch(type):
        return None
    return EventHint(id, type, object_id)


def _read_text(document: object, name: str, pattern: re.Pattern[str]) -> str | None:
    """The text under ``name``, if it is one that matches ``pattern``."""
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
