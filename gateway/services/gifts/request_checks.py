"""The check of requests for gifts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.engine.gifts.message_text import (
    MAX_MESSAGE_LENGTH,
    MAX_MESSAGE_LINES,
    MAX_NAME_LENGTH,
    fits_message_limits,
    sanitize_line,
    sanitize_message,
    sanitize_name,
)
from gateway.engine.text.card_numbers import looks_like_card_number
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.recipient_checks import (
    CheckedRecipient,
    check_recipient,
    find_duplicates,
    text_errors,
)
from gateway.services.gifts.requests import GiftRequest
from gateway.services.idempotency import check_idempotency_key

MAX_RECIPIENTS = 100
MAX_GIFT_QUANTITY = 1000
MAX_WRAP_LENGTH = 200
"""Characters of a wrapping wish."""
MIN_LIFETIME = timedelta(days=3)
MAX_LIFETIME = timedelta(days=60)
MAX_START_DELAY = timedelta(days=365)
CLOCK_TOLERANCE = timedelta(minutes=5)
"""The tolerance of bounds of time, which callers compute before the request arrives."""


@dataclass(frozen=True, slots=True)
class CheckedGiftRequest:
    """A valid request: its recipients, its first and last instant, and its texts."""

    request: GiftRequest
    recipients: tuple[CheckedRecipient, ...]
    starts_at: datetime
    deadline: datetime
    message: str | None = field(repr=False)
    wrap: str | None = None
    sender: str | None = field(default=None, repr=False)


def check_request(
    request: GiftRequest, now: datetime, dependencies: GiftDependencies
) -> CheckedGiftRequest | tuple[UserError, ...]:
    """``request`` checked and normalized, or all its errors."""
    starts_at = request.scheduled_for or now
    deadline = request.expires_at or starts_at + dependencies.policy.gifts.lifetime
    recipients, errors = _check_recipients(request, dependencies)
    errors = (*_request_errors(request, now), *_time_errors(request, starts_at, now), *errors)
    if errors:
        return errors
    return CheckedGiftRequest(
        request=request,
        recipients=recipients,
        starts_at=starts_at,
        deadline=deadline,
        message=sanitize_message(request.message or "") or None,
        wrap=sanitize_line(request.wrap or "") or None,
        sender=sanitize_name(request.sender or "") or None,
    )


def _invalid_input(field_name: str, message: str) -> UserError:
    return UserError(ErrorCode.INVALID_INPUT, ("input", field_name), message)


def _request_errors(request: GiftRequest, now: datetime) -> Iterator[UserError]:
    if not 1 <= request.quantity <= MAX_GIFT_QUANTITY:
        yield _invalid_input("quantity", f"Between 1 and {MAX_GIFT_QUANTITY}.")
    yield from check_idempotency_key(request.idempotency_key).errors
    if not 1 <= len(request.recipients) <= MAX_RECIPIENTS:
        yield _invalid_input("recipients", f"Between 1 and {MAX_RECIPIENTS} recipients.")
    yield from _message_errors(request.message or "")
    yield from text_errors(request.wrap or "", ("input", "wrap"), MAX_WRAP_LENGTH)
    yield from text_errors(request.sender or "", ("input", "from"), MAX_NAME_LENGTH)
    if request.scheduled_for is not None and request.scheduled_for < now:
        yield _invalid_input("scheduledFor", "This is in the past.")
    if request.scheduled_for is not None and request.scheduled_for > now + MAX_START_DELAY:
        yield _invalid_input("scheduledFor", "At most a year from now.")


def _message_errors(message: str) -> Iterator[UserError]:
    if looks_like_card_number(message):
        yield _invalid_input("message", "This looks like a card number.")
    if not fits_message_limits(sanitize_message(message)) or len(message) > 2 * MAX_MESSAGE_LENGTH:
        yield _invalid_input(
            "message", f"At most {MAX_MESSAGE_LENGTH} characters on {MAX_MESSAGE_LINES} lines."
        )


def _time_errors(request: GiftRequest, starts_at: datetime, now: datetime) -> Iterator[UserError]:
    if request.expires_at is None:
        return
    lifetime = request.expires_at - max(starts_at, now)
    if not MIN_LIFETIME - CLOCK_TOLERANCE <= lifetime <= MAX_LIFETIME + CLOCK_TOLERANCE:
        yield _invalid_input("expiresAt", "Between 3 and 60 days after the gift's start.")


def _check_recipients(
    request: GiftRequest, dependencies: GiftDependencies
) -> tuple[tuple[CheckedRecipient, ...], tuple[UserError, ...]]:
    checked_recipients: list[CheckedRecipient] = []
    errors: list[UserError] = []
    for index, details in enumerate(request.recipients[: MAX_RECIPIENTS + 1]):
        path = ("input", "recipients", str(index))
        match check_recipient(details, path, dependencies):
            case CheckedRecipient() as recipient:
                checked_recipients.append(recipient)
                errors += _reachability_errors(recipient, path)
            case recipient_errors:
                errors += recipient_errors
    return tuple(checked_recipients), tuple(errors) or tuple(_duplicate_errors(checked_recipients))


def _reachability_errors(recipient: CheckedRecipient, path: tuple[str, ...]) -> Iterator[UserError]:
    if not recipient.is_reachable:
        message = "An e-mail address, a phone number, a name with a town, or a full address."
        yield UserError(ErrorCode.NO_CONTACT, path, message)


def _duplicate_errors(recipients: list[CheckedRecipient]) -> Iterator[UserError]:
    for index in find_duplicates(recipients):
        path = ("input", "recipients", str(index))
        yield UserError(ErrorCode.DUPLICATE_RECIPIENT, path, "This recipient is there already.")
