"""Keys that titles are sorted by, which every database compares byte by byte."""

import unicodedata

from gateway.engine.text.normalization import normalize_line
from gateway.engine.text.search_words import fold_letters

MAX_SORT_KEY_LENGTH = 200
"""Characters of a key; titles that begin so alike are sorted like equal ones."""

_CLASS_PREFIXES = {"P": "!", "S": '"', "Sc": "#"}
"""Signs come before digits, and currencies last among them; these begin their places in a key."""
_FIRST_KATAKANA, _LAST_KATAKANA, _KATAKANA_OFFSET = "\u30a1", "\u30f6", 0x60


def title_sort_key(title: str) -> str:
    """The key that ``title`` is sorted by: without regard to case and accents.

    The order is that of the first level of Unicode's root collation for the letters in use:
    blanks, signs, digits, then letters by script, katakana as hiragana.
    """
    letters = unicodedata.normalize("NFD", fold_letters(normalize_line(title)))
    return "".join(map(_sort_character, letters))[:MAX_SORT_KEY_LENGTH]


def _sort_character(character: str) -> str:
    if _FIRST_KATAKANA <= character <= _LAST_KATAKANA:
        return chr(ord(character) - _KATAKANA_OFFSET)
    category = unicodedata.category(character)
    prefix = _CLASS_PREFIXES.get(category) or _CLASS_PREFIXES.get(category[0], "")
    return prefix + character
