"""Postal codes: from the form that people type to the form that their country writes.

Only characters that no code contains are removed: spaces, dashes, and the sign of the country
before the code. A code never becomes a different code.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from gateway.engine.addresses.country_rules import AddressRules
from gateway.engine.text.normalization import normalize_line

_LIKE_DASHES = frozenset("~\u02d7\u2043\u2053\u2212\u223c\u2500\u2501\u30fc\uff5e\uff70")
"""Characters that keyboards produce instead of a dash but that are no dashes in Unicode: the
Japanese long-vowel mark, minus signs, box-drawing lines, tildes. No postal code contains them.
"""
_POST_MARKS = re.compile("[\u3012\u3020\u3036]")
_AROUND_DASHES = re.compile(r" ?-[ -]*")
_NOT_IN_CODES = re.compile(r"[^0-9A-Z]+")
_LETTERS, _DIGITS = re.compile(r"[A-Z]"), re.compile(r"[0-9]")

_ROAD_SIGNS = {
    "AT": "A", "BE": "B", "CH": "CH", "CZ": "CZ", "DE": "D", "DK": "DK", "EE": "EST", "ES": "E",
    "FI": "FIN", "FO": "FO", "FR": "F", "GL": "KN", "HU": "H", "IE": "IRL", "IT": "I", "LI": "FL",
    "LU": "L", "MC": "MC", "MT": "M", "NO": "N", "PT": "P", "SE": "S", "SI": "SLO", "SM": "RSM",
    "US": "USA", "VA": "V", "GB": "UK",
}  # fmt: skip
"""Country signs for road traffic that are or were written before postal codes and may differ from
ISO 3166-1. Source: United Nations, Vienna Convention on Road Traffic 1968.
"""


def clean_postal_code(text: str) -> str:
    """Return ``text`` in capitals, with ASCII digits and dashes and without a post mark."""
    without_marks = _POST_MARKS.sub(" ", "".join(map(_plain_dash, text)))
    return _AROUND_DASHES.sub("-", normalize_line(without_marks)).upper().strip("- ")


def _plain_dash(character: str) -> str:
    if character in _LIKE_DASHES or unicodedata.category(character) == "Pd":
        return "-"
    return character


def compact_postal_code(code: str) -> str:
    """Return the letters and digits of ``code`` only, the form in which codes are compared."""
    return _NOT_IN_CODES.sub("", clean_postal_code(code))


def format_postal_code(text: str, rules: AddressRules) -> str:
    """Return ``text`` as the country writes its codes; only cleaned if it is not such a code."""
    code = clean_postal_code(text)
    return next(
        (
            spelling
            for spelling in _possible_spellings(code, rules)
            if is_valid_postal_code(spelling, rules)
        ),
        code,
    )


def is_valid_postal_code(code: str, rules: AddressRules) -> bool:
    """Whether ``code``, as it is written, has the form of the country's codes."""
    return rules.postal_pattern is not None and bool(re.fullmatch(rules.postal_pattern, code))


def _possible_spellings(code: str, rules: AddressRules) -> Iterator[str]:
    """Yield the spellings that ``code`` may mean: as written first, then without a country sign."""
    without_sign = _sign_pattern(rules).sub("", code, count=1)
    for spelling in dict.fromkeys((code, without_sign)):
        if not spelling.isalnum():
            yield spelling
        yield from _separated_forms(compact_postal_code(spelling), rules)
        yield compact_postal_code(spelling)
    if any(
        compact_postal_code(spelling).startswith(rules.country)
        for spelling in rules.postal_examples
    ):
        prefixed = f"{rules.country}{compact_postal_code(without_sign)}"
        yield f"{rules.country}-{compact_postal_code(without_sign)}"
        yield from _separated_forms(prefixed, rules)
        yield prefixed


def _separated_forms(code: str, rules: AddressRules) -> Iterator[str]:
    """Yield ``code`` with the separators of the country's examples, the most similar first."""
    same_length = [
        character
        for character in rules.postal_examples
        if len(compact_postal_code(character)) == len(code)
    ]
    for example in sorted(
        same_length,
        key=lambda character: _code_shape(compact_postal_code(character)) != _code_shape(code),
    ):
        characters = iter(code)
        yield "".join(
            next(characters) if character.isalnum() else character for character in example
        )


def _code_shape(code: str) -> str:
    return _LETTERS.sub("A", _DIGITS.sub("9", code))


def _sign_pattern(rules: AddressRules) -> re.Pattern[str]:
    return _compile_sign_pattern(rules.country, rules.postal_prefix)


@lru_cache(maxsize=300)
def _compile_sign_pattern(country: str, prefix: str) -> re.Pattern[str]:
    """Return an expression for the sign of the country that may be typed before a code."""
    names = {country, compact_postal_code(prefix), _ROAD_SIGNS.get(country, "")} - {""}
    alternatives = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(rf"^(?:{alternatives})[- ]*")
