"""What the one-click button says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.offers import Hints, Offer, OfferAction, OfferState, Standing, name_part, offer
from gateway.engine.places import PostalAddress
from gateway.engine.purchasers import PaymentMethod, Profile, SavedAddress, default_profile

TODAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)

PLACE = PostalAddress(
    "Ada King Lovelace", "GB", None, "London", "SW1Y 4JH", ("12 St James's Square",)
)
HOME = SavedAddress("adr_home", "pur_ada", "home", PLACE, use_for_gifts=False)
OFFICE = SavedAddress("adr_office", "pur_ada", "office", PLACE, use_for_gifts=False)
CARD = PaymentMethod("pay_card", "pur_ada", "sim_ok", last_four="4242", expires_on=TODAY)
NAMED = PaymentMethod("pay_named", "pur_ada", "sim_ok", nickname="blue card", last_four="4242")
AT_HOME = Profile("home", "adr_home", "pay_card", NOON)
AT_OFFICE = Profile("office", "adr_office", "pay_named", NOON + timedelta(hours=1))
COMPLETE = Standing((HOME, OFFICE), (CARD, NAMED), (AT_HOME, AT_OFFICE))


def test_nobody_is_asked_to_sign_in() -> None:  # R05
    assert offer(None, today=TODAY) == Offer(OfferState.NEEDS_SIGN_IN)
    assert offer(None, today=TODAY, available=False) == Offer(OfferState.NEEDS_SIGN_IN)


def test_what_is_lacking_is_named() -> None:  # R05
    assert offer(Standing(), today=TODAY) == Offer(
        OfferState.NEEDS_INFO, ("address", "paymentMethod"), Hints()
    )
    without_method = offer(Standing((HOME,)), today=TODAY)
    assert without_method == Offer(
        OfferState.NEEDS_INFO, ("paymentMethod",), Hints("Ada", "home", None)
    )


def test_sufficient_data_can_be_enabled_and_is_ready_once_it_is() -> None:  # R06
    kept = replace(COMPLETE, profiles=())
    hints = Hints("Ada", "office", "blue card")
    assert offer(kept, today=TODAY) == Offer(OfferState.ENABLEABLE, (), hints)
    assert offer(COMPLETE, today=TODAY) == Offer(OfferState.READY, (), hints)


def test_what_was_enabled_last_is_what_a_press_means() -> None:
    assert default_profile(COMPLETE.profiles) == AT_OFFICE
    assert default_profile(()) is None


def test_a_deleted_address_or_method_of_the_profile_is_missing() -> None:  # R09
    standing = replace(COMPLETE, addresses=(HOME,), payment_methods=(CARD,))
    missing = offer(standing, today=TODAY)
    assert missing == Offer(OfferState.NEEDS_INFO, ("address", "paymentMethod"), Hints())


def test_a_method_is_good_on_its_last_day_and_not_after() -> None:
    standing = Standing((HOME,), (CARD,))
    assert offer(standing, today=TODAY).state is OfferState.ENABLEABLE
    late = offer(standing, today=TODAY + timedelta(days=1))
    assert (late.state, late.missing) == (OfferState.NEEDS_INFO, ("paymentMethod",))


def test_what_cannot_be_bought_is_unavailable_and_says_no_more() -> None:
    assert offer(COMPLETE, today=TODAY, available=False) == Offer(OfferState.UNAVAILABLE)


def test_what_was_just_bought_is_ordered_even_if_it_was_the_last() -> None:  # R24
    bought = offer(COMPLETE, today=TODAY, available=False, ordered=True)
    assert bought.state is OfferState.ORDERED


def test_an_offer_reads_by_attribute() -> None:
    ready = offer(COMPLETE, today=TODAY)
    assert (ready.purchaser_hint, ready.shipping_hint, ready.payment_hint) == (
        "Ada",
        "office",
        "blue card",
    )
    assert ready.action == OfferAction("Buy with one click")


def test_the_payment_hint_is_the_nickname_or_four_digits() -> None:  # R14
    digits = offer(Standing((HOME,), (CARD,)), today=TODAY)
    assert digits.payment_hint == "4242"
    silent = PaymentMethod("pay_x", "pur_ada", "sim_ok")
    assert offer(Standing((HOME,), (silent,)), today=TODAY).payment_hint is None


@pytest.mark.parametrize(
    ("name", "part"), [("Ada Lovelace", "Ada"), ("Ada", "A…"), ("王小明", "王…"), ("  ", None)]
)
def test_a_name_is_never_shown_whole(name: str, part: str | None) -> None:  # R13
    assert name_part(name) == part


@given(st.text(min_size=2).filter(lambda text: len(text.strip()) > 1))
def test_no_hint_is_the_name(name: str) -> None:  # R13
    assert name_part(name) != name


def test_hints_stay_out_of_logs() -> None:  # R19
    assert "Ada" not in repr(offer(COMPLETE, today=TODAY))
    assert "4242" not in repr(CARD)
    assert "London" not in repr(HOME)
