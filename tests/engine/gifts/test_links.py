"""What a recipient's link may do, and whether a gift goes where it was said by one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.gift import ChannelKind, StatedBy
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.tokens import LINK_SCOPES, GiftToken, TokenScope
from tests.engine.gifts.examples import HOME, NOW, WORK, a_gift, stated_candidate

MOMENT = timedelta(microseconds=1)
SENT = {GiftStatus.DISPATCHED, GiftStatus.DELIVERED}


def test_a_link_does_what_it_is_for_until_it_expires() -> None:  # R49
    token = GiftToken(
        "d", "gft_1", LINK_SCOPES - {TokenScope.ACCEPT}, ChannelKind.EMAIL, "blind", NOW
    )
    assert {each for each in TokenScope if token.allows(each, NOW - MOMENT)} == {
        TokenScope.VIEW,
        TokenScope.TRACK,
    }
    assert not any(token.allows(each, NOW) for each in TokenScope)


@pytest.mark.parametrize("status", GiftStatus)
def test_a_gift_speaks_for_an_address_once_it_was_sent_there(status: GiftStatus) -> None:  # R100
    gift = a_gift(
        status=status, candidates=(stated_candidate(HOME),), destination=stated_candidate(HOME).key
    )
    assert gift.is_sent_to_stated_address is (status in SENT)
    assert gift.is_delivered_to_stated_address is (status is GiftStatus.DELIVERED)


def test_a_gift_speaks_for_no_address_that_its_recipient_did_not_say() -> None:  # R100
    by_giver, elsewhere = stated_candidate(HOME, StatedBy.GIVER), stated_candidate(WORK)
    gift = a_gift(
        status=GiftStatus.DELIVERED, candidates=(by_giver, elsewhere), destination=by_giver.key
    )
    assert not gift.is_sent_to_stated_address
    assert not gift.is_sent_to_address_stated_through("blind")


@pytest.mark.parametrize(("through", "speaks"), [(None, True), ("blind", True), ("other", False)])
def test_only_the_contact_whose_link_it_was_speaks(through: str | None, *, speaks: bool) -> None:
    candidate = replace(stated_candidate(HOME), said_through=through)
    gift = a_gift(status=GiftStatus.DELIVERED, candidates=(candidate,), destination=candidate.key)
    assert gift.is_sent_to_address_stated_through("blind") is speaks
    unsent = replace(gift, status=GiftStatus.RESOLVED)
    assert not unsent.is_sent_to_address_stated_through("blind")
