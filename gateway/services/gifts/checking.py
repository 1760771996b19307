"""Whether a gift can be asked for as it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.engine.gifts.words import (
    LONGEST_MESSAGE,
    MOST_LINES,
    harmless_line,
    harmless_message,
    message_fits,
)
from gateway.engine.problems import ErrorCode, UserError
from gateway.engine.secrets_in_text import looks_like_card_number
from gateway.services.buying import key_complaints
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.recipients import (
    KnownRecipient,
    known_recipient,
    same_twice,
    text_errors,
)
from gateway.services.gifts.requests import GiftRequest

MOST_RECIPIENTS = 100
MOST_QUANTITY = 1000
LONGEST_WISH = 200
"""Characters of a wrapping wish."""
SHORTEST_LIFE = timedelta(days=3)
LONGEST_LIFE = timedelta(days=60)
LATEST_START = timedelta(days=365)
UNDER_WAY = timedelta(minutes=5)
"""A bound the caller worked out a moment ago still holds when the request arrives."""


@dataclass(frozen=True, slots=True)
class GiftPlan:
    """A request found in order: whom it is for, from when, until when, with which words."""

    request: GiftRequest
    recipients: tuple[KnownRecipient, ...]
    starts_at: datetime
    deadline: datetime
    message: str | None = field(repr=False)
    wrap: str | None = None


def checked(
    request: GiftRequest, now: datetime, parts: GiftParts
) -> GiftPlan | tuple[UserError, ...]:
    """The plan for ``request``, or everything that is wrong with it."""
    starts_at = request.scheduled_for or now
    deadline = request.expires_at or starts_at + parts.policy.gifts.lifetime
    recipients, errors = _recipients(request, parts)
    errors = (*_errors(request, now), *_time_errors(request, starts_at, now), *errors)
    if errors:
        return errors
    return GiftPlan(
        request=request,
        recipients=recipients,
        starts_at=starts_at,
        deadline=deadline,
        message=harmless_message(request.message or "") or None,
        wrap=harmless_line(request.wrap or "") or None,
    )


def _wrong(field_: str, message: str) -> UserError:
    return UserError(ErrorCode.INVALID_INPUT, ("input", field_), message)


def _errors(request: GiftRequest, now: datetime) -> Iterator[UserError]:
    if not 1 <= request.quantity <= MOST_QUANTITY:
        yield _wrong("quantity", f"Between 1 and {MOST_QUANTITY}.")
    yield from key_complaints(request.idempotency_key).found
    if not 1 <= len(request.recipients) <= MOST_RECIPIENTS:
        yield _wrong("recipients", f"Between 1 and {MOST_RECIPIENTS} recipients.")
    yield from _message_errors(request.message or "")
    yield from text_errors(request.wrap or "", ("input", "wrap"), LONGEST_WISH)
    if request.scheduled_for is not None and request.scheduled_for < now:
        yield _wrong("scheduledFor", "This is in the past.")
    if request.scheduled_for is not None and request.scheduled_for > now + LATEST_START:
        yield _wrong("scheduledFor", "At most a year from now.")


def _message_errors(message: str) -> Iterator[UserError]:
    if looks_like_card_number(message):
        yield _wrong("message", "This looks like a card number.")
    if not message_fits(harmless_message(message)) or len(message) > 2 * LONGEST_MESSAGE:
        yield _wrong("message", f"At most {LONGEST_MESSAGE} characters on {MOST_LINES} lines.")


def _time_errors(request: GiftRequest, starts_at: datetime, now: datetime) -> Iterator[UserError]:
    if request.expires_at is None:
        return
    life = request.expires_at - max(starts_at, now)
    if not SHORTEST_LIFE - UNDER_WAY <= life <= LONGEST_LIFE + UNDER_WAY:
        yield _wrong("expiresAt", "Between 3 and 60 days after the gift's start.")


def _recipients(
    request: GiftRequest, parts: GiftParts
) -> tuple[tuple[KnownRecipient, ...], tuple[UserError, ...]]:
    known: list[KnownRecipient] = []
    errors: list[UserError] = []
    for at, details in enumerate(request.recipients[: MOST_RECIPIENTS + 1]):
        path = ("input", "recipients", str(at))
        match known_recipient(details, path, parts):
            case KnownRecipient() as recipient:
                known.append(recipient)
                errors += _unusable(recipient, path)
            case found:
                errors += found
    return tuple(known), tuple(errors) or tuple(_duplicates(known))


def _unusable(recipient: KnownRecipient, path: tuple[str, ...]) -> Iterator[UserError]:
    if not recipient.usable:
        message = "An e-mail address, a phone number, a name with a town, or a full address."
        yield UserError(ErrorCode.NO_CONTACT, path, message)


def _duplicates(known: list[KnownRecipient]) -> Iterator[UserError]:
    for at in same_twice(known):
        path = ("input", "recipients", str(at))
        yield UserError(ErrorCode.DUPLICATE_RECIPIENT, path, "This recipient is there already.")
