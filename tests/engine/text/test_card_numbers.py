"""Card numbers are recognised however they are written; ordinary numbers are let be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.text.card_numbers import looks_like_card_number, passes_luhn


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "my card: 4111-1111-1111-1111, thanks",
        "4111.1111.1111.1111",
        "3782 822463 10005",
        "4222222222222",
        "6304000000000000000",
        "4111 1111 1111 1111 12/27 123",
        "12 4111111111111111",
        "\uff14\uff11\uff11\uff11 1111 1111 1111",
        "4111\u200b1111\u200b1111\u200b1111",
        "4111\u00a01111\u20131111 - 1111",
        "no4111111111111111no",
        # Digits of other scripts, a minus for a dash, marks upon and around digits.
        "\u0664\u0661\u0661\u0661 1111 1111 1111",
        "4111\u22121111\u22121111\u22121111",
        "4\u0301111 1111 1111 1111",
        "4\u20dd111 1111 1111 1111",
        "41111111 - 11111111",
        "4111_1111/1111.1111",
        "123 4 111111111111111",
    ],
)
def test_card_numbers_are_seen(text: str) -> None:
    assert looks_like_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Happy birthday!",
        "4111 1111 1111 1112",
        "411111111111",
        "41111111111111111111111",
        "411111111111 and no more",
        # Too many separators, or letters, between its groups.
        "4111----1111----1111----1111",
        "4111x1111x1111x1111",
        # Of 20 digits, whatever its check digit.
        "40000000000000000006",
        "0000 0000 0001",
        "Flat 12, 10001 New York, 2026-11-22",
        "4111 and 1111 and 1111 and 1111",
    ],
)
def test_other_text_is_not(text: str) -> None:
    assert not looks_like_card_number(text)


@pytest.mark.parametrize(
    ("digits", "passes"),
    [
        ("0", True),
        ("18", True),
        ("59", True),
        ("67", True),
        ("91", True),
        ("26", True),
        ("17", False),
        ("60", False),
        ("79927398713", True),
        ("79927398710", False),
    ],
)
def test_the_last_digit_checks_the_others(digits: str, passes: bool) -> None:  # noqa: FBT001
    """The digit sum of doubled digits: 5 counts as 1, 9 as 9."""
    assert passes_luhn(digits) is passes


@given(st.lists(st.text("0123456789", min_size=1, max_size=20), max_size=40))
def test_any_groups_in_a_row_may_be_one(groups: list[str]) -> None:
    """Whichever of them begins it and ends it."""
    rows = (
        "".join(groups[start:end])
        for start in range(len(groups))
        for end in range(start + 1, len(groups) + 1)
    )
    expected = any(13 <= len(row) <= 19 and passes_luhn(row) for row in rows)
    assert looks_like_card_number(" ".join(groups)) is expected
