"""Detection of card numbers in free text, which must never be stored or logged."""

import re
import unicodedata

_DIGIT_RUN = re.compile(r"\d+(?:[\s./_-]{1,3}\d+)*")
"""Groups of digits with one to three separator characters between them, such as " - "."""
_DIGITS = re.compile(r"\d+")
MIN_CARD_DIGITS = 13
MAX_CARD_DIGITS = 19
"""The shortest and the longest primary account number in use (ISO/IEC 7812), in digits."""


def looks_like_card_number(text: str) -> bool:
    """Whether ``text`` holds 13 to 19 digits, possibly separated, that pass the Luhn check."""
    if _has_too_few_digits(text):
        return False
    return any(
        _contains_card_number(run.group()) for run in _DIGIT_RUN.finditer(_normalize_text(text))
    )


def _has_too_few_digits(text: str) -> bool:
    """Whether ``text`` is ASCII and has fewer than 13 digits.

    A quick check that most texts pass.
    """
    return text.isascii() and sum(map(str.isdigit, text)) < MIN_CARD_DIGITS


def _normalize_text(text: str) -> str:
    """Return ``text`` with plain dashes and without invisible characters."""
    return "".join(map(_normalize_character, unicodedata.normalize("NFKC", text)))


def _normalize_character(character: str) -> str:
    match unicodedata.category(character):
        case "Pd" | "Sm":
            return "-"
        case "Cf" | "Mn" | "Me":
            return ""
    return character


def _contains_card_number(run: str) -> bool:
    """Whether consecutive groups of digits in ``run`` together form a card number."""
    groups = _DIGITS.findall(run)
    return any(_starts_with_card_number(groups[start:]) for start in range(len(groups)))


def _starts_with_card_number(groups: list[str]) -> bool:
    digits = ""
    for group in groups:
        digits += group
        if len(digits) > MAX_CARD_DIGITS:
            return False
        if len(digits) >= MIN_CARD_DIGITS and passes_luhn(digits):
            return True
    return False


def passes_luhn(digits: str) -> bool:
    """Whether the last of ``digits`` is the check digit of ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits)))
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0  # noqa: PLR2004 - digit sum
