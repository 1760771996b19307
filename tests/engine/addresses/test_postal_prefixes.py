"""How codes of a form can begin: every beginning of a code, and nothing else."""

import re
from itertools import product

import pytest

from gateway.engine.addresses.postal_prefixes import compile_prefix_pattern


@pytest.mark.parametrize(
    ("pattern", "alphabet", "length"),
    [
        (r"\d{2}", "1A", 3),
        (r"\d{2,3}", "1A", 4),
        (r"[AB]\d ?\d[A-Z]", "1AC", 5),
        (r"A(?:1|2B)?", "A12B", 4),
        (r"AB|BA|1", "AB1", 3),
        (r"(A|1B){2}", "AB1", 5),
        (r"(?:A1|B)-?(1)", "AB1", 4),
        (r"^A[ \-]1$", "A1", 3),
        (r"A?B?1", "AB1", 4),
        (r"(A)(?:[ \-](11))?", "A1", 4),
        (r"\bA{1}\b", "A1", 2),
        (r"(A|A1)B", "A1B", 4),
    ],
)
def test_every_beginning_of_a_code_matches_and_nothing_else(
    pattern: str, alphabet: str, length: int
) -> None:
    """Codes without the spaces and dashes, which is how they are asked about."""
    texts = {
        "".join(characters)
        for size in range(length + 1)
        for characters in product(alphabet, repeat=size)
    }
    spaced = re.compile(pattern)
    codes = {
        text
        for text in texts
        if any(spaced.fullmatch(text[:index] + gap + text[index:])
               for index in range(len(text) + 1) for gap in ("", " ", "-"))
    }  # fmt: skip
    beginnings = {code[:index] for code in codes for index in range(len(code) + 1)}
    prefix_pattern = compile_prefix_pattern(pattern)
    assert {text for text in texts if prefix_pattern.fullmatch(text)} == beginnings


def test_a_pattern_stays_a_pattern_of_classes() -> None:
    assert compile_prefix_pattern(r"\d{2}[A-Z]").pattern == r"(?:\d(?:\d(?:[A-Z])?)?)?"
    assert compile_prefix_pattern(r"1(?:2|3)").pattern == "(?:1(?:2|3)?)?"
    assert compile_prefix_pattern(r"1{0}2{2}").pattern == "(?:2(?:2)?)?"


@pytest.mark.parametrize("pattern", ["{2}", "A??", "}"])
def test_what_no_address_data_has(pattern: str) -> None:
    with pytest.raises(ValueError, match="not an expression of address data: ") as raised:
        compile_prefix_pattern(pattern)
    assert str(raised.value) == f"not an expression of address data: {pattern}"
