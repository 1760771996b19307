"""Gifts from order to doorstep, by the clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.charges import GiftPaymentState
from gateway.engine.gifts.gift import ChannelKind, PartialAddress
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.user_errors import RequestWarning, WarningCode
from gateway.services.gifts.claims import accept_gift, decline_gift, load_claim
from gateway.services.gifts.giver_actions import GiverInput, cancel_gift, supply_gift_info
from gateway.services.gifts.requests import GiftCaller, RecipientDetails
from gateway.services.gifts.shipments import ShipmentStatus, record_bounce, update_shipment
from gateway.services.ports.sources import SourceRecord
from tests.services.gifts.shop import (
    BY_EMAIL,
    COSTLY_ADDRESS,
    GIVER,
    HOME,
    HOME_TYPED,
    GiftShop,
    usd,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


async def test_an_email_alone_is_asked_answered_and_resolved(shop: GiftShop) -> None:  # R44, R49
    gift = await shop.give()
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    [mail] = shop.sent.mails_to("ada@example.com")
    assert gift.tracking_number in mail.text
    assert gift.tracking_number not in shop.latest_token()
    outcome = await accept_gift(
        shop.latest_token(), HOME, confirm_warnings=False, dependencies=shop.dependencies
    )
    assert outcome.user_errors == ()
    assert outcome.value is not None
    assert outcome.value.status is GiftStatus.VERIFYING
    await shop.run_due_jobs()
    gift = await shop.load_gift(gift.id)
    assert gift.status is GiftStatus.RESOLVED
    assert gift.charges.final == usd(1200)
    assert await shop.list_charges() == [(1200, "HELD")]
    assert await shop.list_event_types(gift.id) == [
        "created",
        "contactable",
        "reply",
        "sufficient",
        "valid",
    ]


async def test_a_full_address_needs_nobody(shop: GiftShop) -> None:  # R43
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    assert gift.status is GiftStatus.RESOLVED
    assert shop.sent.mails == []


async def test_a_message_is_reminded_of_and_then_given_up(shop: GiftShop) -> None:  # R50, R51
    gift = await shop.give()
    first = shop.latest_token()
    await shop.advance_and_run(36 * HOUR)
    assert len(shop.sent.mails_to("ada@example.com")) == 2
    assert await load_claim(first, dependencies=shop.dependencies) is None
    second = shop.latest_token()
    await shop.advance_and_run(36 * HOUR)
    assert (await shop.load_gift(gift.id)).status is GiftStatus.AWAITING_GIVER
    claim = await load_claim(second, dependencies=shop.dependencies)
    assert claim is not None
    assert claim.can_accept
    outcome = await accept_gift(
        second, HOME, confirm_warnings=False, dependencies=shop.dependencies
    )
    assert outcome.user_errors == ()
    await shop.run_due_jobs()
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED


async def test_a_bounce_opens_the_next_channel(shop: GiftShop) -> None:  # R50
    gift = await shop.give(replace(BY_EMAIL, phone="+1 415 555 2671"))
    assert shop.sent.texts == []
    await record_bounce(gift.id, ChannelKind.EMAIL, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert [each.to for each in shop.sent.texts] == ["+14155552671"]
    again = await record_bounce(gift.id, ChannelKind.EMAIL, dependencies=shop.dependencies)
    assert [each.code.value for each in again.user_errors] == ["NOT_MODIFIABLE"]


async def test_a_surprise_writes_to_nobody(shop: GiftShop) -> None:  # R46, R58
    gift = await shop.give(contact_recipient=False)
    assert gift.status is GiftStatus.AWAITING_GIVER
    assert shop.sent.mails_to("ada@example.com") == []
    events = ["created", "searchable", "nothing_found"]
    assert await shop.list_event_types(gift.id) == events
    [mail] = shop.sent.mails_to("pur_1@givers.example.com")
    assert mail.subject == "Your gift needs you"


async def test_sources_are_asked_in_order_and_once(shop: GiftShop) -> None:  # R52
    shop.first.failing = True
    gift = await shop.give(contact_recipient=False)
    assert shop.first.queried_keys == ["email:ada@example.com", "name:Ada Lovelace"]
    assert shop.second.queried_keys == ["email:ada@example.com", "name:Ada Lovelace"]
    assert {(each.source, each.retry_at is not None) for each in gift.asked} == {
        ("first", True),
        ("second", False),
    }
    assert gift.status is GiftStatus.SEARCHING
    shop.first.failing = False
    await shop.advance_and_run(timedelta(seconds=2))
    assert shop.first.queried_keys == ["email:ada@example.com", "name:Ada Lovelace"] * 2
    assert shop.second.queried_keys == ["email:ada@example.com", "name:Ada Lovelace"]
    assert (await shop.load_gift(gift.id)).status is GiftStatus.AWAITING_GIVER
    await shop.advance_and_run(DAY)
    assert shop.first.queried_keys == ["email:ada@example.com", "name:Ada Lovelace"] * 2


def ada_record(shop: GiftShop, **changes: object) -> SourceRecord:
    record = SourceRecord(
        name="Ada Lovelace",
        emails=("ada@example.com",),
        address=HOME,
        as_of=shop.clock.now() - DAY,
        confidence=80,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


async def test_a_found_address_that_counts_resolves(shop: GiftShop) -> None:  # R54
    shop.first.answers["email:ada@example.com"] = ada_record(shop)
    gift = await shop.give(contact_recipient=False)
    assert gift.status is GiftStatus.RESOLVED
    [fact] = gift.facts
    assert (fact.source, fact.confidence, fact.found_at) == ("first", 80, shop.clock.now())


async def test_sources_that_disagree_wait_for_a_confirmation(shop: GiftShop) -> None:  # R57
    shop.first.answers["email:ada@example.com"] = ada_record(shop)
    shop.second.answers["email:ada@example.com"] = ada_record(shop, address=COSTLY_ADDRESS)
    gift = await shop.give(contact_recipient=False)
    assert gift.status is GiftStatus.AWAITING_GIVER
    there = GiverInput(RecipientDetails(postal=PartialAddress(city="mountain view")))
    outcome = await supply_gift_info(gift.id, there, GIVER, dependencies=shop.dependencies)
    assert outcome.user_errors == ()
    await shop.run_due_jobs()
    gift = await shop.load_gift(gift.id)
    assert gift.status is GiftStatus.RESOLVED
    assert gift.address == HOME


async def test_guessing_the_place_ends_after_three_tries(shop: GiftShop) -> None:
    shop.first.answers["email:ada@example.com"] = ada_record(shop, as_of=None)
    gift = await shop.give(contact_recipient=False)
    codes = []
    for town in ("Boston", "Paris", "Rome", "Mountain View"):
        there = GiverInput(RecipientDetails(postal=PartialAddress(city=town)))
        outcome = await supply_gift_info(gift.id, there, GIVER, dependencies=shop.dependencies)
        codes += [each.code.value for each in outcome.user_errors]
        await shop.run_due_jobs()
    assert codes == ["LIMIT_EXCEEDED"]
    assert (await shop.load_gift(gift.id)).status is GiftStatus.AWAITING_GIVER


async def test_a_found_phone_is_written_to(shop: GiftShop) -> None:  # R53
    shop.first.answers["name:Ada Lovelace"] = SourceRecord(
        name="Ada Lovelace", phones=("+14155552671",)
    )
    gift = await shop.give()
    await record_bounce(gift.id, ChannelKind.EMAIL, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert [each.to for each in shop.sent.texts] == ["+14155552671"]


async def test_what_nobody_answers_ends_and_is_told(shop: GiftShop) -> None:  # R58, R59
    gift = await shop.give(expires_at=shop.clock.now() + 4 * DAY)
    assert await shop.list_charges() == [(1500, "HELD")]
    await shop.advance_and_run(72 * HOUR)
    await shop.advance_and_run(7 * DAY)
    gift = await shop.load_gift(gift.id)
    assert gift.status is GiftStatus.UNDELIVERABLE
    assert gift.charges.payment is GiftPaymentState.RELEASED
    assert await shop.list_charges() == [(1500, "RELEASED")]
    subjects = [each.subject for each in shop.sent.mails_to("pur_1@givers.example.com")]
    assert subjects == ["Your gift needs you", "Your gift could not be delivered"]


async def test_dispatch_takes_the_money_and_each_news_is_told_once(
    shop: GiftShop,
) -> None:  # R59, R62
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED):
        outcome = await update_shipment(gift.id, status, dependencies=shop.dependencies)
        assert outcome.user_errors == ()
        again = await update_shipment(gift.id, status, dependencies=shop.dependencies)
        assert [each.code.value for each in again.user_errors] == ["NOT_MODIFIABLE"]
        await shop.run_due_jobs()
    assert await shop.list_charges() == [(1200, "CAPTURED")]
    subjects = [each.subject for each in shop.sent.mails_to("pur_1@givers.example.com")]
    assert subjects == ["Your gift is on its way", "Your gift has arrived"]


async def test_a_return_asks_the_giver_and_charges_nothing_again(shop: GiftShop) -> None:
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    await update_shipment(gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies)
    await update_shipment(gift.id, ShipmentStatus.RETURNED, dependencies=shop.dependencies)
    elsewhere = PartialAddress("US", "NY", "New York", "10001", ("2 Elm Avenue",))
    more = GiverInput(RecipientDetails(name="Ada Lovelace", postal=elsewhere))
    await supply_gift_info(gift.id, more, GIVER, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    outcome = await update_shipment(
        gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
    )
    assert outcome.user_errors == ()
    assert await shop.list_charges() == [(1200, "CAPTURED")]


async def test_a_cancelled_gift_gives_the_money_back(shop: GiftShop) -> None:  # R62, R63
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    assert (
        await cancel_gift(gift.id, GiftCaller("pur_2"), dependencies=shop.dependencies)
    ).user_errors[0].code.value == "NOT_FOUND"
    outcome = await cancel_gift(gift.id, GIVER, dependencies=shop.dependencies)
    assert outcome.user_errors == ()
    await shop.run_due_jobs()
    assert await shop.list_charges() == [(1200, "RELEASED")]
    late = await update_shipment(gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies)
    assert [each.code.value for each in late.user_errors] == ["NOT_MODIFIABLE"]


async def test_a_declined_gift_is_told_without_the_reason(shop: GiftShop) -> None:  # R61
    gift = await shop.give()
    outcome = await decline_gift(shop.latest_token(), "I hate tea", dependencies=shop.dependencies)
    assert outcome.value is not None
    assert outcome.value.status is GiftStatus.DECLINED
    await shop.run_due_jobs()
    gift = await shop.load_gift(gift.id)
    assert gift.charges.payment is GiftPaymentState.RELEASED
    [mail] = shop.sent.mails_to("pur_1@givers.example.com")
    assert "hate" not in mail.text


async def test_a_link_accepts_once_and_declines_until_dispatch(shop: GiftShop) -> None:  # R49
    gift = await shop.give()
    token = shop.latest_token()
    await accept_gift(token, HOME, confirm_warnings=False, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    again = await accept_gift(
        token, COSTLY_ADDRESS, confirm_warnings=False, dependencies=shop.dependencies
    )
    assert [each.code.value for each in again.user_errors] == ["INVALID_TOKEN"]
    claim = await load_claim(token, dependencies=shop.dependencies)
    assert claim is not None
    assert (claim.can_accept, claim.can_decline) == (False, True)
    assert (await shop.load_gift(gift.id)).address == HOME
    await update_shipment(gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies)
    late = await decline_gift(token, None, dependencies=shop.dependencies)
    assert [each.code.value for each in late.user_errors] == ["NOT_MODIFIABLE"]


@pytest.mark.parametrize("token", ["", "x", "A" * 43])
async def test_a_wrong_link_does_nothing(shop: GiftShop, token: str) -> None:  # R49
    gift = await shop.give()
    outcome = await accept_gift(token, HOME, confirm_warnings=False, dependencies=shop.dependencies)
    assert [each.code.value for each in outcome.user_errors] == ["INVALID_TOKEN"]
    assert await load_claim(token, dependencies=shop.dependencies) is None
    assert await shop.list_event_types(gift.id) == ["created", "contactable"]


async def test_an_expired_link_does_nothing(shop: GiftShop) -> None:  # R49
    await shop.give()
    token = shop.latest_token()
    shop.clock.advance(21 * DAY)
    assert await load_claim(token, dependencies=shop.dependencies) is None


async def test_warnings_may_be_confirmed_and_errors_not(shop: GiftShop) -> None:
    await shop.give()
    box = replace(HOME, lines=("PO Box 7",))
    outcome = await accept_gift(
        shop.latest_token(), box, confirm_warnings=False, dependencies=shop.dependencies
    )
    [error] = outcome.user_errors
    assert (error.code.value, error.field) == (
        "ADDRESS_INSUFFICIENT",
        ("input", "address", "lines"),
    )
    doubt = RequestWarning(WarningCode.ADDRESS_DOUBTFUL, "lines", error.message)
    assert outcome.warnings == (doubt,)
    wrong = replace(box, postal_code="1")
    outcome = await accept_gift(
        shop.latest_token(), wrong, confirm_warnings=False, dependencies=shop.dependencies
    )
    refused = {(each.field or ("",))[-1] for each in outcome.user_errors}
    assert refused == {"lines", "postalCode", "region"}
    assert {each.target for each in outcome.warnings} == {"lines", "region"}
    outcome = await accept_gift(
        shop.latest_token(), wrong, confirm_warnings=True, dependencies=shop.dependencies
    )
    assert [each.field for each in outcome.user_errors] == [("input", "address", "postalCode")]
    outcome = await accept_gift(
        "no link", box, confirm_warnings=True, dependencies=shop.dependencies
    )
    assert outcome.warnings == ()
    outcome = await accept_gift(
        shop.latest_token(), box, confirm_warnings=True, dependencies=shop.dependencies
    )
    assert outcome.user_errors == ()
    assert outcome.warnings == (doubt,)


async def test_an_address_without_a_doubt_is_not_warned_of(shop: GiftShop) -> None:
    await shop.give()
    outcome = await accept_gift(
        shop.latest_token(), HOME, confirm_warnings=True, dependencies=shop.dependencies
    )
    assert (outcome.user_errors, outcome.warnings) == ((), ())


async def test_dearer_than_the_cap_asks_for_consent(shop: GiftShop) -> None:
    from decimal import Decimal

    gift = await shop.give(charge_cap=Decimal("13.00"))
    await accept_gift(
        shop.latest_token(), COSTLY_ADDRESS, confirm_warnings=False, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    gift = await shop.load_gift(gift.id)
    assert gift.status is GiftStatus.AWAITING_GIVER
    assert await shop.list_charges() == []
    outcome = await supply_gift_info(
        gift.id, GiverInput(charge_cap=Decimal("15.00")), GIVER, dependencies=shop.dependencies
    )
    assert outcome.user_errors == ()
    await shop.run_due_jobs()
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED
    assert await shop.list_charges() == [(1500, "HELD")]


async def test_a_refused_charge_is_retried_with_another_method(shop: GiftShop) -> None:
    shop.givers.token = "sim_declined"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    assert gift.status is GiftStatus.AWAITING_GIVER
    other_method = GiverInput(payment_method_id="pay_ok")
    assert (
        await supply_gift_info(gift.id, other_method, GIVER, dependencies=shop.dependencies)
    ).user_errors == ()
    await shop.run_due_jobs()
    assert (await shop.load_gift(gift.id)).status is GiftStatus.RESOLVED
    assert await shop.list_charges() == [(1200, "DECLINED"), (1200, "HELD")]


async def test_a_bank_that_wants_a_confirmation_is_waited_for(shop: GiftShop) -> None:
    shop.givers.token = "sim_3ds"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    assert gift.status is GiftStatus.AWAITING_GIVER
    assert gift.charges.action_url is not None
    await shop.advance_and_run(timedelta(seconds=10))
    assert (await shop.load_gift(gift.id)).status is GiftStatus.AWAITING_GIVER
    await shop.side.confirm(gift.charges.action_url)
    await shop.advance_and_run(timedelta(seconds=10))
    gift = await shop.load_gift(gift.id)
    assert gift.status is GiftStatus.RESOLVED
    assert gift.charges.action_url is None
    assert await shop.list_charges() == [(1200, "HELD")]


async def test_a_silent_provider_is_looked_up_and_charges_once(shop: GiftShop) -> None:
    shop.givers.token = "sim_timeout"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    assert gift.status is GiftStatus.RESOLVED
    assert await shop.list_charges() == [(1200, "HELD")]


async def test_a_hold_that_expired_is_renewed_once(shop: GiftShop) -> None:
    shop.givers.token = "sim_hold_expires"
    gift = await shop.give(replace(BY_EMAIL, postal=HOME_TYPED))
    await shop.side.expire_holds()
    outcome = await update_shipment(
        gift.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
    )
    assert outcome.user_errors == ()
    assert outcome.value is not None
    assert outcome.value.charges.payment is GiftPaymentState.CAPTURED


async def test_a_scheduled_gift_waits_with_message_and_dispatch(shop: GiftShop) -> None:
    start = shop.clock.now() + 2 * DAY
    gift = await shop.give(scheduled_for=start)
    assert gift.status is GiftStatus.AWAITING_RECIPIENT
    assert shop.sent.mails == []
    await shop.advance_and_run(2 * DAY)
    assert len(shop.sent.mails) == 1
    resolved = await shop.give(
        replace(BY_EMAIL, postal=HOME_TYPED), scheduled_for=shop.clock.now() + DAY
    )
    early = await update_shipment(
        resolved.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
    )
    assert [each.code.value for each in early.user_errors] == ["NOT_MODIFIABLE"]
    await shop.advance_and_run(DAY)
    in_time = await update_shipment(
        resolved.id, ShipmentStatus.DISPATCHED, dependencies=shop.dependencies
    )
    assert in_time.user_errors == ()
