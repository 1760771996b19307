"""Resolution by examples: what follows what, and what each step leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.channels import message_sent
from gateway.engine.gifts.charges import GiftPaymentState
from gateway.engine.gifts.events import (
    ChannelFailed,
    ChargeStopped,
    Declined,
    Event,
    GiverAnswered,
    Occurred,
    Rejected,
    Replied,
    Searched,
    Validated,
)
from gateway.engine.gifts.paying import given_back
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.transitions import carried_on, created
from gateway.engine.gifts.values import (
    Asked,
    Channel,
    ChannelKind,
    ChannelState,
    Fact,
    FactKind,
    Gift,
    Recipient,
    Speaker,
    Standing,
)
from gateway.engine.sufficiency import Level
from tests.engine.gifts.examples import (
    EMAIL,
    HOME,
    NOW,
    RULES,
    SMS,
    WORK,
    a_gift,
    an_address_fact,
    by_email,
    found,
    happened,
    said,
    usd,
    went_on,
)

BOUNCE = ChannelFailed(EventType.BOUNCE, NOW, ChannelKind.EMAIL)
NOTHING = Searched(EventType.NOTHING_FOUND, NOW)


def after(gift: Gift, *events: Event) -> Gift:
    gift = went_on(created(gift, RULES)).gift
    for event in events:
        gift = went_on(carried_on(gift, event, RULES)).gift
    return gift


def test_a_full_address_is_verified_without_contact() -> None:  # R43
    gift = by_email(candidates=(said(HOME, Speaker.GIVER),))
    progress = created(gift, RULES)
    assert happened(progress) == [("created", "SCREENING"), ("sufficient", "VERIFYING")]
    assert [each.sequence for each in progress.records] == [1, 2]


def test_an_email_alone_opens_its_channel() -> None:  # R44
    progress = created(by_email(), RULES)
    assert happened(progress) == [("created", "SCREENING"), ("contactable", "AWAITING_RECIPIENT")]
    assert progress.gift.channels == (
        replace(
            EMAIL,
            state=ChannelState.OPEN,
            send_at=NOW,
            due_at=NOW + timedelta(hours=72),
            remind_at=NOW + timedelta(hours=36),
        ),
    )


def test_waits_count_from_the_scheduled_time() -> None:
    later = NOW + timedelta(days=2)
    channel = created(by_email(starts_at=later), RULES).gift.channels[0]
    assert (channel.send_at, channel.due_at) == (later, later + timedelta(hours=72))


def test_a_surprise_is_searched_for_only() -> None:  # R46
    gift = by_email(contact_recipient=False)
    assert happened(created(gift, RULES))[-1] == ("searchable", "SEARCHING")


def test_a_surprise_whose_sources_have_nothing_goes_back_to_the_giver() -> None:  # R58
    gift = after(by_email(contact_recipient=False), NOTHING)
    assert gift.status is GiftStatus.AWAITING_GIVER
    assert gift.giver_due == NOW + timedelta(days=7)
    assert gift.giver_rounds == 1


def test_channels_are_tried_one_after_another() -> None:  # R50
    gift = after(by_email(), replace(BOUNCE))
    assert gift.status is GiftStatus.SEARCHING
    both = replace(by_email(), channels=(EMAIL, SMS))
    gift = after(both, BOUNCE)
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    assert [each.state for each in gift.channels] == [ChannelState.SPENT, ChannelState.OPEN]
    assert gift.channels[1].due_at == NOW + timedelta(hours=48)


def test_at_most_three_messages() -> None:
    more = replace(SMS, contact="+14155552672")
    gift = after(replace(by_email(), channels=(EMAIL, SMS, more)))
    gift = message_sent(message_sent(gift))
    timeout = ChannelFailed(EventType.TIMEOUT, NOW, ChannelKind.EMAIL)
    gift = message_sent(went_on(carried_on(gift, timeout, RULES)).gift)
    timeout = ChannelFailed(EventType.TIMEOUT, NOW, ChannelKind.SMS)
    gift = went_on(carried_on(gift, timeout, RULES)).gift
    assert gift.status is GiftStatus.SEARCHING
    assert gift.channels[2].state is ChannelState.UNTRIED


def test_a_message_that_came_back_is_not_counted() -> None:
    gift = went_on(carried_on(message_sent(after(by_email())), BOUNCE, RULES)).gift
    assert [each.messages for each in gift.channels] == [0]


def test_a_reply_is_verified() -> None:  # R49
    gift = after(by_email())
    progress = carried_on(gift, Replied(EventType.REPLY, NOW, said(HOME)), RULES)
    assert happened(progress) == [("reply", "SCREENING"), ("sufficient", "VERIFYING")]
    valid = Validated(NOW, said(HOME).key, usd(1200), "chg_1", usd(1200))
    resolved = went_on(carried_on(went_on(progress).gift, valid, RULES)).gift
    assert resolved.status is GiftStatus.RESOLVED
    assert resolved.address == HOME
    assert resolved.charges.final == usd(1200)
    assert resolved.charges.payment is GiftPaymentState.HELD


def test_a_found_phone_opens_its_channel() -> None:  # R53
    fact = Fact(FactKind.PHONE, SMS.contact, "directory", "directory", 90, NOW)
    news = Searched(EventType.NEW_FACTS, NOW, facts=(fact,), channels=(SMS,))
    gift = after(by_email(), BOUNCE, news)
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    assert gift.open_channel is not None
    assert gift.open_channel.kind is ChannelKind.SMS


def test_a_found_phone_does_not_end_a_surprise() -> None:  # R46
    news = Searched(EventType.NEW_FACTS, NOW, channels=(SMS,))
    gift = after(by_email(contact_recipient=False), news)
    assert gift.status is GiftStatus.SEARCHING


def test_a_late_reply_outranks_a_found_address() -> None:  # R55
    news = Searched(EventType.NEW_FACTS, NOW, candidates=(found(HOME),))
    gift = after(by_email(), BOUNCE, news)
    assert gift.status is GiftStatus.VERIFYING
    late = Replied(EventType.LATE_REPLY, NOW, said(WORK))
    gift = went_on(carried_on(gift, late, RULES)).gift
    valid = Validated(NOW, said(WORK).key, usd(1200), None, None)
    assert went_on(carried_on(gift, valid, RULES)).gift.address == WORK


def test_a_later_word_of_the_recipient_replaces_the_earlier() -> None:
    gift = after(by_email(), Replied(EventType.REPLY, NOW, said(HOME)))
    gift = went_on(carried_on(gift, Replied(EventType.LATE_REPLY, NOW, said(WORK)), RULES)).gift
    assert [each.address for each in gift.candidates] == [WORK]


def test_a_rejected_candidate_is_not_proposed_again_but_the_recipient_may_say_it() -> None:  # R56
    news = Searched(EventType.NEW_FACTS, NOW, candidates=(found(HOME),))
    rejected = Rejected(NOW, found(HOME).key)
    gift = after(by_email(), BOUNCE, news, rejected)
    assert gift.status is GiftStatus.SEARCHING
    again = carried_on(gift, news, RULES)
    assert happened(again)[-1] == ("searchable", "SEARCHING")
    late = carried_on(gift, Replied(EventType.LATE_REPLY, NOW, said(HOME)), RULES)
    assert happened(late)[-1] == ("sufficient", "VERIFYING")


def test_a_second_independent_source_proposes_an_unconfirmed_address_again() -> None:
    news = Searched(EventType.NEW_FACTS, NOW, candidates=(found(HOME),))
    unconfirmed = Rejected(NOW, found(HOME).key, confirmable=True)
    gift = after(by_email(), BOUNCE, news, unconfirmed)
    second = found(HOME, source="saved_addresses", family="purchasers")
    gift = went_on(
        carried_on(gift, replace(news, candidates=(second,)), RULES),
    ).gift
    assert gift.status is GiftStatus.VERIFYING


def unconfirmed_gift() -> Gift:
    asked = tuple(
        Asked(source, key, 1)
        for source in RULES.sources
        for key in ("email:ada@example.com", "name:Ada Lovelace")
    )
    news = Searched(EventType.NEW_FACTS, NOW, candidates=(found(HOME),), asked=asked)
    return after(by_email(), BOUNCE, news, Rejected(NOW, found(HOME).key, confirmable=True))


@pytest.mark.parametrize("place", ["mountain view", "CA"])
def test_the_giver_confirms_by_town_or_region(place: str) -> None:  # R57
    gift = unconfirmed_gift()
    assert gift.status is GiftStatus.AWAITING_GIVER
    progress = carried_on(gift, GiverAnswered(NOW, place=place), RULES)
    assert happened(progress)[-1] == ("sufficient", "VERIFYING")
    assert went_on(progress).gift.candidates[0].confirmed


def test_another_town_confirms_nothing() -> None:
    progress = carried_on(unconfirmed_gift(), GiverAnswered(NOW, place="Boston"), RULES)
    assert happened(progress)[-1] == ("exhausted", "AWAITING_GIVER")
    assert went_on(progress).gift.candidates[0].standing is Standing.UNCONFIRMED
    assert went_on(progress).gift.confirmations == 1


def test_the_giver_adds_a_contact() -> None:  # R58
    more = Recipient(phone=SMS.contact)
    gift = after(by_email(), BOUNCE, NOTHING, GiverAnswered(NOW, recipient=more, channels=(SMS,)))
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    assert gift.recipient == Recipient("Ada Lovelace", "ada@example.com", SMS.contact)


def test_a_spent_contact_is_not_opened_again() -> None:
    gift = after(by_email(), BOUNCE, NOTHING, GiverAnswered(NOW, channels=(EMAIL,)))
    assert gift.status is GiftStatus.SEARCHING
    assert [each.state for each in gift.channels] == [ChannelState.SPENT]


def test_dearer_than_the_cap_asks_the_giver_who_consents() -> None:
    over = ChargeStopped(EventType.OVER_CAP, NOW, usd(1800))
    gift = after(by_email(candidates=(said(HOME, Speaker.GIVER),)), over)
    assert gift.status is GiftStatus.AWAITING_GIVER
    assert (gift.charges.needed, gift.charges.high) == (usd(1800), usd(1800))
    consent = carried_on(gift, GiverAnswered(NOW, cap=usd(1800)), RULES)
    assert happened(consent)[-1] == ("sufficient", "VERIFYING")
    assert went_on(consent).gift.charges.cap == usd(1800)


def resolved() -> Gift:
    gift = by_email(candidates=(said(HOME, Speaker.GIVER),))
    valid = Validated(NOW, said(HOME).key, usd(1200), "chg_1", usd(1200))
    return after(gift, valid)


def test_dispatch_captures_and_a_return_is_not_charged_again() -> None:  # R62
    gift = resolved()
    gift = went_on(carried_on(gift, Occurred(EventType.DISPATCH, NOW), RULES)).gift
    assert gift.charges.payment is GiftPaymentState.CAPTURED
    back = NOW + timedelta(days=30)
    gift = went_on(carried_on(gift, Occurred(EventType.RETURNED, back), RULES)).gift
    assert gift.status is GiftStatus.AWAITING_GIVER
    assert gift.address is None
    assert gift.giver_due == back + timedelta(days=7)
    assert gift.candidates[0].standing is Standing.REJECTED
    elsewhere = GiverAnswered(back, candidate=said(WORK, Speaker.GIVER))
    gift = went_on(carried_on(gift, elsewhere, RULES)).gift
    valid = Validated(back, said(WORK).key, usd(1200), None, None)
    gift = went_on(carried_on(gift, valid, RULES)).gift
    assert (gift.status, gift.address) == (GiftStatus.RESOLVED, WORK)
    assert gift.charges.payment is GiftPaymentState.CAPTURED


def test_the_giver_cannot_send_it_where_it_came_back_from() -> None:
    gift = resolved()
    for type_ in (EventType.DISPATCH, EventType.RETURNED):
        gift = went_on(carried_on(gift, Occurred(type_, NOW), RULES)).gift
    again = GiverAnswered(NOW, candidate=said(HOME, Speaker.GIVER))
    assert happened(carried_on(gift, again, RULES))[-1] != ("sufficient", "VERIFYING")


def test_an_end_lets_a_mandate_lapse_and_keeps_a_hold_for_release() -> None:  # R61, R62
    gift = went_on(carried_on(after(by_email()), Declined(NOW, "no"), RULES)).gift
    assert gift.status is GiftStatus.DECLINED
    assert gift.charges.payment is GiftPaymentState.RELEASED
    held = went_on(carried_on(resolved(), Declined(NOW), RULES)).gift
    assert held.charges.payment is GiftPaymentState.HELD
    assert given_back(held).charges.payment is GiftPaymentState.RELEASED
    taken = replace(held, charges=replace(held.charges, payment=GiftPaymentState.CAPTURED))
    assert given_back(taken).charges.payment is GiftPaymentState.REFUNDED


def test_a_name_alone_is_searched_for() -> None:  # R42
    assert happened(created(a_gift(), RULES))[-1] == ("searchable", "SEARCHING")


def test_nothing_to_search_by_goes_to_the_giver() -> None:
    gift = a_gift(recipient=Recipient())
    assert happened(created(gift, RULES))[-1] == ("exhausted", "AWAITING_GIVER")


def test_facts_are_kept_once() -> None:  # R54
    news = Searched(EventType.NEW_FACTS, NOW, facts=(an_address_fact(),) * 2)
    assert after(by_email(), BOUNCE, news).facts == (an_address_fact(),)


def test_a_found_address_with_a_warning_is_not_proposed() -> None:
    doubtful = replace(found(HOME), level=Level.WARNING)
    news = Searched(EventType.NEW_FACTS, NOW, candidates=(doubtful,))
    assert after(by_email(), BOUNCE, news).status is GiftStatus.SEARCHING


def test_the_open_channel_is_closed_by_a_reply() -> None:
    gift = after(by_email(), Replied(EventType.REPLY, NOW, said(HOME)))
    assert [each.state for each in gift.channels] == [ChannelState.SPENT]


def test_email_goes_before_telephone() -> None:
    channel = Channel(ChannelKind.EMAIL, "ada@example.org")
    gift = after(by_email(), BOUNCE, NOTHING, GiverAnswered(NOW, channels=(SMS, channel)))
    assert gift.open_channel is not None
    assert gift.open_channel.contact == "ada@example.org"
