"""How sure the gateway is of who is asking, and what that suffices for."""

from datetime import datetime, timedelta
from enum import IntEnum

from gateway.engine.user_errors import ErrorCode, UserError


class Assurance(IntEnum):
    """Each level allows all that the lower ones do."""

    UNKNOWN = 0
    """No purchaser is known."""
    RECOGNISED = 1
    """The client identifier stands for a purchaser."""
    AUTHENTICATED = 2
    """A valid bearer, of any age."""
    RECENT = 3
    """A valid bearer whose sign-in was not long ago."""


def bearer_assurance(
    authenticated_at: datetime | None, *, now: datetime, max_age: timedelta
) -> Assurance:
    """The level of a valid bearer; one that does not say when its holder signed in is not recent.

    A sign-in exactly ``max_age`` ago still counts.
    """
    if authenticated_at is None or now - authenticated_at > max_age:
        return Assurance.AUTHENTICATED
    return Assurance.RECENT


def assurance_error(actual: Assurance, required: Assurance) -> UserError | None:
    """Why ``actual`` does not suffice for what needs ``required``; nothing if it does."""
    if actual >= required:
        return None
    if actual is Assurance.UNKNOWN:
        return UserError(ErrorCode.SIGN_IN_REQUIRED, None, "Sign in first.")
    return UserError(ErrorCode.REAUTHENTICATION_REQUIRED, None, "Sign in again, to be sure.")
