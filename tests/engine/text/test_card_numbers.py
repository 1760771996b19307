"""Card numbers are recognised however they are written; ordinary numbers are let be."""

import pytest

from gateway.engine.text.card_numbers import looks_like_card_number


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
        "Flat 12, 10001 New York, 2026-11-22",
        "4111 and 1111 and 1111 and 1111",
    ],
)
def test_other_text_is_not(text: str) -> None:
    assert not looks_like_card_number(text)
