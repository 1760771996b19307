"""Resolution by examples: what follows what, and what each step leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.addresses.validation import AddressVerdict
from gateway.engine.gifts.channels import count_message
from gateway.engine.gifts.charges import GiftPaymentState
from gateway.engine.gifts.events import (
    AddressValidated,
    CandidateRejected,
    ChannelFailed,
    ChargeStopped,
    GiftDomainEvent,
    GiverAnswered,
    PlainEvent,
    RecipientDeclined,
    RecipientReplied,
    SourcesSearched,
)
from gateway.engine.gifts.gift import (
    CandidateStatus,
    Channel,
    ChannelKind,
    ChannelState,
    Fact,
    FactKind,
    Gift,
    Recipient,
    SourceQuery,
    StatedBy,
)
from gateway.engine.gifts.paying import mark_money_returned
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.transitions import apply_event, start_gift
from tests.engine.gifts.examples import (
    EMAIL,
    HOME,
    NOW,
    RULES,
    SMS,
    WORK,
    a_gift,
    an_address_fact,
    found_candidate,
    gift_by_email,
    logged_transitions,
    require_result,
    stated_candidate,
    usd,
)

BOUNCE = ChannelFailed(EventType.BOUNCE, NOW, ChannelKind.EMAIL)
NOTHING_FOUND = SourcesSearched(EventType.NOTHING_FOUND, NOW)


def gift_after(gift: Gift, *events: GiftDomainEvent) -> Gift:
    gift = require_result(start_gift(gift, RULES)).gift
    for event in events:
        gift = require_result(apply_event(gift, event, RULES)).gift
    return gift


def test_a_full_address_is_verified_without_contact() -> None:  # R43
    gift = gift_by_email(candidates=(stated_candidate(HOME, StatedBy.GIVER),))
    progress = start_gift(gift, RULES)
    assert logged_transitions(progress) == [("created", "SCREENING"), ("sufficient", "VERIFYING")]
    assert [each.sequence for each in progress.log_entries] == [1, 2]


def test_an_email_alone_opens_its_channel() -> None:  # R44
    progress = start_gift(gift_by_email(), RULES)
    assert logged_transitions(progress) == [
        ("created", "SCREENING"),
        ("contactable", "AWAITING_RECIPIENT"),
    ]
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
    channel = start_gift(gift_by_email(starts_at=later), RULES).gift.channels[0]
    assert (channel.send_at, channel.due_at) == (later, later + timedelta(hours=72))


def test_a_surprise_is_searched_for_only() -> None:  # R46
    gift = gift_by_email(contact_recipient=False)
    assert logged_transitions(start_gift(gift, RULES))[-1] == ("searchable", "SEARCHING")


def test_a_surprise_whose_sources_have_nothing_goes_back_to_the_giver() -> None:  # R58
    gift = gift_after(gift_by_email(contact_recipient=False), NOTHING_FOUND)
    assert gift.status is GiftStatus.AWAITING_GIVER
    assert gift.giver_due == NOW + timedelta(days=7)
    assert gift.giver_rounds == 1


def test_channels_are_tried_one_after_another() -> None:  # R50
    gift = gift_after(gift_by_email(), replace(BOUNCE))
    assert gift.status is GiftStatus.SEARCHING
    both = replace(gift_by_email(), channels=(EMAIL, SMS))
    gift = gift_after(both, BOUNCE)
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    assert [each.state for each in gift.channels] == [ChannelState.SPENT, ChannelState.OPEN]
    assert gift.channels[1].due_at == NOW + timedelta(hours=48)


def test_at_most_three_messages() -> None:
    more = replace(SMS, contact="+14155552672")
    gift = gift_after(replace(gift_by_email(), channels=(EMAIL, SMS, more)))
    gift = count_message(count_message(gift))
    timeout = ChannelFailed(EventType.TIMEOUT, NOW, ChannelKind.EMAIL)
    gift = count_message(require_result(apply_event(gift, timeout, RULES)).gift)
    timeout = ChannelFailed(EventType.TIMEOUT, NOW, ChannelKind.SMS)
    gift = require_result(apply_event(gift, timeout, RULES)).gift
    assert gift.status is GiftStatus.SEARCHING
    assert gift.channels[2].state is ChannelState.UNTRIED


def test_a_message_that_came_back_is_not_counted() -> None:
    gift = require_result(
        apply_event(count_message(gift_after(gift_by_email())), BOUNCE, RULES)
    ).gift
    assert [each.messages for each in gift.channels] == [0]


def test_a_reply_is_verified() -> None:  # R49
    gift = gift_after(gift_by_email())
    progress = apply_event(
        gift, RecipientReplied(EventType.REPLY, NOW, stated_candidate(HOME)), RULES
    )
    assert logged_transitions(progress) == [("reply", "SCREENING"), ("sufficient", "VERIFYING")]
    valid = AddressValidated(NOW, stated_candidate(HOME).key, usd(1200), "chg_1", usd(1200))
    resolved = require_result(apply_event(require_result(progress).gift, valid, RULES)).gift
    assert resolved.status is GiftStatus.RESOLVED
    assert resolved.address == HOME
    assert resolved.charges.final == usd(1200)
    assert resolved.charges.payment is GiftPaymentState.HELD


def test_a_found_phone_opens_its_channel() -> None:  # R53
    fact = Fact(FactKind.PHONE, SMS.contact, "directory", "directory", 90, NOW)
    news = SourcesSearched(EventType.NEW_FACTS, NOW, facts=(fact,), channels=(SMS,))
    gift = gift_after(gift_by_email(), BOUNCE, news)
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    assert gift.open_channel is not None
    assert gift.open_channel.kind is ChannelKind.SMS


def test_a_found_phone_does_not_end_a_surprise() -> None:  # R46
    news = SourcesSearched(EventType.NEW_FACTS, NOW, channels=(SMS,))
    gift = gift_after(gift_by_email(contact_recipient=False), news)
    assert gift.status is GiftStatus.SEARCHING


def test_a_late_reply_outranks_a_found_address() -> None:  # R55
    news = SourcesSearched(EventType.NEW_FACTS, NOW, candidates=(found_candidate(HOME),))
    gift = gift_after(gift_by_email(), BOUNCE, news)
    assert gift.status is GiftStatus.VERIFYING
    late = RecipientReplied(EventType.LATE_REPLY, NOW, stated_candidate(WORK))
    gift = require_result(apply_event(gift, late, RULES)).gift
    valid = AddressValidated(NOW, stated_candidate(WORK).key, usd(1200), None, None)
    assert require_result(apply_event(gift, valid, RULES)).gift.address == WORK


def test_a_later_word_of_the_recipient_replaces_the_earlier() -> None:
    gift = gift_after(
        gift_by_email(), RecipientReplied(EventType.REPLY, NOW, stated_candidate(HOME))
    )
    gift = require_result(
        apply_event(
            gift, RecipientReplied(EventType.LATE_REPLY, NOW, stated_candidate(WORK)), RULES
        )
    ).gift
    assert [each.address for each in gift.candidates] == [WORK]


def test_a_rejected_candidate_is_not_proposed_again_but_the_recipient_may_say_it() -> None:  # R56
    news = SourcesSearched(EventType.NEW_FACTS, NOW, candidates=(found_candidate(HOME),))
    rejected = CandidateRejected(NOW, found_candidate(HOME).key)
    gift = gift_after(gift_by_email(), BOUNCE, news, rejected)
    assert gift.status is GiftStatus.SEARCHING
    again = apply_event(gift, news, RULES)
    assert logged_transitions(again)[-1] == ("searchable", "SEARCHING")
    late = apply_event(
        gift, RecipientReplied(EventType.LATE_REPLY, NOW, stated_candidate(HOME)), RULES
    )
    assert logged_transitions(late)[-1] == ("sufficient", "VERIFYING")


def test_a_second_independent_source_proposes_an_unconfirmed_address_again() -> None:
    news = SourcesSearched(EventType.NEW_FACTS, NOW, candidates=(found_candidate(HOME),))
    unconfirmed = CandidateRejected(NOW, found_candidate(HOME).key, confirmable=True)
    gift = gift_after(gift_by_email(), BOUNCE, news, unconfirmed)
    second = found_candidate(HOME, source="saved_addresses", family="purchasers")
    gift = require_result(
        apply_event(gift, replace(news, candidates=(second,)), RULES),
    ).gift
    assert gift.status is GiftStatus.VERIFYING


def unconfirmed_gift() -> Gift:
    queries = tuple(
        SourceQuery(source, key, 1)
        for source in RULES.sources
        for key in ("email:ada@example.com", "name:Ada Lovelace")
    )
    news = SourcesSearched(
        EventType.NEW_FACTS, NOW, candidates=(found_candidate(HOME),), queries=queries
    )
    return gift_after(
        gift_by_email(),
        BOUNCE,
        news,
        CandidateRejected(NOW, found_candidate(HOME).key, confirmable=True),
    )


@pytest.mark.parametrize("place", ["mountain view", "CA"])
def test_the_giver_confirms_by_town_or_region(place: str) -> None:  # R57
    gift = unconfirmed_gift()
    assert gift.status is GiftStatus.AWAITING_GIVER
    progress = apply_event(gift, GiverAnswered(NOW, city_or_region=place), RULES)
    assert logged_transitions(progress)[-1] == ("sufficient", "VERIFYING")
    assert require_result(progress).gift.candidates[0].confirmed


def test_another_town_confirms_nothing() -> None:
    progress = apply_event(unconfirmed_gift(), GiverAnswered(NOW, city_or_region="Boston"), RULES)
    assert logged_transitions(progress)[-1] == ("exhausted", "AWAITING_GIVER")
    assert require_result(progress).gift.candidates[0].standing is CandidateStatus.UNCONFIRMED
    assert require_result(progress).gift.confirmations == 1


def test_the_giver_adds_a_contact() -> None:  # R58
    more = Recipient(phone=SMS.contact)
    gift = gift_after(
        gift_by_email(), BOUNCE, NOTHING_FOUND, GiverAnswered(NOW, recipient=more, channels=(SMS,))
    )
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    assert gift.recipient == Recipient("Ada Lovelace", "ada@example.com", SMS.contact)


def test_a_spent_contact_is_not_opened_again() -> None:
    gift = gift_after(gift_by_email(), BOUNCE, NOTHING_FOUND, GiverAnswered(NOW, channels=(EMAIL,)))
    assert gift.status is GiftStatus.SEARCHING
    assert [each.state for each in gift.channels] == [ChannelState.SPENT]


def test_dearer_than_the_cap_asks_the_giver_who_consents() -> None:
    over = ChargeStopped(EventType.OVER_CAP, NOW, usd(1800))
    gift = gift_after(gift_by_email(candidates=(stated_candidate(HOME, StatedBy.GIVER),)), over)
    assert gift.status is GiftStatus.AWAITING_GIVER
    assert (gift.charges.needed, gift.charges.high) == (usd(1800), usd(1800))
    consent = apply_event(gift, GiverAnswered(NOW, cap=usd(1800)), RULES)
    assert logged_transitions(consent)[-1] == ("sufficient", "VERIFYING")
    assert require_result(consent).gift.charges.cap == usd(1800)


def resolved_gift() -> Gift:
    gift = gift_by_email(candidates=(stated_candidate(HOME, StatedBy.GIVER),))
    valid = AddressValidated(NOW, stated_candidate(HOME).key, usd(1200), "chg_1", usd(1200))
    return gift_after(gift, valid)


def test_dispatch_captures_and_a_return_is_not_charged_again() -> None:  # R62
    gift = resolved_gift()
    gift = require_result(apply_event(gift, PlainEvent(EventType.DISPATCH, NOW), RULES)).gift
    assert gift.charges.payment is GiftPaymentState.CAPTURED
    back = NOW + timedelta(days=30)
    gift = require_result(apply_event(gift, PlainEvent(EventType.RETURNED, back), RULES)).gift
    assert gift.status is GiftStatus.AWAITING_GIVER
    assert gift.address is None
    assert gift.giver_due == back + timedelta(days=7)
    assert gift.candidates[0].standing is CandidateStatus.REJECTED
    elsewhere = GiverAnswered(back, candidate=stated_candidate(WORK, StatedBy.GIVER))
    gift = require_result(apply_event(gift, elsewhere, RULES)).gift
    valid = AddressValidated(back, stated_candidate(WORK).key, usd(1200), None, None)
    gift = require_result(apply_event(gift, valid, RULES)).gift
    assert (gift.status, gift.address) == (GiftStatus.RESOLVED, WORK)
    assert gift.charges.payment is GiftPaymentState.CAPTURED


def test_the_giver_cannot_send_it_where_it_came_back_from() -> None:
    gift = resolved_gift()
    for type_ in (EventType.DISPATCH, EventType.RETURNED):
        gift = require_result(apply_event(gift, PlainEvent(type_, NOW), RULES)).gift
    again = GiverAnswered(NOW, candidate=stated_candidate(HOME, StatedBy.GIVER))
    assert logged_transitions(apply_event(gift, again, RULES))[-1] != ("sufficient", "VERIFYING")


def test_an_end_lets_a_mandate_lapse_and_keeps_a_hold_for_release() -> None:  # R61, R62
    gift = require_result(
        apply_event(gift_after(gift_by_email()), RecipientDeclined(NOW, "no"), RULES)
    ).gift
    assert gift.status is GiftStatus.DECLINED
    assert gift.charges.payment is GiftPaymentState.RELEASED
    declined_gift = require_result(apply_event(resolved_gift(), RecipientDeclined(NOW), RULES)).gift
    assert declined_gift.charges.payment is GiftPaymentState.HELD
    assert mark_money_returned(declined_gift).charges.payment is GiftPaymentState.RELEASED
    captured_gift = replace(
        declined_gift, charges=replace(declined_gift.charges, payment=GiftPaymentState.CAPTURED)
    )
    assert mark_money_returned(captured_gift).charges.payment is GiftPaymentState.REFUNDED


def test_a_name_alone_is_searched_for() -> None:  # R42
    assert logged_transitions(start_gift(a_gift(), RULES))[-1] == ("searchable", "SEARCHING")


def test_nothing_to_search_by_goes_to_the_giver() -> None:
    gift = a_gift(recipient=Recipient())
    assert logged_transitions(start_gift(gift, RULES))[-1] == ("exhausted", "AWAITING_GIVER")


def test_facts_are_kept_once() -> None:  # R54
    news = SourcesSearched(EventType.NEW_FACTS, NOW, facts=(an_address_fact(),) * 2)
    assert gift_after(gift_by_email(), BOUNCE, news).facts == (an_address_fact(),)


def test_a_found_address_with_a_warning_is_not_proposed() -> None:
    doubtful = replace(found_candidate(HOME), level=AddressVerdict.WARNING)
    news = SourcesSearched(EventType.NEW_FACTS, NOW, candidates=(doubtful,))
    assert gift_after(gift_by_email(), BOUNCE, news).status is GiftStatus.SEARCHING


def test_the_open_channel_is_closed_by_a_reply() -> None:
    gift = gift_after(
        gift_by_email(), RecipientReplied(EventType.REPLY, NOW, stated_candidate(HOME))
    )
    assert [each.state for each in gift.channels] == [ChannelState.SPENT]


def test_email_goes_before_telephone() -> None:
    channel = Channel(ChannelKind.EMAIL, "ada@example.org")
    gift = gift_after(
        gift_by_email(), BOUNCE, NOTHING_FOUND, GiverAnswered(NOW, channels=(SMS, channel))
    )
    assert gift.open_channel is not None
    assert gift.open_channel.contact == "ada@example.org"
