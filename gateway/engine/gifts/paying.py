"""The charges of a gift after an event: held, stopped, or to be returned."""

from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.charges import (
    CHECK_INTERVAL,
    RENEWAL_MARGIN,
    Charges,
    GiftPaymentState,
    PendingHold,
    with_hold,
    with_pending_hold,
    without_hold,
    without_pending_hold,
)
from gateway.engine.gifts.events import AddressValidated, ChargeStopped
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.payment_states import PaymentEvent, next_payment_state
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.money import Money


def with_payment_event(charges: Charges, event: PaymentEvent) -> Charges:
    """Return ``charges`` with the state of the payment after ``event``.

    Raises:
        PaymentEventRefused: the event cannot befall the payment in its state.

    """
    return replace(charges, payment=next_payment_state(charges.payment, event))


def with_granted_hold(
    charges: Charges, charge_id: str, held_amount: Money, held_until: datetime | None
) -> Charges:
    """Return ``charges`` with ``held_amount`` held as ``charge_id``."""
    held_charges = with_hold(charges, charge_id, held_amount, held_until)
    return with_payment_event(held_charges, PaymentEvent.HOLD_GRANTED)


def with_validation(gift: Gift, event: AddressValidated) -> Gift:
    """Return ``gift`` with the destination, the final total and the hold of ``event``."""
    charges = replace(_update_hold(gift.charges, event), final=event.final, needed=None)
    return replace(gift, charges=charges, destination=event.key)


def _update_hold(charges: Charges, event: AddressValidated) -> Charges:
    """Return ``charges`` with the hold of ``event``, or without a pending hold if it has none."""
    if event.charge_id is None or event.held_amount is None:
        return without_pending_hold(charges)
    held_charges = with_granted_hold(charges, event.charge_id, event.held_amount, event.held_until)
    return replace(held_charges, renewals=0)


def with_stopped_charge(gift: Gift, event: ChargeStopped) -> Gift:
    """Return ``gift`` waiting for the giver to accept or to confirm a charge."""
    charges = replace(
        gift.charges,
        needed=event.needed,
        high=max(gift.charges.high, event.needed, key=lambda each: each.minor),
    )
    if event.action_url is None or charges.pending_hold is None:
        return replace(gift, charges=without_pending_hold(charges))
    return replace(gift, charges=with_requested_action(charges, event.action_url, event.at))


def with_requested_action(charges: Charges, action_url: str, at: datetime) -> Charges:
    """Return ``charges`` whose pending hold the giver is asked at ``at`` to confirm.

    The same hold is checked until it is confirmed or expires.
    """
    pending_hold = charges.pending_hold
    return replace(
        charges,
        pending_hold=pending_hold and replace(pending_hold, shown=True),
        action_url=action_url,
        check_at=at + CHECK_INTERVAL,
    )


# -- holds that end


def find_hold_due_at(gift: Gift) -> datetime | None:
    """When the hold of ``gift`` is to be renewed, or has ended; None if it does not end."""
    charges = gift.charges
    if charges.held_until is None or charges.payment is not GiftPaymentState.HELD:
        return None
    if gift.settled or charges.capturing:
        return None
    return charges.held_until - RENEWAL_MARGIN if needs_renewal(gift) else charges.held_until


def needs_renewal(gift: Gift) -> bool:
    """Whether the hold of ``gift`` is renewed before its end: once, where it waits for dispatch.

    A renewal that was requested and not answered is still needed.
    """
    charges = gift.charges
    if gift.status is not GiftStatus.RESOLVED or charges.payment is not GiftPaymentState.HELD:
        return False
    return charges.renewals == 0 if charges.pending_hold is None else charges.action_url is None


def start_renewal(gift: Gift) -> Gift:
    """Return ``gift`` with a pending hold that is to take the place of the one that ends."""
    charges = gift.charges
    amount = charges.final or charges.held or charges.cap
    key = f"{gift.id}.prolonged.{gift.sequence}.{charges.renewals + 1}"
    charges = with_pending_hold(charges, PendingHold(key, charges.payment_method_id, amount))
    return replace(gift, charges=replace(charges, renewals=charges.renewals + 1))


def end_hold(gift: Gift) -> Gift:
    """Return ``gift`` with a mandate in place of the hold, which has ended."""
    charges = with_payment_event(without_hold(gift.charges), PaymentEvent.HOLD_ENDED)
    return replace(gift, charges=charges)


# -- the end of a gift


def mark_money_returned(gift: Gift) -> Gift:
    """Return ``gift`` with its payment refunded (if it was captured) or released."""
    return replace(gift, charges=with_payment_event(gift.charges, PaymentEvent.MONEY_RETURNED))


def end_payment(gift: Gift, at: datetime) -> Gift:
    """Return ``gift`` with its charges ended at ``at``.

    A mandate ends by itself. Money that is held or captured is given back by a later step.
    """
    charges = with_payment_event(gift.charges, PaymentEvent.GIFT_ENDED)
    return replace(gift, charges=without_pending_hold(charges), ended_at=at)
