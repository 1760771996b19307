"""Refusals are collected in the order in which they are found."""

from datetime import UTC, date, datetime

import pytest

from gateway.engine.user_errors import ErrorCode, ErrorCollector, UserError
from gateway.engine.validity import Validity, is_in_supported_years


def test_refusals_keep_their_order_path_and_code() -> None:
    collector = ErrorCollector()
    assert collector.errors == []
    collector.add(("input", "name"), "It is too long.")
    collector.add(("input", "id"), "There is none.", ErrorCode.NOT_FOUND)
    assert collector.errors == [
        UserError(ErrorCode.INVALID_INPUT, ("input", "name"), "It is too long."),
        UserError(ErrorCode.NOT_FOUND, ("input", "id"), "There is none."),
    ]


@pytest.mark.parametrize(("year", "supported"), [(1999, 0), (2000, 1), (2099, 1), (2100, 0)])
def test_years_that_are_reckoned_with(year: int, supported: int) -> None:
    assert is_in_supported_years(date(year, 6, 1)) is bool(supported)
    assert is_in_supported_years(datetime(year, 6, 1, tzinfo=UTC)) is bool(supported)


def test_a_validity_begins_with_its_first_day_and_ends_before_its_last() -> None:
    start, end = date(2026, 2, 1), date(2026, 3, 1)
    validity = Validity(start, end)
    days = (date(2026, 1, 31), start, date(2026, 2, 28), end)
    assert [validity.includes(day) for day in days] == [False, True, True, False]
    assert [Validity(start).includes(day) for day in days] == [False, True, True, True]
    assert [Validity(None, end).includes(day) for day in days] == [True, True, True, False]
