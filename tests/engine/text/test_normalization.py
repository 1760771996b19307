"""Text in one form, and keys to compare it by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.text.normalization import comparison_key, normalize_line


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  10  Downing\tStreet ", "10 Downing Street"),
        ("\uff11\uff10\uff10\u2212\uff10\uff10\uff10\uff11", "100-0001"),
        ("\u0661\u0660", "10"),
        ("12\u201314", "12-14"),
        ("a\u202eb\u200bc\u00ad", "abc"),
        ("line\nbreak", "line break"),
        ("\x00\x1b[31m", "[31m"),
    ],
)
def test_text_is_put_on_one_plain_line(typed: str, clean: str) -> None:
    assert normalize_line(typed) == clean


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert normalize_line(normalize_line(text)) == normalize_line(text)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("H\u00e0 N\u1ed9i", "hanoi"),
        ("\u0130stanbul", "ISTANBUL"),
        ("Stra\u00dfe", "STRASSE"),
        ("\u0141\u00f3d\u017a", "lodz"),
        ("St. John's", "st johns"),
    ],
)
def test_spellings_of_one_name_have_one_key(left: str, right: str) -> None:
    assert comparison_key(left) == comparison_key(right)
