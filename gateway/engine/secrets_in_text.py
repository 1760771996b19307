"""Whether free text holds what must never be stored or logged: a card number."""

import re
import unicodedata

# Digits in groups, at most one ordinary separator (or two, as in " - " shortened) between them.
_RUN = re.compile(r"\d+(?:[\s./_-]{1,3}\d+)*")
_DIGITS = re.compile(r"\d+")
FEWEST_DIGITS = 13
MOST_DIGITS = 19
"""A primary account number's lengths in use (ISO/IEC 7812)."""


def looks_like_card_number(text: str) -> bool:
    """Whether ``text`` holds 13 to 19 digits, possibly separated, that pass the Luhn check."""
    if _plainly_harmless(text):
        return False
    return any(_holds_number(run.group()) for run in _RUN.finditer(_shown(text)))


def _plainly_harmless(text: str) -> bool:
    """Whether ``text`` is of plain characters with too few digits among them: as most texts are."""
    return text.isascii() and sum(map(str.isdigit, text)) < FEWEST_DIGITS


def _shown(text: str) -> str:
    """``text`` with plain digits and dashes and without invisible characters."""
    return "".join(map(_shown_character, unicodedata.normalize("NFKC", text)))


def _shown_character(character: str) -> str:
    match unicodedata.category(character):
        case "Nd":
            return str(unicodedata.decimal(character))
        case "Pd" | "Sm":
            return "-"
        case "Cf" | "Mn" | "Me":
            return ""
    return character


def _holds_number(run: str) -> bool:
    """Whether neighbouring groups of digits of ``run`` make up a card number."""
    groups = _DIGITS.findall(run)
    return any(_starts_number(groups[start:]) for start in range(len(groups)))


def _starts_number(groups: list[str]) -> bool:
    digits = ""
    for group in groups:
        digits += group
        if len(digits) > MOST_DIGITS:
            return False
        if len(digits) >= FEWEST_DIGITS and passes_luhn(digits):
            return True
    return False


def passes_luhn(digits: str) -> bool:
    """Whether the last of ``digits`` (ASCII) is their check digit by ISO/IEC 7812-1 annex B."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(each - 9 * (each > 9) for each in doubled) % 10 == 0  # noqa: PLR2004 - digit sum
