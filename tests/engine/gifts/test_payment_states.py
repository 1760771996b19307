"""The money of a gift: a table of states and events, and holds that end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.gifts.charges import RENEWAL_MARGIN, Charges, GiftPaymentState, PendingHold
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.paying import (
    end_hold,
    end_payment,
    find_hold_due_at,
    mark_money_returned,
    needs_renewal,
    start_renewal,
    with_granted_hold,
    with_payment_event,
)
from gateway.engine.gifts.payment_states import (
    PAYMENT_TRANSITIONS,
    PaymentEvent,
    PaymentEventRefused,
    next_payment_state,
)
from gateway.engine.gifts.statuses import TERMINAL_STATUSES, GiftStatus
from gateway.engine.gifts.steps import EndHold, FinishDispatch, RenewHold, SleepUntil, next_step
from tests.engine.gifts.examples import NOW, RULES, a_gift, found_candidate, usd
from tests.engine.state_tables import documented_transitions

HELD, MANDATE = GiftPaymentState.HELD, GiftPaymentState.MANDATE
DOCUMENTED = documented_transitions("The money of a gift")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
END = NOW + 5 * DAY


@pytest.mark.parametrize("state", GiftPaymentState)
@pytest.mark.parametrize("event", PaymentEvent)
def test_every_pair_of_state_and_event(
    state: GiftPaymentState, event: PaymentEvent
) -> None:  # R128, R131
    expected = DOCUMENTED[state, event]
    if expected == "—":
        with pytest.raises(PaymentEventRefused, match=f"{event} of a payment that is {state}"):
            next_payment_state(state, event)
    else:
        assert next_payment_state(state, event) == expected


def test_the_table_is_as_it_is_written_down() -> None:
    written = {pair: state for pair, state in DOCUMENTED.items() if state != "—"}
    assert {(str(s), str(e)): str(a) for (s, e), a in PAYMENT_TRANSITIONS.items()} == written
    assert len(DOCUMENTED) == len(GiftPaymentState) * len(PaymentEvent)


def charges_in(state: GiftPaymentState) -> Charges:
    charge_id = None if state is MANDATE else "chg_1"
    return replace(a_gift().charges, payment=state, charge_id=charge_id)


@pytest.mark.parametrize("state", GiftPaymentState)
@pytest.mark.parametrize("event", PaymentEvent)
def test_what_happens_to_a_gift_goes_by_the_table(
    state: GiftPaymentState, event: PaymentEvent
) -> None:
    gift = a_gift(charges=charges_in(state))
    changes = {
        PaymentEvent.HOLD_GRANTED: lambda: with_granted_hold(gift.charges, "chg_2", usd(1), END),
        PaymentEvent.HOLD_ENDED: lambda: end_hold(gift).charges,
        PaymentEvent.CAPTURED: lambda: with_payment_event(gift.charges, PaymentEvent.CAPTURED),
        PaymentEvent.GIFT_ENDED: lambda: end_payment(gift, NOW).charges,
        PaymentEvent.MONEY_RETURNED: lambda: mark_money_returned(gift).charges,
    }
    if (state, event) in PAYMENT_TRANSITIONS:
        assert changes[event]().payment is PAYMENT_TRANSITIONS[state, event]
    else:
        with pytest.raises(PaymentEventRefused):
            changes[event]()


# -- holds that end


def gift_with_hold(status: GiftStatus = GiftStatus.RESOLVED, **changes: object) -> Gift:
    """A gift whose hold ends at END."""
    charges = Charges(usd(1000), usd(1500), usd(1500), HELD, "pay_1", "chg_1", usd(1500))
    charges = replace(charges, final=usd(1200), held_until=END)
    candidate = found_candidate()
    return a_gift(
        status=status,
        charges=replace(charges, **changes),  # type: ignore[arg-type]
        candidates=(candidate,),
        destination=candidate.key,
        parcel_id="shm_1",
    )


PENDING = PendingHold("k1", "pay_1", usd(1200))


def test_a_hold_is_renewed_in_time_and_once() -> None:  # R131
    gift = gift_with_hold()
    due_at = END - RENEWAL_MARGIN
    assert next_step(gift, due_at - SECOND, RULES) == SleepUntil(due_at)
    assert next_step(gift, due_at, RULES) == RenewHold()
    asked = start_renewal(gift)
    assert asked.charges.pending_hold == PendingHold("gft_1.prolonged.0.1", "pay_1", usd(1200))
    assert next_step(asked, due_at, RULES) == RenewHold()
    held_charges = with_granted_hold(asked.charges, "chg_2", usd(1200), END + 5 * DAY)
    renewed = replace(asked, charges=replace(held_charges, stray_charges=()))
    assert held_charges.stray_charges == ("chg_1",)
    assert next_step(renewed, END, RULES) == SleepUntil(END + 5 * DAY)
    assert next_step(renewed, END + 5 * DAY, RULES) == EndHold()


@pytest.mark.parametrize(
    ("changes", "due_at", "renews"),
    [
        ({}, END - RENEWAL_MARGIN, True),
        ({"renewals": 1}, END, False),
        ({"renewals": 1, "pending_hold": PENDING}, END - RENEWAL_MARGIN, True),
        ({"pending_hold": PENDING, "action_url": "https://bank"}, END, False),
        ({"held_until": None}, None, True),
        ({"payment": MANDATE}, None, False),
        ({"payment": GiftPaymentState.CAPTURED}, None, False),
        ({"capturing": True}, None, True),
    ],
)
def test_what_is_due_for_a_hold(
    changes: dict[str, object], due_at: object, *, renews: bool
) -> None:
    gift = gift_with_hold(GiftStatus.RESOLVED, **changes)
    assert (find_hold_due_at(gift), needs_renewal(gift)) == (due_at, renews)


@pytest.mark.parametrize("status", GiftStatus)
def test_only_a_gift_that_waits_for_dispatch_renews(status: GiftStatus) -> None:
    gift = gift_with_hold(status)
    assert needs_renewal(gift) == (status is GiftStatus.RESOLVED)
    if status in TERMINAL_STATUSES:
        assert find_hold_due_at(gift) is None
    elif status is not GiftStatus.RESOLVED:
        assert next_step(gift, END, RULES) == EndHold()


def test_a_dispatch_under_way_is_finished_first() -> None:
    assert next_step(gift_with_hold(capturing=True), END, RULES) == FinishDispatch()


def test_a_hold_that_ended_is_a_mandate_that_holds_nothing() -> None:  # R131
    ended = end_hold(gift_with_hold()).charges
    assert (ended.payment, ended.charge_id, ended.held, ended.held_until) == (
        MANDATE,
        None,
        None,
        None,
    )
    assert (ended.stray_charges, ended.final) == (("chg_1",), usd(1200))
