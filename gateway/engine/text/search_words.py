"""Words that texts are searched by, the same in every database: without case and accents.

A word of a search finds each text in which a word begins so. Scripts that are written without
spaces have no words: there each character begins one, together with the next.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from gateway.engine.text.normalization import LETTER_REPLACEMENTS, normalize_line

MAX_WORD_LENGTH = 48
"""Characters of a word; what is longer is cut."""
MAX_SEARCH_WORDS = 16
"""Words of a search; what comes after them is left out."""
MAX_TEXT_WORDS = 4_000
"""Different words of one text; what comes after them is not found."""

_KANA_VOICING = "\u3099\u309a"
"""Marks that make another letter of a kana, not an accent."""
_VARIATIONS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Characters that choose the look of the one before, such as a coloured sign."""
_VOWEL_SIGNS = {"Mn", "Mc"}
"""Categories of the signs of Indic scripts that are no accents: vowels."""
_JOINED_SIGNS = re.compile("['`\u00b4\u02bb\u02bc\u2018\u2019\u200c\u200d\u2032\uff07]")
"""Apostrophes, signs that keyboards have near them, and joiners: many write words without them."""
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\uff07]")
# Han, kana, bopomofo, and the scripts of Thailand, Laos, Myanmar, Cambodia and Tibet.
_SPACELESS = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u312f"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff"
    "\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
_SCRIPT_RUNS = re.compile(f"[{_SPACELESS}]+|[^{_SPACELESS}]+")
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")


def search_words(text: str) -> tuple[str, ...]:
    """The words that a search for ``text`` looks for, each of which must begin a word.

    A word that begins another of them says nothing and is left out.
    """
    words = list(dict.fromkeys(_split(_APOSTROPHES.sub("", normalize_line(text)), pairs_only=True)))
    needed_words = [
        word
        for word in words
        if not any(longer != word and longer.startswith(word) for longer in words)
    ]
    return tuple(needed_words[:MAX_SEARCH_WORDS])


def text_words(texts: Iterable[str]) -> tuple[str, ...]:
    """The words that ``texts`` are found by, each once, in order.

    Words with an apostrophe or a joiner are found as one word and by their parts.
    """
    words: dict[str, None] = {}
    for text in texts:
        words.update(dict.fromkeys(_split(normalize_line(text))))
        if _JOINED_SIGNS.search(text):
            joined_text = normalize_line(_JOINED_SIGNS.sub("", text))
            words.update(dict.fromkeys(_split(joined_text)))
        if len(words) > MAX_TEXT_WORDS:
            return tuple(words)[:MAX_TEXT_WORDS]
    return tuple(words)


def _split(line: str, *, pairs_only: bool = False) -> Iterator[str]:
    """The words of ``line``; with ``pairs_only`` no last character of a spaceless run by itself."""
    for run in _runs_of_word_characters(fold_letters(line)):
        for part in _SCRIPT_RUNS.findall(run):
            if _IS_SPACELESS.match(part):
                start_count = max(1, len(part) - 1) if pairs_only else len(part)
                yield from (part[start : start + 2] for start in range(start_count))
            else:
                yield part[:MAX_WORD_LENGTH]


def fold_letters(text: str) -> str:
    """``text`` without case and accents, and with plain letters where people also write those."""
    decomposed = unicodedata.normalize(
        "NFKD", unicodedata.normalize("NFKD", text).casefold().translate(LETTER_REPLACEMENTS)
    )
    plain = "".join(
        character
        for character in _VARIATIONS.sub("", decomposed)
        if not unicodedata.combining(character) or character in _KANA_VOICING
    )
    return unicodedata.normalize("NFC", plain)


def _runs_of_word_characters(text: str) -> Iterator[str]:
    """The runs of letters, digits and the vowel signs that belong to them; a symbol is its own."""
    run = ""
    for character in text:
        category = unicodedata.category(character)
        if character.isalnum() or (run and category in _VOWEL_SIGNS):
            run += character
            continue
        if run:
            yield run
        run = ""
        if category == "So":
            yield character
    if run:
        yield run
