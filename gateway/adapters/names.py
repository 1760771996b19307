"""What is known of names: English nicknames, and how alike two spellings are."""

from functools import cache

from rapidfuzz import fuzz

from gateway.engine.names import NameSigns


@cache
def name_signs() -> NameSigns:
    """The signs; the table of nicknames is read once."""
    from nicknames import NickNamer

    namer = NickNamer()

    def same_person(left: str, right: str) -> bool:
        return right in namer.nicknames_of(left) or left in namer.nicknames_of(right)

    return NameSigns(same_person=same_person, similarity=fuzz.ratio)
