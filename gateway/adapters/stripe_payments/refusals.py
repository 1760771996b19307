"""What Stripe refuses, in our terms: no text of Stripe's leaves this module."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import stripe

from gateway.adapters.stripe_payments.client import is_replayed
from gateway.services.ports.payments import IdempotencyKeyReused, ProviderUnavailable

logger = logging.getLogger(__name__)

RESOURCE_MISSING = "resource_missing"
UNEXPECTED_STATE = "payment_intent_unexpected_state"


class StripeRefusal(Exception):
    """A refusal that Stripe gives for good: ``type``, ``code``, ``parameter`` are its words.

    ``intent`` is the PaymentIntent as Stripe shows it in the refusal, with its client secret.
    """

    def __init__(self, details: Mapping[str, Any], *, is_replayed: bool) -> None:
        self.type, self.code, self.decline_code, self.parameter = (
            str(details.get(name) or "") for name in ("type", "code", "decline_code", "param")
        )
        super().__init__(f"{self.type} {self.code} {self.parameter}".strip())
        self.is_replayed = is_replayed
        intent = details.get("payment_intent")
        self.intent: Mapping[str, Any] | None = intent if isinstance(intent, dict) else None


class StoredFailure(ProviderUnavailable):
    """A failure of Stripe's own that it repeats under this key as long as it keeps the key."""


@contextmanager
def own_errors(idempotency_key: str = "") -> Iterator[None]:
    """Raise what our callers know instead of the package's errors, which contain whole answers.

    Raises:
        StripeRefusal: Stripe refuses.
        IdempotencyKeyReused: ``idempotency_key`` was used with other parameters.
        StoredFailure: asking again with the key is of no use.
        ProviderUnavailable: no answer that tells anything came.

    """
    try:
        yield
    except stripe.IdempotencyError as error:
        # Also what is in use by another request is told so (409), which may end in anything.
        if error.http_status == 409:  # noqa: PLR2004
            raise ProviderUnavailable("the key is in use") from None
        raise IdempotencyKeyReused(idempotency_key) from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.error("Stripe refuses the secret key: HTTP %s", error.http_status)  # noqa: TRY400 - the traceback would hold its text
        raise ProviderUnavailable(f"HTTP {error.http_status}") from None
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise _read_refusal(error) from None
    except stripe.StripeError as error:
        status = error.http_status
        if status is not None and is_replayed(error.headers or {}):
            raise StoredFailure(f"HTTP {status}, stored") from None
        raise ProviderUnavailable("no answer" if status is None else f"HTTP {status}") from None


def _read_refusal(error: stripe.StripeError) -> StripeRefusal:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    details = body.get("error")
    details = details if isinstance(details, dict) else {}
    return StripeRefusal(details, is_replayed=is_replayed(error.headers or {}))
