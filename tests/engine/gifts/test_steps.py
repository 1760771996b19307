"""What a gift wakes for, and when."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.engine.gifts.channels import count_message
from gateway.engine.gifts.charges import GiftPaymentState, hold_amount, initial_payment_state
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.steps import (
    CheckConfirmation,
    EraseRecipient,
    FinishDispatch,
    GiftStep,
    RecordTimeout,
    ReleaseStrayHolds,
    ReturnMoney,
    SearchSources,
    SendInvitation,
    SleepUntil,
    VerifyCandidate,
    next_step,
)
from gateway.engine.gifts.transitions import start_gift
from tests.engine.gifts.examples import (
    HOME,
    NOW,
    RULES,
    a_gift,
    gift_by_email,
    stated_candidate,
    usd,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def step(gift: Gift, at: datetime = NOW) -> GiftStep:
    return next_step(gift, at, RULES)


def test_an_opened_channel_is_written_to_then_reminded_then_given_up() -> None:  # R50, R51
    gift = start_gift(gift_by_email(), RULES).gift
    assert step(gift) == SendInvitation(gift.channels[0])
    gift = count_message(gift)
    assert step(gift) == SleepUntil(NOW + 36 * HOUR)
    assert step(gift, NOW + 36 * HOUR) == SendInvitation(gift.channels[0], reminder=True)
    gift = count_message(gift)
    assert step(gift, NOW + 36 * HOUR) == SleepUntil(NOW + 72 * HOUR)
    assert step(gift, NOW + 72 * HOUR) == RecordTimeout(EventType.TIMEOUT)


def test_a_scheduled_message_waits() -> None:
    gift = start_gift(gift_by_email(starts_at=NOW + DAY), RULES).gift
    assert step(gift) == SleepUntil(NOW + DAY)
    assert step(gift, NOW + DAY) == SendInvitation(gift.channels[0])


@pytest.mark.parametrize(
    "status",
    [GiftStatus.AWAITING_RECIPIENT, GiftStatus.SEARCHING, GiftStatus.VERIFYING],
)
def test_the_whole_gift_has_a_deadline(status: GiftStatus) -> None:
    gift = replace(start_gift(gift_by_email(), RULES).gift, status=status)
    assert step(gift, gift.deadline) == RecordTimeout(EventType.GIFT_DEADLINE)


def test_a_gift_that_nobody_is_written_to_sleeps_until_its_deadline() -> None:
    gift = a_gift(status=GiftStatus.AWAITING_RECIPIENT)
    assert step(gift, gift.deadline - HOUR) == SleepUntil(gift.deadline)


def test_an_answer_in_the_givers_turn_is_still_tried_after_the_gifts_deadline() -> None:
    gift = a_gift(
        status=GiftStatus.VERIFYING,
        candidates=(stated_candidate(HOME),),
        giver_due=NOW + 15 * DAY,
        giver_rounds=1,
    )
    assert step(gift, gift.deadline) == VerifyCandidate(stated_candidate(HOME).key)
    assert step(gift, NOW + 15 * DAY) == RecordTimeout(EventType.GIFT_DEADLINE)


def test_the_giver_has_a_deadline() -> None:  # R58
    gift = a_gift(status=GiftStatus.AWAITING_GIVER, giver_due=NOW + DAY)
    assert step(gift) == SleepUntil(NOW + DAY)
    assert step(gift, NOW + DAY) == RecordTimeout(EventType.GIVER_DEADLINE)


def test_searching_asks_the_sources() -> None:
    assert step(a_gift(status=GiftStatus.SEARCHING)) == SearchSources()


@pytest.mark.parametrize("status", [GiftStatus.RESOLVED, GiftStatus.DISPATCHED])
def test_resolved_and_dispatched_rest(status: GiftStatus) -> None:
    assert step(a_gift(status=status), NOW + 100 * DAY) == SleepUntil(None)


def test_a_dispatch_that_was_begun_is_finished() -> None:
    gift = a_gift(status=GiftStatus.RESOLVED)
    assert step(replace(gift, charges=replace(gift.charges, capturing=True))) == FinishDispatch()


@pytest.mark.parametrize("status", ["DECLINED", "CANCELLED", "UNDELIVERABLE"])
@pytest.mark.parametrize("payment", ["HELD", "CAPTURED"])
def test_money_goes_back(status: str, payment: str) -> None:  # R62
    gift = a_gift(status=GiftStatus(status))
    charges = replace(gift.charges, payment=GiftPaymentState(payment))
    assert step(replace(gift, charges=charges)) == ReturnMoney()


@pytest.mark.parametrize("payment", ["RELEASED", "REFUNDED", "MANDATE"])
def test_money_goes_back_once(payment: str) -> None:
    gift = a_gift(status=GiftStatus.CANCELLED)
    charges = replace(gift.charges, payment=GiftPaymentState(payment))
    ended = replace(gift, charges=charges, ended_at=NOW)
    assert step(ended) == SleepUntil(NOW + 30 * DAY)
    assert step(ended, NOW + 30 * DAY) == EraseRecipient()


@pytest.mark.parametrize("status", GiftStatus)
def test_what_nobody_wants_held_is_let_go_in_every_state(status: GiftStatus) -> None:  # R62
    gift = a_gift(status=status)
    by_key = replace(gift.charges, stray_keys=("k",))
    by_id = replace(gift.charges, stray_charges=("chg_1",))
    assert [step(replace(gift, charges=each)) for each in (by_key, by_id)] == [
        ReleaseStrayHolds()
    ] * 2


def test_a_renewed_hold_is_looked_for_until_it_is_confirmed() -> None:  # R62
    gift = a_gift(status=GiftStatus.RESOLVED)
    gift = replace(gift, charges=replace(gift.charges, check_at=NOW + HOUR))
    assert step(gift) == SleepUntil(NOW + HOUR)
    assert step(gift, NOW + HOUR) == CheckConfirmation()


def test_a_delivered_gift_stays_paid() -> None:
    gift = a_gift(status=GiftStatus.DELIVERED)
    charges = replace(gift.charges, payment=GiftPaymentState.CAPTURED)
    assert step(replace(gift, charges=charges, ended_at=NOW)) == SleepUntil(NOW + 30 * DAY)


def test_a_hold_is_taken_where_it_outlives_the_gift() -> None:  # R62
    assert initial_payment_state(6 * DAY, None) is GiftPaymentState.HELD
    assert initial_payment_state(6 * DAY + HOUR, None) is GiftPaymentState.MANDATE
    assert hold_amount(usd(1500), usd(1200)) == usd(1200)
    assert hold_amount(usd(1500), usd(2000)) == usd(1500)
