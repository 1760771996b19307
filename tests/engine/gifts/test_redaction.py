"""A gift once somebody has been forgotten (R102)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.addresses.validation import AddressVerdict
from gateway.engine.gifts.gift import (
    AddressCandidate,
    Channel,
    ChannelState,
    Fact,
    FactKind,
    Gift,
    GiftItem,
    GiftNote,
    Recipient,
    SourceQuery,
    StatedBy,
)
from gateway.engine.gifts.redaction import (
    all_contacts,
    erase_personal_data,
    with_rejectable_candidate,
    without_contacts,
    without_phones,
)
from tests.engine.gifts.examples import (
    EMAIL,
    HOME,
    NOW,
    SMS,
    WORK,
    a_gift,
    an_address_fact,
    found_candidate,
    stated_candidate,
)

ADA, PHONE, OTHER = EMAIL.contact, SMS.contact, "+14155550100"
GONE, LINKS = frozenset({ADA}), frozenset({"blind"})
NUMBER = an_address_fact(kind=FactKind.PHONE, value=OTHER)


def reachable_gift(**changes: object) -> Gift:
    both = Recipient(name="Ada Lovelace", email=ADA, phone=PHONE)
    return a_gift(**{"recipient": both, "channels": (EMAIL, SMS), **changes})


def forget_ada(gift: Gift) -> Gift:
    return without_contacts(gift, GONE, LINKS)


def test_contacts_are_those_given_written_to_and_found() -> None:
    gift = a_gift(
        recipient=Recipient(name="Ada", email=ADA),
        channels=(SMS, replace(SMS, contact="")),
        facts=(NUMBER, an_address_fact()),
    )
    assert all_contacts(gift) == {ADA, PHONE, OTHER}
    assert all_contacts(a_gift()) == frozenset()


def test_nothing_of_the_recipient_is_left_of_what_is_erased() -> None:
    plain = a_gift(recipient=Recipient(), item=GiftItem("var_1", "Tea", 1))
    full = reachable_gift(
        item=replace(plain.item, wrap="red"),
        note=GiftNote("Hello", "Bob"),
        facts=(NUMBER,),
        candidates=(stated_candidate(HOME),),
        asked=(SourceQuery("directory", f"email:{ADA}", 1),),
        destination=stated_candidate(HOME).key,
        decline_reason="moved",
        tracking_url="https://carrier.example/1",
    )
    assert erase_personal_data(full) == plain


def test_a_contact_that_is_gone_leaves_the_other() -> None:
    gift = forget_ada(reachable_gift())
    assert (gift.recipient.email, gift.recipient.phone) == (None, PHONE)
    assert gift.recipient.name == "Ada Lovelace"
    assert gift.channels == (replace(EMAIL, contact="", state=ChannelState.SPENT), SMS)
    by_email = without_contacts(reachable_gift(), {PHONE}, LINKS)
    assert (by_email.recipient.email, by_email.recipient.phone) == (ADA, None)
    assert forget_ada(a_gift()) == a_gift()


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (ChannelState.OPEN, ChannelState.OPEN),
        (ChannelState.SPENT, ChannelState.SPENT),
        (ChannelState.UNTRIED, ChannelState.SPENT),
    ],
)
def test_a_channel_keeps_its_place_and_what_it_waits_for(
    state: ChannelState, after: ChannelState
) -> None:
    channel = Channel(EMAIL.kind, ADA, state=state, messages=2)
    expected = Channel(EMAIL.kind, "", state=after, messages=2)
    assert forget_ada(reachable_gift(channels=(channel,))).channels == (expected,)


@pytest.mark.parametrize(
    ("fact", "stays"),
    [
        (replace(NUMBER, value=ADA), False),
        (replace(NUMBER, matched=(PHONE, ADA)), False),
        (replace(NUMBER, matched=(PHONE,)), True),
    ],
)
def test_what_was_found_by_a_contact_goes_with_it(fact: Fact, *, stays: bool) -> None:
    later = replace(NUMBER, found_at=NOW + timedelta(1), value=PHONE)
    elsewhere = replace(NUMBER, source="saved_addresses")
    with_it = replace(NUMBER, value=WORK)
    facts = (fact, with_it, later, elsewhere)
    assert forget_ada(reachable_gift(facts=facts)).facts == (facts if stays else (later, elsewhere))


@pytest.mark.parametrize(
    ("candidate", "stays"),
    [
        (replace(stated_candidate(HOME), said_through="blind"), False),
        (replace(stated_candidate(HOME), said_through="other"), True),
        (stated_candidate(HOME), True),
        (replace(stated_candidate(HOME, StatedBy.GIVER), said_through="blind"), True),
        (found_candidate(), False),
    ],
)
def test_what_was_answered_by_a_contact_goes_with_it(
    candidate: AddressCandidate, *, stays: bool
) -> None:
    gift = forget_ada(reachable_gift(candidates=(candidate,), destination=candidate.key))
    assert gift.candidates == ((candidate,) if stays else ())
    assert gift.destination == (candidate.key if stays else None)


def test_a_place_keeps_the_facts_that_are_left() -> None:
    gone, stays = an_address_fact(matched=(ADA,)), an_address_fact(source="saved_addresses")
    place = replace(found_candidate(), facts=(gone, stays))
    gift = forget_ada(reachable_gift(facts=(gone, stays), candidates=(place,)))
    assert gift.candidates == (replace(place, facts=(stays,)),)


def test_a_question_by_a_contact_is_forgotten() -> None:
    by_ada, by_phone = (SourceQuery("directory", f"x:{each}", 1) for each in (ADA, PHONE))
    assert forget_ada(reachable_gift(asked=(by_ada, by_phone))).asked == (by_phone,)


def test_an_address_loses_a_number_that_is_gone() -> None:
    at_phone, at_another = (stated_candidate(replace(HOME, phone=each)) for each in (PHONE, OTHER))
    assert without_phones((at_phone, at_another), {PHONE}) == (
        replace(at_phone, address=replace(HOME, phone=None)),
        at_another,
    )


def test_a_proposal_that_is_nowhere_stands_first() -> None:
    first, second = with_rejectable_candidate(
        a_gift(candidates=(stated_candidate(HOME),))
    ).candidates
    assert (first.key, first.level, second) == ("", AddressVerdict.ERROR, stated_candidate(HOME))
    place = first.address
    assert (place.name, place.country, place.lines) == ("", "", ())
    assert (place.region, place.city, place.postal_code) == (None, None, None)
