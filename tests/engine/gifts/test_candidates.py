"""Verification: when an address counts, and which spellings are one address."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.candidates import Ruling, address_key, ruling
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
    other = replace(weak, source="saved_addresses", family="purchasers")
    kin = replace(weak, source="other_directory")
    assert ruled(replace(found(), facts=(weak, other))) == "COUNTS"
    assert ruled(replace(found(), facts=(weak, kin))) == "UNCONFIRMED"


def test_sources_that_disagree_need_a_confirmation() -> None:  # R57
    other = found(WORK, source="saved_addresses", family="purchasers")
    assert ruled(found(), other) == "UNCONFIRMED"
    assert ruled(replace(found(), confirmed=True), other) == "COUNTS"
    assert ruled(found(), replace(other, standing=Standing.REJECTED)) == "COUNTS"


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
