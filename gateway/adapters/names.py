"""What is known of names: English nicknames, and how alike two spellings are."""

from functools import cache
from typing import TYPE_CHECKING

from gateway.engine.names import NameSigns

# Both libraries are read when the first name is looked at: most processes never do.
if TYPE_CHECKING:
    from nicknames import NickNamer


def name_signs() -> NameSigns:
    """The signs."""
    return NameSigns(same_person=_same_person, similarity=_similarity)


@cache
def _nicknames() -> "NickNamer":
    from nicknames import NickNamer

    return NickNamer()


def _same_person(left: str, right: str) -> bool:
    known = _nicknames()
    return right in known.nicknames_of(left) or left in known.nicknames_of(right)


def _similarity(left: str, right: str) -> float:
    from rapidfuzz import fuzz

    return fuzz.ratio(left, right)
