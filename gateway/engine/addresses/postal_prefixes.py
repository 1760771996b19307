"""Beginnings of postal codes: from an expression for whole codes to one for their beginnings.

The expressions are those of the address data: letters, digits, classes, groups, alternatives and
bounded repetition. Spaces and dashes are ignored.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import TypeAlias

CodeForm: TypeAlias = tuple[str, ...]
"""A sequence of character classes: all codes of one length and kind."""
PrefixTree: TypeAlias = dict[str, "PrefixTree"]

_COUNT = re.compile(r"\{(\d+)(?:,(\d+))?\}")
_NO_CHARACTERS = frozenset({"^", "$", r"\b", " ", "-", r"\-", r"[ \-]", "[ -]"})
_ATOM = re.compile(r"\[[^\]]*\]|\\.|[^()|?{}]")


@lru_cache(maxsize=300)
def compile_prefix_pattern(pattern: str) -> re.Pattern[str]:
    """Return an expression that matches exactly the beginnings of the codes ``pattern`` matches."""
    return re.compile(
        _optional_pattern(_build_prefix_tree(_PatternReader(pattern).read_alternatives()))
    )


class _PatternReader:
    """A parser that reads an expression from left to right."""

    __slots__ = ("_position", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def read_alternatives(self) -> tuple[CodeForm, ...]:
        """Read the alternatives up to a closing parenthesis or the end; return their code forms."""
        forms = [*self._read_sequence()]
        while self._accept("|"):
            forms += self._read_sequence()
        return tuple(dict.fromkeys(forms))

    def _read_sequence(self) -> Iterable[CodeForm]:
        forms: list[CodeForm] = [()]
        while self._position < len(self._text) and self._text[self._position] not in "|)":
            repetitions = self._repeat_forms(self._read_atom())
            forms = [before + after for before, after in product(forms, repetitions)]
        return forms

    def _read_atom(self) -> tuple[CodeForm, ...]:
        if self._accept("("):
            self._accept("?:")
            forms = self.read_alternatives()
            self._accept(")")
            return forms
        atom = _ATOM.match(self._text, self._position)
        if atom is None:
            raise ValueError(f"not an expression of address data: {self._text}")
        self._position = atom.end()
        return ((),) if atom[0] in _NO_CHARACTERS else ((atom[0],),)

    def _repeat_forms(self, forms: tuple[CodeForm, ...]) -> tuple[CodeForm, ...]:
        minimum, maximum = self._read_counts()
        return tuple(
            sum(repetition, ())
            for count in range(minimum, maximum + 1)
            for repetition in product(forms, repeat=count)
        )

    def _read_counts(self) -> tuple[int, int]:
        if self._accept("?"):
            return 0, 1
        count = _COUNT.match(self._text, self._position)
        if count is None:
            return 1, 1
        self._position = count.end()
        return int(count[1]), int(count[2] or count[1])

    def _accept(self, text: str) -> bool:
        is_present = self._text.startswith(text, self._position)
        self._position += len(text) if is_present else 0
        return is_present


def _build_prefix_tree(forms: Iterable[CodeForm]) -> PrefixTree:
    root: PrefixTree = {}
    for form in forms:
        branch = root
        for character_class in form:
            branch = branch.setdefault(character_class, {})
    return root


def _optional_pattern(tree: Mapping[str, PrefixTree]) -> str:
    return f"(?:{'|'.join(_branch_patterns(tree))})?" if tree else ""


def _branch_patterns(tree: Mapping[str, PrefixTree]) -> Iterator[str]:
    for character_class, subtree in tree.items():
        yield character_class + _optional_pattern(subtree)
