"""Address candidates of a gift: merging them, choosing the next one, and judging it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations, product

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import AddressVerdict
from gateway.engine.gifts.gift import AddressCandidate, CandidateStatus, Fact, Gift, StatedBy
from gateway.engine.text.name_matching import NameVerdict
from gateway.engine.text.normalization import comparison_key

_WORDS = re.compile(r"\w+")
_STREET_ABBREVIATIONS = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd", "lane": "ln",
    "drive": "dr", "court": "ct", "square": "sq", "place": "pl", "apartment": "apt", "suite": "ste",
    "north": "n", "south": "s", "east": "e", "west": "w", "strasse": "str", "straße": "str",
}  # fmt: skip
_ZIP_DIGITS = 5
HINT_FAMILIES = frozenset({"givers"})
"""Families of sources that hold entries of givers.

They are never proof, neither alone nor together with others.
"""
SELF_STATED_FAMILIES = frozenset({"purchasers", "recipients"})
"""Families of sources whose records are written by the persons they are about.

A record counts only for the contact under which it was written. Comparing it with records of other
contacts would reveal those records to its author.
"""


def address_key(address: PostalAddress) -> str:
    """Return a key that is the same for all usual spellings of ``address``, without the name."""
    country, region = _country_and_region(address)
    postal = comparison_key(address.postal_code or "")
    street = "".join(map(_street_key, address.lines))
    code = postal[:_ZIP_DIGITS] if country == "US" else postal
    return "|".join((country, region, code or comparison_key(address.city or ""), street))


def _country_and_region(address: PostalAddress) -> tuple[str, str]:
    """Country and region. Puerto Rico has one key, whether written as a country or as a state."""
    if address.country == "PR":
        return "US", "pr"
    return address.country, comparison_key(address.region or "")


def _street_key(line: str) -> str:
    words = (comparison_key(word) for word in _WORDS.findall(line.casefold()))
    return "".join(_STREET_ABBREVIATIONS.get(word, word) for word in words)


def next_candidate(gift: Gift) -> AddressCandidate | None:
    """The candidate to verify next: stated by the recipient, else by the giver, else found."""
    proposals = [each for each in gift.candidates if each.standing is CandidateStatus.PROPOSED]
    return min(proposals, key=_verification_rank, default=None)


def _verification_rank(candidate: AddressCandidate) -> int:
    ranks = {StatedBy.RECIPIENT: 0, StatedBy.GIVER: 1}
    return ranks[candidate.said_by] if candidate.said_by else 2 - candidate.confirmed


def merge_candidate(
    candidates: tuple[AddressCandidate, ...], new_candidate: AddressCandidate
) -> tuple[AddressCandidate, ...]:
    """Return ``candidates`` with ``new_candidate`` added, or merged with the one of equal key."""
    new_candidate = _separate_if_not_mergeable(candidates, new_candidate)
    existing_candidate = next((each for each in candidates if each.key == new_candidate.key), None)
    other_candidates = tuple(
        each
        for each in candidates
        if each is not existing_candidate and not _is_superseded(each, new_candidate)
    )
    return (
        *other_candidates,
        _reject_if_doubtful(new_candidate)
        if existing_candidate is None
        else _merge_candidates(existing_candidate, new_candidate),
    )


def _separate_if_not_mergeable(
    candidates: tuple[AddressCandidate, ...], new_candidate: AddressCandidate
) -> AddressCandidate:
    """Give ``new_candidate`` a key of its own where merging would reveal that two are equal."""
    existing_candidate = next((each for each in candidates if each.key == new_candidate.key), None)
    if (
        existing_candidate is None
        or existing_candidate.said_by
        or new_candidate.said_by
        or _are_mergeable(existing_candidate, new_candidate)
    ):
        return new_candidate
    marks = {mark for each in new_candidate.facts for mark in (each.family, *each.matched)}
    return replace(new_candidate, key="|".join((new_candidate.key, *sorted(marks))))


def _are_mergeable(existing_candidate: AddressCandidate, new_candidate: AddressCandidate) -> bool:
    fact_pairs = tuple(product(existing_candidate.facts, new_candidate.facts))
    shares_hint_family = any(
        first.family == second.family and first.family in HINT_FAMILIES
        for first, second in fact_pairs
    )
    return shares_hint_family or any(_are_comparable(first, second) for first, second in fact_pairs)


def _is_superseded(old_candidate: AddressCandidate, new_candidate: AddressCandidate) -> bool:
    """Whether ``new_candidate`` is a newer statement of the same person."""
    is_same_speaker = (
        new_candidate.said_by is not None and old_candidate.said_by is new_candidate.said_by
    )
    return is_same_speaker and old_candidate.standing is CandidateStatus.PROPOSED


def _reject_if_doubtful(candidate: AddressCandidate) -> AddressCandidate:
    """Reject a found address that has warnings, because nobody can confirm it despite them."""
    if candidate.said_by or candidate.level is AddressVerdict.OK:
        return candidate
    return replace(candidate, standing=CandidateStatus.REJECTED)


def _merge_candidates(
    existing_candidate: AddressCandidate, new_candidate: AddressCandidate
) -> AddressCandidate:
    if new_candidate.said_by is StatedBy.RECIPIENT:
        return replace(new_candidate, facts=existing_candidate.facts)
    if (
        new_candidate.said_by is StatedBy.GIVER
        and existing_candidate.said_by is not StatedBy.GIVER
        and _is_rejected(existing_candidate)
    ):
        # A refusal would reveal to the giver that this address was found or stated before.
        return new_candidate
    if (
        existing_candidate.standing is CandidateStatus.REJECTED
        or existing_candidate.said_by is StatedBy.RECIPIENT
    ):
        return replace(
            existing_candidate, facts=_merge_facts(existing_candidate.facts, new_candidate.facts)
        )
    if new_candidate.said_by is StatedBy.GIVER:
        return replace(new_candidate, facts=existing_candidate.facts)
    facts = _merge_facts(existing_candidate.facts, new_candidate.facts)
    known_families = {each.family for each in existing_candidate.facts}
    has_new_family = any(each.family not in known_families for each in new_candidate.facts)
    status = CandidateStatus.PROPOSED if has_new_family else existing_candidate.standing
    return replace(existing_candidate, facts=facts, standing=status)


def _is_rejected(candidate: AddressCandidate) -> bool:
    return candidate.standing is CandidateStatus.REJECTED


def _merge_facts(left: Iterable[Fact], right: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(dict.fromkeys((*left, *right)))


def set_candidate_status(
    candidates: tuple[AddressCandidate, ...], key: str | None, status: CandidateStatus
) -> tuple[AddressCandidate, ...]:
    """Return ``candidates`` with ``status`` for the one with this key."""
    return tuple(replace(e, standing=status) if e.key == key else e for e in candidates)


def confirm_by_place(
    candidates: tuple[AddressCandidate, ...], city_or_region: str
) -> tuple[AddressCandidate, ...]:
    """Return ``candidates`` with those confirmed whose city or region is ``city_or_region``."""
    place_key = comparison_key(city_or_region)
    return tuple(
        _confirm_candidate(each) if _is_confirmable_by(each, place_key) else each
        for each in candidates
    )


def _is_confirmable_by(candidate: AddressCandidate, place_key: str) -> bool:
    address = candidate.address
    candidate_place_keys = {comparison_key(part) for part in (address.city, address.region) if part}
    return candidate.standing is CandidateStatus.UNCONFIRMED and place_key in candidate_place_keys


def _confirm_candidate(candidate: AddressCandidate) -> AddressCandidate:
    return replace(candidate, confirmed=True, standing=CandidateStatus.PROPOSED)


class CandidateVerdict(StrEnum):
    """COUNTS: the address is used; UNCONFIRMED: the giver must confirm it; REJECTED: not used."""

    COUNTS = "COUNTS"
    UNCONFIRMED = "UNCONFIRMED"
    REJECTED = "REJECTED"


def judge_candidate(
    candidate: AddressCandidate, gift: Gift, now: datetime, max_record_age: timedelta
) -> CandidateVerdict:
    """The verdict of verification on ``candidate``.

    A record older than ``max_record_age`` does not suffice alone.
    """
    if candidate.said_by is StatedBy.RECIPIENT:
        return CandidateVerdict.COUNTS
    if candidate.level is not AddressVerdict.OK:
        return CandidateVerdict.REJECTED
    if candidate.said_by is StatedBy.GIVER or candidate.confirmed:
        return CandidateVerdict.COUNTS
    if not _may_be_recipients_address(candidate):
        return CandidateVerdict.REJECTED
    is_trusted = _has_independent_sources(candidate) or any(
        _is_sufficient_proof(f, now, max_record_age) for f in candidate.facts
    )
    is_undisputed = not any(_disputes_candidate(each, candidate) for each in gift.candidates)
    return CandidateVerdict.COUNTS if is_trusted and is_undisputed else CandidateVerdict.UNCONFIRMED


def _may_be_recipients_address(candidate: AddressCandidate) -> bool:
    """Whether any of the records may be about the recipient."""
    is_name_plausible = any(each.name is not NameVerdict.MISMATCH for each in candidate.facts)
    return is_name_plausible or _has_independent_sources(candidate)


def _has_independent_sources(candidate: AddressCandidate) -> bool:
    """Whether two independent sources have this address."""
    fact_pairs = combinations(candidate.facts, 2)
    return any(
        first.family != second.family and _are_comparable(first, second)
        for first, second in fact_pairs
    )


def _are_comparable(first: Fact, second: Fact) -> bool:
    """Whether the records of two sources may confirm or dispute each other."""
    families = {first.family, second.family}
    if families & HINT_FAMILIES:
        return False
    return not families & SELF_STATED_FAMILIES or bool(set(first.matched) & set(second.matched))


def _is_sufficient_proof(fact: Fact, now: datetime, max_record_age: timedelta) -> bool:
    """Whether one record suffices: contact and name match and it is recent."""
    if fact.family in HINT_FAMILIES:
        return False
    is_recent = fact.as_of is not None and now - fact.as_of <= max_record_age
    return fact.contact_matches and fact.name is NameVerdict.MATCH and is_recent


def _disputes_candidate(other_candidate: AddressCandidate, candidate: AddressCandidate) -> bool:
    """Whether ``other_candidate`` is a different found address of the same person."""
    is_valid = (
        other_candidate.standing is not CandidateStatus.REJECTED
        and other_candidate.level is AddressVerdict.OK
    )
    fact_pairs = product(other_candidate.facts, candidate.facts)
    is_comparable = any(_are_comparable(first, second) for first, second in fact_pairs)
    return (
        other_candidate.key != candidate.key
        and is_valid
        and is_comparable
        and _may_be_recipients_address(other_candidate)
    )
