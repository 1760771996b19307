"""Levels of assurance about a caller, and the level that an action requires."""

from datetime import datetime, timedelta
from enum import IntEnum

from gateway.engine.user_errors import ErrorCode, UserError


class Assurance(IntEnum):
    """How certain the gateway is about a caller. Each level allows all that lower levels allow."""

    UNKNOWN = 0
    """No purchaser is known."""
    RECOGNISED = 1
    """A client identifier that belongs to a purchaser."""
    AUTHENTICATED = 2
    """A valid bearer, of any age."""
    RECENT = 3
    """A valid bearer whose sign-in is recent."""


def bearer_assurance(
    authenticated_at: datetime | None, *, now: datetime, max_age: timedelta
) -> Assurance:
    """The level of a valid bearer: RECENT if the sign-in is at most ``max_age`` ago.

    Without a time of sign-in the level is AUTHENTICATED.
    """
    if authenticated_at is None or now - authenticated_at > max_age:
        return Assurance.AUTHENTICATED
    return Assurance.RECENT


def assurance_error(
    actual: Assurance, required: Assurance, *, max_age: timedelta
) -> UserError | None:
    """The error if ``actual`` is below ``required``; None if it is sufficient.

    ``max_age`` is the age up to which a sign-in counts as recent.
    """
    if actual >= required:
        return None
    if actual is Assurance.UNKNOWN:
        return UserError(ErrorCode.SIGN_IN_REQUIRED, None, "Sign in first.")
    message = reauthentication_message(required, max_age)
    return UserError(ErrorCode.REAUTHENTICATION_REQUIRED, None, message)


def reauthentication_message(required: Assurance, max_age: timedelta) -> str:
    """The message for a known purchaser who must sign in again to reach ``required``."""
    if required < Assurance.RECENT:
        return "This device alone is not enough for this. Sign in, then retry."
    age = _format_duration(max_age)
    return f"This needs a sign-in within the last {age}. Sign in again, then retry."


def _format_duration(duration: timedelta) -> str:
    """``duration`` in the largest unit that it is a multiple of: ``15 minutes``, ``1 hour``.

    Fractions of a second are left out.
    """
    units = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
    for name, unit in units.items():
        if duration % unit == timedelta():
            return _format_count(duration // unit, name)
    return _format_count(duration // timedelta(seconds=1), "second")


def _format_count(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
