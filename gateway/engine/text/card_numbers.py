"""Detection of card numbers in free text, which must never be stored or logged."""

import re
import unicodedata
from itertools import accumulate

_DIGIT_RUN = re.compile(r"\d+(?:[\s./_-]{1,3}\d+)*")
"""Groups of digits with one to three separator characters between them, such as " - "."""
_DIGITS = re.compile(r"\d+")
CARD_NUMBER_MESSAGE = "This looks like a card number and was not stored. Leave it out."
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
    """Whether consecutive groups of digits in ``run`` together form a card number.

    The digits are summed up once for all groups: a long text of short groups has many.
    """
    groups = _DIGITS.findall(run)
    ends = list(accumulate(map(len, groups)))
    digits = "".join(groups)
    sums = (_luhn_sums(digits, 0), _luhn_sums(digits, 1))
    for index, start in enumerate((0, *ends[:-1])):
        for end in ends[index : index + MAX_CARD_DIGITS]:
            if end - start > MAX_CARD_DIGITS:
                break
            own_sums = sums[end % 2]
            if end - start >= MIN_CARD_DIGITS and (own_sums[end] - own_sums[start]) % 10 == 0:
                return True
    return False


def _luhn_sums(digits: str, doubled: int) -> list[int]:
    """The sums of the digits before each place, those at every second one from ``doubled`` doubled.

    Of a number that ends before a place, the digits two, four and so on before it are doubled.
    """
    values = (
        _luhn_value(int(digit), is_doubled=index % 2 == doubled)
        for index, digit in enumerate(digits)
    )
    return [0, *accumulate(values)]


def _luhn_value(digit: int, *, is_doubled: bool) -> int:
    value = digit * 2 if is_doubled else digit
    return value - 9 * (value > 9)  # noqa: PLR2004 - digit sum


def passes_luhn(digits: str) -> bool:
    """Whether the last of ``digits`` is the check digit of ISO/IEC 7812-1, annex B."""
    return _luhn_sums(digits, len(digits) % 2)[-1] % 10 == 0
