"""Postal codes as people type them, and as their country writes them.

What is dropped is only what no code consists of: spaces, dashes, and the country's own sign in
front. A code never becomes another.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from gateway.engine.address_rules import AddressRules
from gateway.engine.cleaning import one_line

# What keyboards give for a dash and Unicode does not call one: the long-vowel mark of Japanese,
# minus signs, lines of boxes, tildes. No code holds what they mean elsewhere.
_LIKE_DASHES = frozenset("~\u02d7\u2043\u2053\u2212\u223c\u2500\u2501\u30fc\uff5e\uff70")
_POST_MARKS = re.compile("[\u3012\u3020\u3036]")
_AROUND_DASHES = re.compile(r" ?-[ -]*")
_NOT_IN_CODES = re.compile(r"[^0-9A-Z]+")
_LETTERS, _DIGITS = re.compile(r"[A-Z]"), re.compile(r"[0-9]")

# The distinguishing signs of road traffic that differ from ISO 3166-1's codes, where they were or
# are written before postal codes. Source: United Nations, Vienna Convention on Road Traffic 1968.
_ROAD_SIGNS = {
    "AT": "A", "BE": "B", "CH": "CH", "CZ": "CZ", "DE": "D", "DK": "DK", "EE": "EST", "ES": "E",
    "FI": "FIN", "FO": "FO", "FR": "F", "GL": "KN", "HU": "H", "IE": "IRL", "IT": "I", "LI": "FL",
    "LU": "L", "MC": "MC", "MT": "M", "NO": "N", "PT": "P", "SE": "S", "SI": "SLO", "SM": "RSM",
    "US": "USA", "VA": "V", "GB": "UK",
}  # fmt: skip


def plain_code(text: str) -> str:
    """``text`` in capitals, with plain digits and dashes and without a post mark."""
    marked = _POST_MARKS.sub(" ", "".join(map(_dashed, text)))
    return _AROUND_DASHES.sub("-", one_line(marked)).upper().strip("- ")


def _dashed(character: str) -> str:
    if character in _LIKE_DASHES or unicodedata.category(character) == "Pd":
        return "-"
    return character


def compact(code: str) -> str:
    """``code`` as codes are compared: its letters and digits alone."""
    return _NOT_IN_CODES.sub("", plain_code(code))


def written(text: str, rules: AddressRules) -> str:
    """``text`` as its country writes the code; where it is no code of its, plain."""
    code = plain_code(text)
    return next((each for each in _spellings(code, rules) if fits(each, rules)), code)


def fits(code: str, rules: AddressRules) -> bool:
    """Whether ``code``, as it stands, is what codes of the country look like."""
    return rules.postal_pattern is not None and bool(re.fullmatch(rules.postal_pattern, code))


def _spellings(code: str, rules: AddressRules) -> Iterator[str]:
    """What ``code`` may be meant as: itself before anything without a sign of the country."""
    bare = _sign(rules).sub("", code, count=1)
    for each in dict.fromkeys((code, bare)):
        if not each.isalnum():
            yield each
        yield from _parted(compact(each), rules)
        yield compact(each)
    if any(compact(each).startswith(rules.country) for each in rules.postal_examples):
        named = f"{rules.country}{compact(bare)}"
        yield f"{rules.country}-{compact(bare)}"
        yield from _parted(named, rules)
        yield named


def _parted(code: str, rules: AddressRules) -> Iterator[str]:
    """``code`` with the space or dash that the country's examples have, the likest first."""
    alike = [each for each in rules.postal_examples if len(compact(each)) == len(code)]
    for example in sorted(alike, key=lambda each: _shape(compact(each)) != _shape(code)):
        characters = iter(code)
        yield "".join(next(characters) if each.isalnum() else each for each in example)


def _shape(code: str) -> str:
    return _LETTERS.sub("A", _DIGITS.sub("9", code))


def _sign(rules: AddressRules) -> re.Pattern[str]:
    return _signs(rules.country, rules.postal_prefix)


@lru_cache(maxsize=300)
def _signs(country: str, prefix: str) -> re.Pattern[str]:
    """What may stand before a code of the country and is no part of it."""
    names = {country, compact(prefix), _ROAD_SIGNS.get(country, "")} - {""}
    known = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(rf"^(?:{known})[- ]*")
