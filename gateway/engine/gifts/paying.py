"""The charges of a gift after an event: held, stopped, or to be returned."""

from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.charges import (
    CHECK_INTERVAL,
    Charges,
    GiftPaymentState,
    with_hold,
    without_pending_hold,
)
from gateway.engine.gifts.events import AddressValidated, ChargeStopped
from gateway.engine.gifts.gift import Gift


def with_validation(gift: Gift, event: AddressValidated) -> Gift:
    """Return ``gift`` with the destination, the final total and the hold of ``event``."""
    charges = _update_hold(gift.charges, event)
    charges = replace(
        charges, final=event.final, needed=None, payment=_payment_state_once_valid(gift)
    )
    return replace(gift, charges=charges, destination=event.key)


def _update_hold(charges: Charges, event: AddressValidated) -> Charges:
    """Return ``charges`` with the hold of ``event``, or without a pending hold if it has none."""
    if event.charge_id is None or event.held_amount is None:
        return without_pending_hold(charges)
    return with_hold(charges, event.charge_id, event.held_amount)


def _payment_state_once_valid(gift: Gift) -> GiftPaymentState:
    """HELD; CAPTURED if the money was captured before a return, since it is charged once."""
    is_captured = gift.charges.payment is GiftPaymentState.CAPTURED
    return GiftPaymentState.CAPTURED if is_captured else GiftPaymentState.HELD


def with_stopped_charge(gift: Gift, event: ChargeStopped) -> Gift:
    """Return ``gift`` waiting for the giver to accept or to confirm a charge."""
    charges = replace(
        gift.charges,
        needed=event.needed,
        high=max(gift.charges.high, event.needed, key=lambda each: each.minor),
    )
    if event.action_url is None or charges.pending_hold is None:
        return replace(gift, charges=without_pending_hold(charges))
    # The same hold is checked until it is confirmed or expires.
    charges = replace(
        charges,
        pending_hold=replace(charges.pending_hold, shown=True),
        action_url=event.action_url,
        check_at=event.at + CHECK_INTERVAL,
    )
    return replace(gift, charges=charges)


def mark_money_returned(gift: Gift) -> Gift:
    """Return ``gift`` with its payment refunded (if it was captured) or released."""
    was_captured = gift.charges.payment is GiftPaymentState.CAPTURED
    payment = GiftPaymentState.REFUNDED if was_captured else GiftPaymentState.RELEASED
    return replace(gift, charges=replace(gift.charges, payment=payment))


def end_payment(gift: Gift, at: datetime) -> Gift:
    """Return ``gift`` with its charges ended at ``at``.

    A mandate ends by itself. Money that is held or captured is given back by a later step.
    """
    if gift.charges.payment is GiftPaymentState.MANDATE:
        charges = replace(gift.charges, payment=GiftPaymentState.RELEASED)
        gift = replace(gift, charges=charges)
    return replace(gift, charges=without_pending_hold(gift.charges), ended_at=at)
