"""How codes of a form can begin: from a regular expression for whole codes, one for beginnings.

The expressions are those of address data: letters, digits, classes, groups, choices and bounded
repetition. Spaces and dashes are left out, as they are in what is asked about.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import TypeAlias

Word: TypeAlias = tuple[str, ...]
"""One character class after another: all codes of one length and kind."""
Tree: TypeAlias = dict[str, "Tree"]

_COUNT = re.compile(r"\{(\d+)(?:,(\d+))?\}")
_NO_CHARACTERS = frozenset({"^", "$", r"\b", " ", "-", r"\-", r"[ \-]", "[ -]"})
_ATOM = re.compile(r"\[[^\]]*\]|\\.|[^()|?{}]")


@lru_cache(maxsize=300)
def beginnings(pattern: str) -> re.Pattern[str]:
    """What matches each beginning of a code that ``pattern`` matches, and nothing else."""
    return re.compile(_optional(_tree(_Reader(pattern).choices())))


class _Reader:
    """Reads an expression from left to right."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def choices(self) -> tuple[Word, ...]:
        """The words of alternatives, up to a closing parenthesis or the end."""
        found = [*self._sequence()]
        while self._taken("|"):
            found += self._sequence()
        return tuple(dict.fromkeys(found))

    def _sequence(self) -> Iterable[Word]:
        words: list[Word] = [()]
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            repeated = self._repeated(self._one())
            words = [before + after for before, after in product(words, repeated)]
        return words

    def _one(self) -> tuple[Word, ...]:
        if self._taken("("):
            self._taken("?:")
            found = self.choices()
            self._taken(")")
            return found
        atom = _ATOM.match(self._text, self._at)
        if atom is None:
            raise ValueError(f"not an expression of address data: {self._text}")
        self._at = atom.end()
        return ((),) if atom[0] in _NO_CHARACTERS else ((atom[0],),)

    def _repeated(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        least, most = self._counts()
        return tuple(
            sum(chosen, ())
            for count in range(least, most + 1)
            for chosen in product(words, repeat=count)
        )

    def _counts(self) -> tuple[int, int]:
        if self._taken("?"):
            return 0, 1
        count = _COUNT.match(self._text, self._at)
        if count is None:
            return 1, 1
        self._at = count.end()
        return int(count[1]), int(count[2] or count[1])

    def _taken(self, text: str) -> bool:
        there = self._text.startswith(text, self._at)
        self._at += len(text) if there else 0
        return there


def _tree(words: Iterable[Word]) -> Tree:
    root: Tree = {}
    for word in words:
        branch = root
        for each in word:
            branch = branch.setdefault(each, {})
    return root


def _optional(tree: Mapping[str, Tree]) -> str:
    return f"(?:{'|'.join(_branches(tree))})?" if tree else ""


def _branches(tree: Mapping[str, Tree]) -> Iterator[str]:
    for each, below in tree.items():
        yield each + _optional(below)
