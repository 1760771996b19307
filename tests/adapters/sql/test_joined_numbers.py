"""Numbers that come from the database as one text."""

import pytest

from gateway.adapters.sql.joined_numbers import PART_LENGTH, parse_numbers


@pytest.mark.parametrize("count", [1, 2, PART_LENGTH // 2, PART_LENGTH, PART_LENGTH * 2 + 1])
def test_all_numbers_are_read_however_long_the_text_is(count: int) -> None:
    numbers = list(range(count))
    assert parse_numbers(",".join(map(str, numbers))) == numbers


def test_of_no_rows_there_are_no_numbers() -> None:
    assert (parse_numbers(None), parse_numbers("")) == ([], [])
