"""Every word of the class names in the engine and the services stands in the glossary, once."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
PACKAGES = [ROOT / "gateway" / layer for layer in ("engine", "services")]
# Capitals in a row are one word: "APIKey" is "API" and "Key".
NAME_WORD = re.compile(r"[A-Z]+(?![a-z0-9])|[A-Z][a-z0-9]*")
ROW = re.compile(r"^\| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
# Words without a meaning of their own.
SMALL_WORDS = ("by", "in", "many", "no", "not", "of", "only", "out", "per", "to", "too", "until")

Phrase = tuple[str, ...]


def list_tables(page: str) -> list[list[str]]:
    """The headwords of each table of the page, in the page's order."""
    tables = [ROW.findall(section)[1:] for section in page.split("\n## ")[1:]]
    assert all(tables)
    return tables


def split_headword(headword: str) -> Phrase:
    return tuple(re.split(r"[ -]", headword))


TABLES = list_tables(GLOSSARY)
HEADWORDS = [headword for table in TABLES for headword in table]
PHRASES = {split_headword(headword) for headword in HEADWORDS} | {(word,) for word in SMALL_WORDS}
MAX_PHRASE_WORDS = max(map(len, PHRASES))


def singular_forms(word: str) -> Iterator[str]:
    """The word, and what it may be the plural of."""
    yield word
    if word.endswith("s"):
        yield word[:-1]
    if word.endswith("es"):
        yield word[:-2]
    if word.endswith("ies"):
        yield word[:-3] + "y"


def is_phrase(words: Phrase) -> bool:
    return any((*words[:-1], last) in PHRASES for last in singular_forms(words[-1]))


def unknown_words(class_name: str) -> list[str]:
    """The words of the name that no headword explains; the longest headword is tried first."""
    words = tuple(word.lower() for word in NAME_WORD.findall(class_name))
    unknown = []
    start = 0
    while start < len(words):
        ends = range(min(start + MAX_PHRASE_WORDS, len(words)), start, -1)
        end = next((end for end in ends if is_phrase(words[start:end])), None)
        if end is None:
            unknown.append(words[start])
        start = end or start + 1
    return unknown


def public_class_names() -> Iterator[str]:
    for package in PACKAGES:
        for path in package.rglob("*.py"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    yield node.name


def test_every_word_of_a_class_name_is_a_headword() -> None:
    names = set(public_class_names())
    assert len(names) > 200
    assert {name: words for name in sorted(names) if (words := unknown_words(name))} == {}


def test_each_headword_stands_once_and_in_its_order() -> None:
    assert sorted(HEADWORDS) == sorted(set(HEADWORDS))
    misplaced = [after for table in TABLES for before, after in pairwise(table) if after < before]
    assert misplaced == []


@pytest.mark.parametrize(
    ("class_name", "words"),
    [
        ("Order", []),
        ("GiftStatus", []),
        ("PurchaserAddresses", []),
        ("Dependencies", []),
        ("UnitOfWork", []),
        ("ApiKeys", []),
        ("APIKeys", []),
        ("OrderSMS", []),
        ("OrderManager", ["manager"]),
        ("GiftShelves", ["shelves"]),
        ("VisitorUnit", ["visitor"]),
        ("WorkOrder", ["work"]),
    ],
)
def test_a_word_without_a_meaning_is_reported(class_name: str, words: list[str]) -> None:
    assert unknown_words(class_name) == words
