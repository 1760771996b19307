"""Which texts may be an idempotency key, of a purchase or of a gift."""

import pytest

from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.idempotency import check_idempotency_key

REFUSAL = UserError(
    ErrorCode.INVALID_INPUT,
    ("input", "idempotencyKey"),
    "Give 1 to 255 printable characters, not only blanks.",
)


@pytest.mark.parametrize(
    "key",
    [
        "k",
        "0",
        "order 7",
        " k ",
        "k" * 255,
        "ключ",
        "鍵" * 255,
        "\U0001f511",
        "5f0c1f1e-6f7b-4a50-9a3b-2f6d1a1f8a11",
    ],
    ids=ascii,
)
def test_a_printable_key_is_taken(key: str) -> None:
    assert check_idempotency_key(key).errors == []


@pytest.mark.parametrize("key", ["", " ", " " * 255], ids=ascii)
def test_a_blank_key_is_refused(key: str) -> None:
    assert check_idempotency_key(key).errors == [REFUSAL]


@pytest.mark.parametrize("key", ["k" * 256, " " * 256, "\U0001f511" * 256], ids=len)
def test_a_long_key_is_refused(key: str) -> None:
    assert check_idempotency_key(key).errors == [REFUSAL]


@pytest.mark.parametrize(
    "character",
    ["\x00", "\t", "\n", "\r", "\x7f", "\x85", "\xa0", "\xad", "\u200b", "\u202e", "\u2028"],
    ids=ascii,
)
@pytest.mark.parametrize("key", ["{}", "a{}b", "{}b", "a{}"])
def test_a_key_with_an_unprintable_character_is_refused(key: str, character: str) -> None:
    assert check_idempotency_key(key.format(character)).errors == [REFUSAL]


@pytest.mark.parametrize("character", ["\ud800", "\ue000", "\ufeff", "\U0010ffff"], ids=ascii)
def test_a_key_of_no_character_is_refused(character: str) -> None:
    """Surrogates, private use, byte order mark, noncharacter."""
    assert check_idempotency_key(f"a{character}").errors == [REFUSAL]
