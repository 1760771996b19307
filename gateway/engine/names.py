"""Whether two names may be one person's: a verdict from several signs, never from one score."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.engine.cleaning import folded

ALMOST = 88
"""A similarity, in percent, that a slip of the pen leaves."""

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
_BETWEEN_WORDS = re.compile(r"[\s.,;]+")
_UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"))


class NameVerdict(StrEnum):
    """MATCH: surely one name; MISMATCH: surely not; UNCERTAIN: ask."""

    MATCH = "MATCH"
    UNCERTAIN = "UNCERTAIN"
    MISMATCH = "MISMATCH"


_ORDER = (NameVerdict.MISMATCH, NameVerdict.UNCERTAIN, NameVerdict.MATCH)


@dataclass(frozen=True, slots=True)
class NameSigns:
    """What is known of names elsewhere.

    ``same_person`` says whether one given name is short for the other (both folded);
    ``similarity`` is a score of two texts in percent.
    """

    same_person: Callable[[str, str], bool]
    similarity: Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class _Name:
    given: tuple[str, ...]
    surname: str
    generation: str | None

    @property
    def words(self) -> frozenset[str]:
        return frozenset((*self.given, self.surname))


def name_verdict(left: str, right: str, signs: NameSigns) -> NameVerdict:
    """Whether ``left`` and ``right`` name one person."""
    if _ideographic(left) or _ideographic(right):
        same = folded(left) == folded(right)
        return NameVerdict.MATCH if same else NameVerdict.MISMATCH
    # Müller is written Mueller by some and Muller by others: the kinder reading counts.
    readings = (_read(left, right, signs), _read(_written_out(left), _written_out(right), signs))
    return max(readings, key=_ORDER.index)


def _read(left: str, right: str, signs: NameSigns) -> NameVerdict:
    first, second = _parsed(left), _parsed(right)
    if first is None or second is None:
        return NameVerdict.UNCERTAIN
    if first.generation != second.generation:
        both = first.generation is not None and second.generation is not None
        return NameVerdict.MISMATCH if both else _at_most_uncertain(first, second, signs)
    return _compared(first, second, signs)


def _at_most_uncertain(first: _Name, second: _Name, signs: NameSigns) -> NameVerdict:
    verdict = _compared(first, second, signs)
    return NameVerdict.UNCERTAIN if verdict is NameVerdict.MATCH else verdict


def _compared(first: _Name, second: _Name, signs: NameSigns) -> NameVerdict:
    if first.words == second.words:
        return NameVerdict.MATCH
    if not first.given or not second.given:
        shared = first.words & second.words
        return NameVerdict.UNCERTAIN if shared else NameVerdict.MISMATCH
    surnames = _surnames(first.surname, second.surname, signs)
    givens = _givens(first.given, second.given, signs)
    return _worse(surnames, givens)


def _worse(left: NameVerdict, right: NameVerdict) -> NameVerdict:
    return min(left, right, key=_ORDER.index)


def _surnames(left: str, right: str, signs: NameSigns) -> NameVerdict:
    """Surnames match when equal; one part of a double name, or a slip, is uncertain."""
    if left == right:
        return NameVerdict.MATCH
    if set(left.split("-")) & set(right.split("-")) or signs.similarity(left, right) >= ALMOST:
        return NameVerdict.UNCERTAIN
    return NameVerdict.MISMATCH


def _givens(left: tuple[str, ...], right: tuple[str, ...], signs: NameSigns) -> NameVerdict:
    first = _given(left[0], right[0], signs)
    if first is not NameVerdict.MATCH or len(left) == 1 or len(right) == 1:
        return first
    middle = _given(left[1], right[1], signs)
    agreeing = middle is NameVerdict.MATCH or left[1][0] == right[1][0]
    return NameVerdict.MATCH if agreeing else NameVerdict.UNCERTAIN


def _given(left: str, right: str, signs: NameSigns) -> NameVerdict:
    """Given names match when equal or one is short for the other; an initial is uncertain."""
    if left == right or signs.same_person(left, right):
        return NameVerdict.MATCH
    if (len(left) == 1 or len(right) == 1) and left[0] == right[0]:
        return NameVerdict.UNCERTAIN
    alike = signs.similarity(left, right) >= ALMOST
    return NameVerdict.UNCERTAIN if alike else NameVerdict.MISMATCH


def _parsed(text: str) -> _Name | None:
    """``text`` as given names and a surname; "Smith, John" is turned round; None if empty."""
    last, comma, rest = text.partition(",")
    turned = f"{rest} {last}" if comma and not _is_generation(rest) else text
    words = [_word(each) for each in _BETWEEN_WORDS.split(turned) if folded(each)]
    generation = next((_GENERATIONS[each] for each in words if each in _GENERATIONS), None)
    kept = [each for each in words if each not in _TITLES and each not in _GENERATIONS]
    return _Name(tuple(kept[:-1]), kept[-1], generation) if kept else None


def _is_generation(text: str) -> bool:
    return folded(text) in _GENERATIONS


def _word(text: str) -> str:
    """A folded word, the parts of a double name kept apart."""
    return "-".join(filter(None, map(folded, text.split("-"))))


def _written_out(text: str) -> str:
    """``text`` with umlauts as two letters."""
    spelt = unicodedata.normalize("NFC", text).casefold()
    for umlaut, letters in _UMLAUTS:
        spelt = spelt.replace(umlaut, letters)
    return spelt


def _ideographic(text: str) -> bool:
    return any("CJK" in unicodedata.name(each, "") or _is_kana(each) for each in text)


def _is_kana(character: str) -> bool:
    name = unicodedata.name(character, "")
    return name.startswith(("HIRAGANA", "KATAKANA", "HANGUL"))
