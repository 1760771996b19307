"""Verification: when an address counts, and which spellings are one address."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.candidates import Ruling, address_key, joined, ruling
from gateway.engine.gifts.values import Candidate, Gift, Speaker, Standing
from gateway.engine.names import NameVerdict
from gateway.engine.places import PostalAddress
from gateway.engine.sufficiency import Level
from tests.engine.gifts.examples import HOME, NOW, WORK, an_address_fact, by_email, found, said

YEAR = timedelta(days=365)


def ruled(candidate: Candidate, *others: Candidate) -> str:
    gift: Gift = by_email(candidates=(candidate, *others))
    return ruling(candidate, gift, NOW, YEAR).value


def test_a_fresh_record_of_the_contact_and_the_name_counts() -> None:
    assert ruled(found()) == "COUNTS"


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
    assert ruled(found(**change)) == expected  # type: ignore[arg-type]


def test_signs_of_two_records_do_not_add_up() -> None:
    facts = (
        an_address_fact(contact_matches=False),
        an_address_fact(name=NameVerdict.UNCERTAIN),
    )
    assert ruled(replace(found(), facts=facts)) == "UNCONFIRMED"


def test_two_independent_sources_agree() -> None:
    weak = an_address_fact(contact_matches=False)
    other = replace(weak, source="http_directory", family="http_directory")
    kin = replace(weak, source="other_directory")
    assert ruled(replace(found(), facts=(weak, other))) == "COUNTS"
    assert ruled(replace(found(), facts=(weak, kin))) == "UNCONFIRMED"


def test_sources_that_disagree_need_a_confirmation() -> None:  # R57
    other = found(WORK, source="http_directory", family="http_directory")
    assert ruled(found(), other) == "UNCONFIRMED"
    assert ruled(replace(found(), confirmed=True), other) == "COUNTS"
    assert ruled(found(), replace(other, standing=Standing.REJECTED)) == "COUNTS"


ADA, EVE = "ada@example.com", "eve@example.com"
SELF_TOLD = ("purchasers", "recipients")


@pytest.mark.parametrize("family", SELF_TOLD)
def test_what_its_subject_wrote_agrees_with_records_of_the_same_contact_only(family: str) -> None:
    """R99: held against another's record it would tell its writer what stands there."""
    weak = an_address_fact(name=NameVerdict.UNCERTAIN, matched=(ADA,))
    same = replace(weak, source="own", family=family)
    other = replace(same, matched=(EVE,))
    assert ruled(replace(found(), facts=(weak, same))) == "COUNTS"
    assert ruled(replace(found(), facts=(weak, other))) == "UNCONFIRMED"


@pytest.mark.parametrize("family", SELF_TOLD)
def test_what_its_subject_wrote_disputes_records_of_the_same_contact_only(family: str) -> None:
    """R57, R99."""
    same = found(WORK, family=family, matched=(ADA,))
    other = found(WORK, family=family, matched=(EVE,))
    assert ruled(found(matched=(ADA,)), same) == "UNCONFIRMED"
    assert ruled(found(matched=(ADA,)), other) == "COUNTS"


@pytest.mark.parametrize("address", [HOME, WORK])
def test_a_giver_never_proves_or_disputes_anything(address: PostalAddress) -> None:
    """R100: what a giver typed is a hint, with whomever it agrees."""
    hint = an_address_fact(address, source="earlier_givers", family="givers", matched=(ADA,))
    weak = an_address_fact(address, name=NameVerdict.UNCERTAIN, matched=(ADA,))
    assert ruled(replace(found(address), facts=(hint,))) == "UNCONFIRMED"
    assert ruled(replace(found(address), facts=(hint, weak))) == "UNCONFIRMED"
    assert ruled(replace(found(address), facts=(hint, replace(hint, source="x")))) == "UNCONFIRMED"
    assert ruled(found(matched=(ADA,)), replace(found(WORK), facts=(hint,))) == "COUNTS"


@pytest.mark.parametrize("family", [*SELF_TOLD, "givers"])
@pytest.mark.parametrize("first", [True, False])
def test_a_strangers_guess_stands_apart_right_or_wrong(family: str, *, first: bool) -> None:
    """R99: one candidate fewer would be one event fewer, and tell that the guess was right."""
    record, right, wrong = (
        found(matched=(ADA,)),
        found(family=family, matched=(EVE,)),
        found(WORK, family=family, matched=(EVE,)),
    )
    for guess in (right, wrong):
        pair = (record, guess) if first else (guess, record)
        known = joined(joined((), pair[0]), pair[1])
        assert len(known) == len({each.key for each in known}) == 2
        assert joined(known, pair[1]) == known


def test_a_giver_is_not_told_that_an_address_was_rejected() -> None:  # R99
    for known in (found(), said(HOME)):
        rejected = replace(known, standing=Standing.REJECTED)
        [again] = joined((rejected,), said(HOME, Speaker.GIVER))
        assert (again.said_by, again.standing) == (Speaker.GIVER, Standing.PROPOSED)
    own = replace(said(HOME, Speaker.GIVER), standing=Standing.REJECTED)
    [same] = joined((own,), said(HOME, Speaker.GIVER))
    assert same.standing is Standing.REJECTED


def test_somebody_elses_record_does_not_dispute() -> None:
    namesake = found(WORK, name=NameVerdict.MISMATCH)
    assert ruled(found(), namesake) == "COUNTS"


def test_a_persons_word_counts() -> None:
    doubtful = replace(said(HOME), level=Level.WARNING)
    assert ruled(doubtful) == "COUNTS"
    assert ruled(said(HOME, Speaker.GIVER)) == "COUNTS"
    assert ruled(replace(doubtful, said_by=Speaker.GIVER)) == "REJECTED"


def test_rulings_are_three() -> None:
    assert [each.value for each in Ruling] == ["COUNTS", "UNCONFIRMED", "REJECTED"]


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
