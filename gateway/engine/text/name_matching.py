"""Comparison of two names of persons: match, mismatch or uncertain."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.text.normalization import comparison_key

MIN_SIMILARITY = 88
"""Two words at least this similar, in percent, may differ by a typing error only."""

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "herr", "frau"})
_GENERATIONS = {
    "jr": "2",
    "junior": "2",
    "ii": "2",
    "sr": "1",
    "senior": "1",
    "iii": "3",
    "iv": "4",
}
_WORD_SEPARATORS = re.compile(r"[\s.,;]+")
_UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"))


class NameVerdict(StrEnum):
    """The result of comparing two names.

    MATCH: the same; MISMATCH: different; UNCERTAIN: unclear.
    """

    MATCH = "MATCH"
    UNCERTAIN = "UNCERTAIN"
    MISMATCH = "MISMATCH"


_VERDICT_ORDER = (NameVerdict.MISMATCH, NameVerdict.UNCERTAIN, NameVerdict.MATCH)


@dataclass(frozen=True, slots=True)
class NameEquivalences:
    """Functions from outside the engine that compare given names and texts.

    ``same_person`` says whether one given name is a short form of the other (both are comparison
    keys, see ``comparison_key``). ``similarity`` returns the similarity of two texts in percent.
    """

    same_person: Callable[[str, str], bool]
    similarity: Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class _ParsedName:
    given_names: tuple[str, ...]
    surname: str
    generation: str | None

    @property
    def words(self) -> frozenset[str]:
        return frozenset((*self.given_names, self.surname))


def compare_names(left: str, right: str, equivalences: NameEquivalences) -> NameVerdict:
    """Whether ``left`` and ``right`` may be names of the same person."""
    if _is_ideographic(left) or _is_ideographic(right):
        is_same = comparison_key(left) == comparison_key(right)
        return NameVerdict.MATCH if is_same else NameVerdict.MISMATCH
    # Müller is also written Mueller or Muller. The better of both verdicts counts.
    verdicts = (
        _compare_texts(left, right, equivalences),
        _compare_texts(_expand_umlauts(left), _expand_umlauts(right), equivalences),
    )
    return max(verdicts, key=_VERDICT_ORDER.index)


def _compare_texts(left: str, right: str, equivalences: NameEquivalences) -> NameVerdict:
    first, second = _parse_name(left), _parse_name(right)
    if first is None or second is None:
        return NameVerdict.UNCERTAIN
    if first.generation != second.generation:
        both_have_one = first.generation is not None and second.generation is not None
        return (
            NameVerdict.MISMATCH
            if both_have_one
            else _compare_at_most_uncertain(first, second, equivalences)
        )
    return _compare_parsed(first, second, equivalences)


def _compare_at_most_uncertain(
    first: _ParsedName, second: _ParsedName, equivalences: NameEquivalences
) -> NameVerdict:
    verdict = _compare_parsed(first, second, equivalences)
    return NameVerdict.UNCERTAIN if verdict is NameVerdict.MATCH else verdict


def _compare_parsed(
    first: _ParsedName, second: _ParsedName, equivalences: NameEquivalences
) -> NameVerdict:
    if first.words == second.words:
        return NameVerdict.MATCH
    if not first.given_names or not second.given_names:
        shared_words = first.words & second.words
        return NameVerdict.UNCERTAIN if shared_words else NameVerdict.MISMATCH
    surname_verdict = _compare_surnames(first.surname, second.surname, equivalences)
    given_name_verdict = _compare_given_names(first.given_names, second.given_names, equivalences)
    return _worse_verdict(surname_verdict, given_name_verdict)


def _worse_verdict(left: NameVerdict, right: NameVerdict) -> NameVerdict:
    return min(left, right, key=_VERDICT_ORDER.index)


def _compare_surnames(left: str, right: str, equivalences: NameEquivalences) -> NameVerdict:
    """Equal surnames match. One part of a double name, or a typing error, is uncertain."""
    if left == right:
        return NameVerdict.MATCH
    if (
        set(left.split("-")) & set(right.split("-"))
        or equivalences.similarity(left, right) >= MIN_SIMILARITY
    ):
        return NameVerdict.UNCERTAIN
    return NameVerdict.MISMATCH


def _compare_given_names(
    left: tuple[str, ...], right: tuple[str, ...], equivalences: NameEquivalences
) -> NameVerdict:
    first = _compare_given_name(left[0], right[0], equivalences)
    if first is not NameVerdict.MATCH or len(left) == 1 or len(right) == 1:
        return first
    middle = _compare_given_name(left[1], right[1], equivalences)
    agrees = middle is NameVerdict.MATCH or left[1][0] == right[1][0]
    return NameVerdict.MATCH if agrees else NameVerdict.UNCERTAIN


def _compare_given_name(left: str, right: str, equivalences: NameEquivalences) -> NameVerdict:
    """Given names match if equal or if one is a short form of the other.

    An initial is uncertain.
    """
    if left == right or equivalences.same_person(left, right):
        return NameVerdict.MATCH
    if (len(left) == 1 or len(right) == 1) and left[0] == right[0]:
        return NameVerdict.UNCERTAIN
    is_similar = equivalences.similarity(left, right) >= MIN_SIMILARITY
    return NameVerdict.UNCERTAIN if is_similar else NameVerdict.MISMATCH


def _parse_name(text: str) -> _ParsedName | None:
    """Parse ``text`` into given names and surname, also "Smith, John". None if it has no words."""
    before_comma, comma, after_comma = text.partition(",")
    reordered = (
        f"{after_comma} {before_comma}" if comma and not _is_generation(after_comma) else text
    )
    words = [_word_key(word) for word in _WORD_SEPARATORS.split(reordered) if comparison_key(word)]
    generation = next((_GENERATIONS[word] for word in words if word in _GENERATIONS), None)
    name_words = [word for word in words if word not in _TITLES and word not in _GENERATIONS]
    return _ParsedName(tuple(name_words[:-1]), name_words[-1], generation) if name_words else None


def _is_generation(text: str) -> bool:
    return comparison_key(text) in _GENERATIONS


def _word_key(text: str) -> str:
    """Return the comparison key of a word; the parts of a double name stay separate."""
    return "-".join(filter(None, map(comparison_key, text.split("-"))))


def _expand_umlauts(text: str) -> str:
    """Return ``text`` in lower case with each umlaut as two letters."""
    expanded = unicodedata.normalize("NFC", text).casefold()
    for umlaut, letters in _UMLAUTS:
        expanded = expanded.replace(umlaut, letters)
    return expanded


def _is_ideographic(text: str) -> bool:
    return any(
        "CJK" in unicodedata.name(character, "") or _is_kana(character) for character in text
    )


def _is_kana(character: str) -> bool:
    name = unicodedata.name(character, "")
    return name.startswith(("HIRAGANA", "KATAKANA", "HANGUL"))
