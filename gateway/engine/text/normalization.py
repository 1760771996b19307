"""Normalization of typed text: one Unicode form, plain dashes and digits, no hidden characters."""

import re
import unicodedata

_DASHES = re.compile("[\u2010-\u2015\u2212\u2e3a\u2e3b\u301c\ufe58\ufe63\uff0d]")
_SPACES = re.compile(r"\s+")
_NOT_WORDS = re.compile(r"[^\w]+")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
JOINERS = "\u200c\u200d"
"""Zero-width joiners and non-joiners. Persian and Indic scripts need them, so they are kept."""

LETTER_REPLACEMENTS = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
        "ħ": "h",
        # Two forms of one Chinese character. The post office of Taiwan uses both.
        "臺": "台",
    }
)
"""Letters that Unicode does not decompose although people also write them as plain letters."""


def normalize_line(text: str) -> str:
    """Return ``text`` on one line: NFKC, ASCII dashes and digits, single spaces, none invisible."""
    compatible = unicodedata.normalize("NFKC", text)
    visible = "".join(map(_plain_character, _DASHES.sub("-", compatible)))
    return _SPACES.sub(" ", visible).strip()


def _plain_character(character: str) -> str:
    """Return a digit as ASCII, any blank as a space, and a hidden character as nothing."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character.isspace():
        return " "
    return "" if category in _HIDDEN_CATEGORIES and character not in JOINERS else character


def comparison_key(text: str) -> str:
    """Return ``text`` as a key for comparison: without case, accents, spaces and punctuation."""
    decomposed = unicodedata.normalize(
        "NFKD", normalize_line(text).casefold().translate(LETTER_REPLACEMENTS)
    )
    without_marks = "".join(
        character for character in decomposed if not unicodedata.combining(character)
    )
    return _NOT_WORDS.sub("", unicodedata.normalize("NFC", without_marks))


def split_into_keys(text: str) -> tuple[str, ...]:
    """The words of ``text`` as keys to compare by; a double name is two words."""
    return tuple(filter(None, map(comparison_key, _NOT_WORDS.split(normalize_line(text)))))
