"""Clocks, instants and identifiers."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters import random_ids
from gateway.adapters.clocks import SystemClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)


def test_an_instant_is_microseconds_since_the_epoch() -> None:
    paris = timezone(timedelta(hours=1))
    assert to_microseconds(datetime(1970, 1, 1, 1, 0, 1, 5, tzinfo=paris)) == 1_000_005
    assert from_microseconds(1_000_005) == datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)
    assert to_microseconds_or_none(None) is None
    assert from_microseconds_or_none(None) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back(given_instant: datetime) -> None:
    assert from_microseconds_or_none(to_microseconds_or_none(given_instant)) == given_instant


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(TypeError):
        to_microseconds(datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_system_clock_is_aware() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_identifiers_say_their_type_and_never_repeat() -> None:
    made = {RandomIds().new("crt") for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"crt_[0-9A-Za-z]{22}", name) for name in made)


def test_identifiers_hold_enough_randomness() -> None:
    assert len(random_ids.ALPHABET) ** random_ids.ID_LENGTH >= 2**128
    assert random_ids._encode_base62(62**22 - 1) == "z" * 22
    assert random_ids._encode_base62(63) == "0" * 20 + "11"
