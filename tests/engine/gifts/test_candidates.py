"""Verification: when an address counts, and which spellings are one address."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import AddressVerdict
from gateway.engine.gifts.candidates import (
    CandidateVerdict,
    address_key,
    judge_candidate,
    merge_candidate,
)
from gateway.engine.gifts.gift import AddressCandidate, CandidateStatus, Gift, StatedBy
from gateway.engine.text.name_matching import NameVerdict
from tests.engine.gifts.examples import (
    HOME,
    NOW,
    WORK,
    an_address_fact,
    found_candidate,
    gift_by_email,
    stated_candidate,
)

YEAR = timedelta(days=365)


def verdict_for(candidate: AddressCandidate, *others: AddressCandidate) -> str:
    gift: Gift = gift_by_email(candidates=(candidate, *others))
    return judge_candidate(candidate, gift, NOW, YEAR).value


def test_a_fresh_record_of_the_contact_and_the_name_counts() -> None:
    assert verdict_for(found_candidate()) == "COUNTS"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"contact_matches": False}, "UNCONFIRMED"),
        ({"name": NameVerdict.UNCERTAIN}, "UNCONFIRMED"),
        ({"name": NameVerdict.MISMATCH}, "REJECTED"),
        ({"as_of": NOW - YEAR}, "COUNTS"),
        ({"as_of": NOW - YEAR - timedelta(seconds=1)}, "UNCONFIRMED"),
        ({"as_of": None}, "UNCONFIRMED"),
    ],
)
def test_each_sign_is_needed(change: dict[str, object], expected: str) -> None:
    assert verdict_for(found_candidate(**change)) == expected  # type: ignore[arg-type]


def test_signs_of_two_records_do_not_add_up() -> None:
    facts = (
        an_address_fact(contact_matches=False),
        an_address_fact(name=NameVerdict.UNCERTAIN),
    )
    assert verdict_for(replace(found_candidate(), facts=facts)) == "UNCONFIRMED"


def test_two_independent_sources_agree() -> None:
    weak = an_address_fact(contact_matches=False)
    independent = replace(weak, source="http_directory", family="http_directory")
    same_family = replace(weak, source="other_directory")
    assert verdict_for(replace(found_candidate(), facts=(weak, independent))) == "COUNTS"
    assert verdict_for(replace(found_candidate(), facts=(weak, same_family))) == "UNCONFIRMED"


def test_sources_that_disagree_need_a_confirmation() -> None:  # R57
    disagreeing = found_candidate(WORK, source="http_directory", family="http_directory")
    assert verdict_for(found_candidate(), disagreeing) == "UNCONFIRMED"
    assert verdict_for(replace(found_candidate(), confirmed=True), disagreeing) == "COUNTS"
    assert (
        verdict_for(found_candidate(), replace(disagreeing, standing=CandidateStatus.REJECTED))
        == "COUNTS"
    )


ADA, EVE = "ada@example.com", "eve@example.com"
SELF_REPORTED_FAMILIES = ("purchasers", "recipients")


@pytest.mark.parametrize("family", SELF_REPORTED_FAMILIES)
def test_what_its_subject_wrote_agrees_with_records_of_the_same_contact_only(family: str) -> None:
    """R99: held against another's record it would tell its writer what stands there."""
    weak = an_address_fact(name=NameVerdict.UNCERTAIN, matched=(ADA,))
    same_contact = replace(weak, source="own", family=family)
    other_contact = replace(same_contact, matched=(EVE,))
    assert verdict_for(replace(found_candidate(), facts=(weak, same_contact))) == "COUNTS"
    assert verdict_for(replace(found_candidate(), facts=(weak, other_contact))) == "UNCONFIRMED"


@pytest.mark.parametrize("family", SELF_REPORTED_FAMILIES)
def test_what_its_subject_wrote_disputes_records_of_the_same_contact_only(family: str) -> None:
    """R57, R99."""
    same_contact = found_candidate(WORK, family=family, matched=(ADA,))
    other_contact = found_candidate(WORK, family=family, matched=(EVE,))
    assert verdict_for(found_candidate(matched=(ADA,)), same_contact) == "UNCONFIRMED"
    assert verdict_for(found_candidate(matched=(ADA,)), other_contact) == "COUNTS"


@pytest.mark.parametrize("address", [HOME, WORK])
def test_a_giver_never_proves_or_disputes_anything(address: PostalAddress) -> None:
    """R100: what a giver typed is a hint, with whomever it agrees."""
    hint = an_address_fact(address, source="earlier_givers", family="givers", matched=(ADA,))
    weak = an_address_fact(address, name=NameVerdict.UNCERTAIN, matched=(ADA,))
    assert verdict_for(replace(found_candidate(address), facts=(hint,))) == "UNCONFIRMED"
    assert verdict_for(replace(found_candidate(address), facts=(hint, weak))) == "UNCONFIRMED"
    assert (
        verdict_for(replace(found_candidate(address), facts=(hint, replace(hint, source="x"))))
        == "UNCONFIRMED"
    )
    assert (
        verdict_for(found_candidate(matched=(ADA,)), replace(found_candidate(WORK), facts=(hint,)))
        == "COUNTS"
    )


@pytest.mark.parametrize("family", [*SELF_REPORTED_FAMILIES, "givers"])
@pytest.mark.parametrize("first", [True, False])
def test_a_strangers_guess_stands_apart_right_or_wrong(family: str, *, first: bool) -> None:
    """R99: one candidate fewer would be one event fewer, and tell that the guess was right."""
    record, right, wrong = (
        found_candidate(matched=(ADA,)),
        found_candidate(family=family, matched=(EVE,)),
        found_candidate(WORK, family=family, matched=(EVE,)),
    )
    for guess in (right, wrong):
        pair = (record, guess) if first else (guess, record)
        candidates = merge_candidate(merge_candidate((), pair[0]), pair[1])
        assert len(candidates) == len({each.key for each in candidates}) == 2
        assert merge_candidate(candidates, pair[1]) == candidates


def test_a_giver_is_not_told_that_an_address_was_rejected() -> None:  # R99
    for candidate in (found_candidate(), stated_candidate(HOME)):
        rejected = replace(candidate, standing=CandidateStatus.REJECTED)
        [again] = merge_candidate((rejected,), stated_candidate(HOME, StatedBy.GIVER))
        assert (again.said_by, again.standing) == (StatedBy.GIVER, CandidateStatus.PROPOSED)
    own = replace(stated_candidate(HOME, StatedBy.GIVER), standing=CandidateStatus.REJECTED)
    [same] = merge_candidate((own,), stated_candidate(HOME, StatedBy.GIVER))
    assert same.standing is CandidateStatus.REJECTED


def test_somebody_elses_record_does_not_dispute() -> None:
    namesake = found_candidate(WORK, name=NameVerdict.MISMATCH)
    assert verdict_for(found_candidate(), namesake) == "COUNTS"


def test_a_persons_word_counts() -> None:
    doubtful = replace(stated_candidate(HOME), level=AddressVerdict.WARNING)
    assert verdict_for(doubtful) == "COUNTS"
    assert verdict_for(stated_candidate(HOME, StatedBy.GIVER)) == "COUNTS"
    assert verdict_for(replace(doubtful, said_by=StatedBy.GIVER)) == "REJECTED"


def test_rulings_are_three() -> None:
    assert [each.value for each in CandidateVerdict] == ["COUNTS", "UNCONFIRMED", "REJECTED"]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (HOME, replace(HOME, name="Somebody Else", phone="+1")),
        (HOME, replace(HOME, lines=("1 OAK ST.",), postal_code="94043-1234")),
        (
            PostalAddress("A", "PR", None, "San Juan", "00901", ("1 Calle Sol",)),
            PostalAddress("A", "US", "PR", "San Juan", "00901", ("1 calle sol",)),
        ),
        (
            PostalAddress("A", "GB", None, "London", "SW1A 2AA", ("10 Downing Street",)),
            PostalAddress("A", "GB", None, "Westminster", "SW1A2AA", ("10 Downing St",)),
        ),
    ],
)
def test_spellings_of_one_address_have_one_key(left: PostalAddress, right: PostalAddress) -> None:
    assert address_key(left) == address_key(right)


@pytest.mark.parametrize(
    "other",
    [
        replace(HOME, lines=("11 Oak Street",)),
        replace(HOME, lines=("1 Oak Street", "Apt 2")),
        replace(HOME, postal_code="94041"),
        replace(HOME, region="NY"),
        WORK,
    ],
)
def test_other_addresses_have_other_keys(other: PostalAddress) -> None:
    assert address_key(HOME) != address_key(other)
