"""What a recipient's link may do, and whether a gift goes where it was said by one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.tokens import LINK, GiftToken, Scope
from gateway.engine.gifts.values import ChannelKind, Speaker
from tests.engine.gifts.examples import HOME, NOW, WORK, a_gift, said

MOMENT = timedelta(microseconds=1)
SENT = {GiftStatus.DISPATCHED, GiftStatus.DELIVERED}


def test_a_link_does_what_it_is_for_until_it_expires() -> None:  # R49
    token = GiftToken("d", "gft_1", LINK - {Scope.ACCEPT}, ChannelKind.EMAIL, "blind", NOW)
    assert {each for each in Scope if token.allows(each, NOW - MOMENT)} == {Scope.VIEW, Scope.TRACK}
    assert not any(token.allows(each, NOW) for each in Scope)


@pytest.mark.parametrize("status", GiftStatus)
def test_a_gift_speaks_for_an_address_once_it_was_sent_there(status: GiftStatus) -> None:  # R100
    gift = a_gift(status=status, candidates=(said(HOME),), destination=said(HOME).key)
    assert gift.sent_where_said is (status in SENT)
    assert gift.arrived_where_said is (status is GiftStatus.DELIVERED)


def test_a_gift_speaks_for_no_address_that_its_recipient_did_not_say() -> None:  # R100
    by_giver, elsewhere = said(HOME, Speaker.GIVER), said(WORK)
    gift = a_gift(
        status=GiftStatus.DELIVERED, candidates=(by_giver, elsewhere), destination=by_giver.key
    )
    assert not gift.sent_where_said
    assert not gift.sent_where_said_through("blind")


@pytest.mark.parametrize(("through", "speaks"), [(None, True), ("blind", True), ("other", False)])
def test_only_the_contact_whose_link_it_was_speaks(through: str | None, *, speaks: bool) -> None:
    candidate = replace(said(HOME), said_through=through)
    gift = a_gift(status=GiftStatus.DELIVERED, candidates=(candidate,), destination=candidate.key)
    assert gift.sent_where_said_through("blind") is speaks
    unsent = replace(gift, status=GiftStatus.RESOLVED)
    assert not unsent.sent_where_said_through("blind")
