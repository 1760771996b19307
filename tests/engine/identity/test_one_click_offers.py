"""What the one-click button says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.identity.one_click_offers import (
    OfferHints,
    OneClickAction,
    OneClickButton,
    OneClickOffer,
    OneClickSetup,
    OneClickState,
    build_button,
    build_hints,
    missing_details,
    name_hint,
)
from gateway.engine.identity.purchasers import (
    OneClickProfile,
    PaymentMethod,
    SavedAddress,
    default_profile,
)

TODAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)

ADDRESS = PostalAddress(
    "Ada King Lovelace", "GB", None, "London", "SW1Y 4JH", ("12 St James's Square",)
)
HOME = SavedAddress("adr_home", "pur_ada", "home", ADDRESS, use_for_gifts=False)
OFFICE = SavedAddress("adr_office", "pur_ada", "office", ADDRESS, use_for_gifts=False)
CARD = PaymentMethod("pay_card", "pur_ada", "sim_ok", last_four="4242", expires_on=TODAY)
NICKNAMED_CARD = PaymentMethod(
    "pay_named", "pur_ada", "sim_ok", nickname="blue card", last_four="4242"
)
AT_HOME = OneClickProfile("home", "adr_home", "pay_card", NOON)
AT_OFFICE = OneClickProfile("office", "adr_office", "pay_named", NOON + timedelta(hours=1))
COMPLETE_SETUP = OneClickSetup((HOME, OFFICE), (CARD, NICKNAMED_CARD), (AT_HOME, AT_OFFICE))


def test_nobody_is_asked_to_sign_in() -> None:  # R05
    assert build_button(None, today=TODAY) == OneClickButton(OneClickState.NEEDS_SIGN_IN)
    assert build_button(None, today=TODAY, available=False) == OneClickButton(
        OneClickState.NEEDS_SIGN_IN
    )


def test_what_is_lacking_is_named() -> None:  # R05
    assert build_button(OneClickSetup(), today=TODAY) == OneClickButton(
        OneClickState.NEEDS_INFO, ("address", "paymentMethod"), OfferHints()
    )
    without_method = build_button(OneClickSetup((HOME,)), today=TODAY)
    assert without_method == OneClickButton(
        OneClickState.NEEDS_INFO, ("paymentMethod",), OfferHints("Ada", "home", None)
    )


def test_what_was_just_ordered_says_so_with_its_hints() -> None:
    hints = OfferHints("Ada", "office", "blue card")
    for available in (True, False):
        offer = build_button(COMPLETE_SETUP, today=TODAY, available=available, ordered=True)
        assert offer == OneClickButton(OneClickState.ORDERED, (), hints)
        assert (offer.hints.purchaser, offer.hints.shipping, offer.hints.payment) == (
            "Ada",
            "office",
            "blue card",
        )
    unavailable = build_button(COMPLETE_SETUP, today=TODAY, available=False)
    assert unavailable == OneClickButton(OneClickState.UNAVAILABLE, (), OfferHints())


def test_hints_without_names() -> None:
    unlabelled = replace(HOME, label="")
    anonymous = PaymentMethod("pay_none", "pur_ada", "sim_ok")
    assert build_hints(unlabelled, anonymous) == OfferHints("Ada", "London", None)
    assert build_hints(None, CARD) == OfferHints(None, None, "4242")
    assert missing_details(None, CARD) == ("address",)


def test_sufficient_data_can_be_enabled_and_is_ready_once_it_is() -> None:  # R06
    without_profiles = replace(COMPLETE_SETUP, profiles=())
    hints = OfferHints("Ada", "office", "blue card")
    assert build_button(without_profiles, today=TODAY) == OneClickButton(
        OneClickState.ENABLEABLE, (), hints
    )
    assert build_button(COMPLETE_SETUP, today=TODAY) == OneClickButton(
        OneClickState.READY, (), hints
    )


def test_what_was_enabled_last_is_what_a_press_means() -> None:
    assert default_profile(COMPLETE_SETUP.profiles) == AT_OFFICE
    assert default_profile(()) is None


def test_a_deleted_address_or_method_of_the_profile_is_missing() -> None:  # R09
    setup = replace(COMPLETE_SETUP, addresses=(HOME,), payment_methods=(CARD,))
    missing = build_button(setup, today=TODAY)
    assert missing == OneClickButton(
        OneClickState.NEEDS_INFO, ("address", "paymentMethod"), OfferHints()
    )


def test_a_method_is_good_on_its_last_day_and_not_after() -> None:
    setup = OneClickSetup((HOME,), (CARD,))
    assert build_button(setup, today=TODAY).state is OneClickState.ENABLEABLE
    late = build_button(setup, today=TODAY + timedelta(days=1))
    assert (late.state, late.missing) == (OneClickState.NEEDS_INFO, ("paymentMethod",))


def test_what_cannot_be_bought_is_unavailable_and_says_no_more() -> None:
    assert build_button(COMPLETE_SETUP, today=TODAY, available=False) == OneClickButton(
        OneClickState.UNAVAILABLE
    )


def test_what_was_just_bought_is_ordered_even_if_it_was_the_last() -> None:  # R24
    ordered = build_button(COMPLETE_SETUP, today=TODAY, available=False, ordered=True)
    assert ordered.state is OneClickState.ORDERED


def test_an_offer_reads_by_attribute() -> None:
    ready = OneClickOffer(build_button(COMPLETE_SETUP, today=TODAY), "var_mug")
    assert (ready.state, ready.missing) == (OneClickState.READY, ())
    assert (ready.purchaser_hint, ready.shipping_hint, ready.payment_hint) == (
        "Ada",
        "office",
        "blue card",
    )
    assert ready.action == OneClickAction("Buy with one click")


def test_the_payment_hint_is_the_nickname_or_four_digits() -> None:  # R14
    digits = build_button(OneClickSetup((HOME,), (CARD,)), today=TODAY)
    assert digits.hints.payment == "4242"
    unnamed_method = PaymentMethod("pay_x", "pur_ada", "sim_ok")
    assert (
        build_button(OneClickSetup((HOME,), (unnamed_method,)), today=TODAY).hints.payment is None
    )


@pytest.mark.parametrize(
    ("name", "part"), [("Ada Lovelace", "Ada"), ("Ada", "A…"), ("王小明", "王…"), ("  ", None)]
)
def test_a_name_is_never_shown_whole(name: str, part: str | None) -> None:  # R13
    assert name_hint(name) == part


@given(st.text(min_size=2).filter(lambda text: len(text.strip()) > 1))
def test_no_hint_is_the_name(name: str) -> None:  # R13
    assert name_hint(name) != name


def test_hints_stay_out_of_logs() -> None:  # R19
    assert "Ada" not in repr(build_button(COMPLETE_SETUP, today=TODAY))
    assert "4242" not in repr(CARD)
    assert "London" not in repr(HOME)
