"""Equivalences of names: English nicknames, and the similarity of two spellings."""

from functools import cache
from typing import TYPE_CHECKING

from gateway.engine.text.name_matching import NameEquivalences

# Both libraries are loaded at the first name, because most processes never need them.
if TYPE_CHECKING:
    from nicknames import NickNamer


def load_name_equivalences() -> NameEquivalences:
    """Load the name equivalences."""
    return NameEquivalences(same_person=_is_same_person, similarity=_similarity)


@cache
def _load_nick_namer() -> "NickNamer":
    from nicknames import NickNamer

    return NickNamer()


def _is_same_person(left: str, right: str) -> bool:
    nick_namer = _load_nick_namer()
    return right in nick_namer.nicknames_of(left) or left in nick_namer.nicknames_of(right)


def _similarity(left: str, right: str) -> float:
    from rapidfuzz import fuzz

    return fuzz.ratio(left, right)
