"""Addresses a gift might go to: how they join, which is next, and when one counts."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations, product

from gateway.engine.cleaning import folded
from gateway.engine.gifts.values import Candidate, Fact, Gift, Speaker, Standing
from gateway.engine.names import NameVerdict
from gateway.engine.places import PostalAddress
from gateway.engine.sufficiency import Level

_WORDS = re.compile(r"\w+")
_ABBREVIATED = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd", "lane": "ln",
    "drive": "dr", "court": "ct", "square": "sq", "place": "pl", "apartment": "apt", "suite": "ste",
    "north": "n", "south": "s", "east": "e", "west": "w", "strasse": "str", "straße": "str",
}  # fmt: skip
_ZIP_DIGITS = 5
HINTS = frozenset({"givers"})
"""Families that hold what givers typed: never a proof, neither alone nor together with others."""
SELF_TOLD = frozenset({"purchasers", "recipients"})
"""Families whose records their own subject has written, whoever that may be.

They speak for the contact they were written under. Held against the record of another contact,
agreement or disagreement would tell their writer what that record says.
"""


def address_key(address: PostalAddress) -> str:
    """One text for all usual spellings of ``address``, whoever lives there."""
    country, region = _area(address)
    postal = folded(address.postal_code or "")
    street = "".join(map(_street, address.lines))
    code = postal[:_ZIP_DIGITS] if country == "US" else postal
    return "|".join((country, region, code or folded(address.city or ""), street))


def _area(address: PostalAddress) -> tuple[str, str]:
    """Country and region; Puerto Rico is one place, written as a country or as a state."""
    if address.country == "PR":
        return "US", "pr"
    return address.country, folded(address.region or "")


def _street(line: str) -> str:
    words = (folded(word) for word in _WORDS.findall(line.casefold()))
    return "".join(_ABBREVIATED.get(word, word) for word in words)


def next_candidate(gift: Gift) -> Candidate | None:
    """The proposal to verify next: the recipient's word, then the giver's, then what was found."""
    proposals = [each for each in gift.candidates if each.standing is Standing.PROPOSED]
    return min(proposals, key=_rank, default=None)


def _rank(candidate: Candidate) -> int:
    ranks = {Speaker.RECIPIENT: 0, Speaker.GIVER: 1}
    return ranks[candidate.said_by] if candidate.said_by else 2 - candidate.confirmed


def joined(known: tuple[Candidate, ...], new: Candidate) -> tuple[Candidate, ...]:
    """``known`` with ``new`` among them, merged into its like."""
    new = _apart(known, new)
    like = next((each for each in known if each.key == new.key), None)
    others = tuple(each for each in known if each is not like and not _superseded(each, new))
    return (*others, _fit(new) if like is None else _merged(like, new))


def _apart(known: tuple[Candidate, ...], new: Candidate) -> Candidate:
    """``new`` under a key of its own, where joining its like would show that they are alike."""
    like = next((each for each in known if each.key == new.key), None)
    if like is None or like.said_by or new.said_by or _joinable(like, new):
        return new
    marks = {mark for each in new.facts for mark in (each.family, *each.matched)}
    return replace(new, key="|".join((new.key, *sorted(marks))))


def _joinable(like: Candidate, new: Candidate) -> bool:
    pairs = tuple(product(like.facts, new.facts))
    same = any(one.family == two.family and one.family in HINTS for one, two in pairs)
    return same or any(_comparable(one, two) for one, two in pairs)


def _superseded(old: Candidate, new: Candidate) -> bool:
    """Whether ``new`` is a later word of the same speaker."""
    same = new.said_by is not None and old.said_by is new.said_by
    return same and old.standing is Standing.PROPOSED


def _fit(candidate: Candidate) -> Candidate:
    """A found address must be in order as it is: nobody may confirm past its warnings."""
    if candidate.said_by or candidate.level is Level.OK:
        return candidate
    return replace(candidate, standing=Standing.REJECTED)


def _merged(like: Candidate, new: Candidate) -> Candidate:
    if new.said_by is Speaker.RECIPIENT:
        return replace(new, facts=like.facts)
    if new.said_by is Speaker.GIVER and like.said_by is not Speaker.GIVER and _out(like):
        # Refusing it would tell the giver that this is the address found, or the recipient's own.
        return new
    if like.standing is Standing.REJECTED or like.said_by is Speaker.RECIPIENT:
        return replace(like, facts=_united(like.facts, new.facts))
    if new.said_by is Speaker.GIVER:
        return replace(new, facts=like.facts)
    facts = _united(like.facts, new.facts)
    known = {each.family for each in like.facts}
    another = any(each.family not in known for each in new.facts)
    standing = Standing.PROPOSED if another else like.standing
    return replace(like, facts=facts, standing=standing)


def _out(candidate: Candidate) -> bool:
    return candidate.standing is Standing.REJECTED


def _united(left: Iterable[Fact], right: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(dict.fromkeys((*left, *right)))


def with_standing(
    candidates: tuple[Candidate, ...], key: str | None, standing: Standing
) -> tuple[Candidate, ...]:
    """``candidates``, the one of ``key`` having ``standing``."""
    return tuple(replace(e, standing=standing) if e.key == key else e for e in candidates)


def confirmed_by_place(candidates: tuple[Candidate, ...], place: str) -> tuple[Candidate, ...]:
    """``candidates``, those in the town or region ``place`` confirmed by the giver."""
    wanted = folded(place)
    return tuple(_confirmed(each) if _lies_in(each, wanted) else each for each in candidates)


def _lies_in(candidate: Candidate, place: str) -> bool:
    address = candidate.address
    known = {folded(part) for part in (address.city, address.region) if part}
    return candidate.standing is Standing.UNCONFIRMED and place in known


def _confirmed(candidate: Candidate) -> Candidate:
    return replace(candidate, confirmed=True, standing=Standing.PROPOSED)


class Ruling(StrEnum):
    """Whether a candidate counts, would count if confirmed, or does not."""

    COUNTS = "COUNTS"
    UNCONFIRMED = "UNCONFIRMED"
    REJECTED = "REJECTED"


def ruling(candidate: Candidate, gift: Gift, now: datetime, fresh: timedelta) -> Ruling:
    """What verification says of ``candidate``; a record older than ``fresh`` is stale."""
    if candidate.said_by is Speaker.RECIPIENT:
        return Ruling.COUNTS
    if candidate.level is not Level.OK:
        return Ruling.REJECTED
    if candidate.said_by is Speaker.GIVER or candidate.confirmed:
        return Ruling.COUNTS
    if not _about_recipient(candidate):
        return Ruling.REJECTED
    trusted = _agreed(candidate) or any(_speaks_for(f, now, fresh) for f in candidate.facts)
    undisputed = not any(_disputes(each, candidate) for each in gift.candidates)
    return Ruling.COUNTS if trusted and undisputed else Ruling.UNCONFIRMED


def _about_recipient(candidate: Candidate) -> bool:
    """Whether any record of it may be the recipient's."""
    named = any(each.name is not NameVerdict.MISMATCH for each in candidate.facts)
    return named or _agreed(candidate)


def _agreed(candidate: Candidate) -> bool:
    """Whether two independent sources hold the address."""
    pairs = combinations(candidate.facts, 2)
    return any(one.family != two.family and _comparable(one, two) for one, two in pairs)


def _comparable(one: Fact, two: Fact) -> bool:
    """Whether the records of two sources may confirm or dispute each other."""
    families = {one.family, two.family}
    if families & HINTS:
        return False
    return not families & SELF_TOLD or bool(set(one.matched) & set(two.matched))


def _speaks_for(fact: Fact, now: datetime, fresh: timedelta) -> bool:
    """Whether one record suffices: contact and name match and it is fresh."""
    if fact.family in HINTS:
        return False
    recent = fact.as_of is not None and now - fact.as_of <= fresh
    return fact.contact_matches and fact.name is NameVerdict.MATCH and recent


def _disputes(other: Candidate, candidate: Candidate) -> bool:
    """Whether ``other`` is a found address of the same person elsewhere."""
    live = other.standing is not Standing.REJECTED and other.level is Level.OK
    pairs = product(other.facts, candidate.facts)
    against = any(_comparable(one, two) for one, two in pairs)
    return other.key != candidate.key and live and against and _about_recipient(other)
