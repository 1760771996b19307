"""How sure is sure enough."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.engine.identity.assurance import (
    Assurance,
    assurance_error,
    bearer_assurance,
    reauthentication_message,
)
from gateway.engine.user_errors import ErrorCode, UserError

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("ago", "level"),
    [
        (timedelta(), Assurance.RECENT),
        (QUARTER, Assurance.RECENT),
        (QUARTER + timedelta(microseconds=1), Assurance.AUTHENTICATED),
    ],
)
def test_a_sign_in_is_recent_until_its_time_is_up(ago: timedelta, level: Assurance) -> None:  # R17
    assert bearer_assurance(NOON - ago, now=NOON, max_age=QUARTER) is level


def test_a_bearer_that_does_not_say_when_is_not_recent() -> None:  # R17
    assert bearer_assurance(None, now=NOON, max_age=QUARTER) is Assurance.AUTHENTICATED


@pytest.mark.parametrize("held", Assurance)
@pytest.mark.parametrize("needed", Assurance)
def test_a_level_allows_what_lower_ones_do(held: Assurance, needed: Assurance) -> None:  # R10, R17
    refused = assurance_error(held, needed, max_age=QUARTER)
    if held >= needed:
        assert refused is None
    elif held is Assurance.UNKNOWN:
        assert refused == UserError(ErrorCode.SIGN_IN_REQUIRED, None, "Sign in first.")
    else:
        message = reauthentication_message(needed, QUARTER)
        assert refused == UserError(ErrorCode.REAUTHENTICATION_REQUIRED, None, message)


@pytest.mark.parametrize(
    ("max_age", "text"),
    [
        (QUARTER, "15 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=2), "2 days"),
        (timedelta(seconds=61), "61 seconds"),
        (timedelta(milliseconds=1500), "1 second"),
    ],
)
def test_a_message_says_how_recent_the_sign_in_must_be(max_age: timedelta, text: str) -> None:
    message = f"This needs a sign-in within the last {text}. Sign in again, then retry."
    assert reauthentication_message(Assurance.RECENT, max_age) == message


def test_a_known_device_is_told_that_a_sign_in_of_any_age_will_do() -> None:
    message = "This device alone is not enough for this. Sign in, then retry."
    assert reauthentication_message(Assurance.AUTHENTICATED, QUARTER) == message
