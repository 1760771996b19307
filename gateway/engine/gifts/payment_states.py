"""The states of a giver's payment, and the table of what changes them."""

from collections.abc import Mapping
from enum import StrEnum

from gateway.engine.gifts.charges import GiftPaymentState


class PaymentEvent(StrEnum):
    """What happens to a giver's payment.

    HOLD_GRANTED: an amount is held, for the first time or in place of another hold. HOLD_ENDED: the
    hold lasts no longer. CAPTURED: the final total was taken. GIFT_ENDED: the gift goes nowhere.
    MONEY_RETURNED: what was held or taken went back.
    """

    HOLD_GRANTED = "HOLD_GRANTED"
    HOLD_ENDED = "HOLD_ENDED"
    CAPTURED = "CAPTURED"
    GIFT_ENDED = "GIFT_ENDED"
    MONEY_RETURNED = "MONEY_RETURNED"


PAYMENT_TRANSITIONS: Mapping[tuple[GiftPaymentState, PaymentEvent], GiftPaymentState] = {
    (GiftPaymentState.MANDATE, PaymentEvent.HOLD_GRANTED): GiftPaymentState.HELD,
    # It is held and taken at once, or there is nothing to take.
    (GiftPaymentState.MANDATE, PaymentEvent.CAPTURED): GiftPaymentState.CAPTURED,
    (GiftPaymentState.MANDATE, PaymentEvent.GIFT_ENDED): GiftPaymentState.RELEASED,
    (GiftPaymentState.HELD, PaymentEvent.HOLD_GRANTED): GiftPaymentState.HELD,
    (GiftPaymentState.HELD, PaymentEvent.HOLD_ENDED): GiftPaymentState.MANDATE,
    (GiftPaymentState.HELD, PaymentEvent.CAPTURED): GiftPaymentState.CAPTURED,
    (GiftPaymentState.HELD, PaymentEvent.GIFT_ENDED): GiftPaymentState.HELD,
    (GiftPaymentState.HELD, PaymentEvent.MONEY_RETURNED): GiftPaymentState.RELEASED,
    # A gift that came back is sent once more, for the same money.
    (GiftPaymentState.CAPTURED, PaymentEvent.CAPTURED): GiftPaymentState.CAPTURED,
    (GiftPaymentState.CAPTURED, PaymentEvent.GIFT_ENDED): GiftPaymentState.CAPTURED,
    (GiftPaymentState.CAPTURED, PaymentEvent.MONEY_RETURNED): GiftPaymentState.REFUNDED,
}
"""The state after each allowed pair of state and event. All other pairs are refused."""


class PaymentEventRefused(Exception):
    """An event that cannot befall a payment in its state: a mistake of the gateway."""


def next_payment_state(state: GiftPaymentState, event: PaymentEvent) -> GiftPaymentState:
    """The state of a payment in ``state`` after ``event``.

    Raises:
        PaymentEventRefused: the table does not have the pair.

    """
    if (state, event) not in PAYMENT_TRANSITIONS:
        raise PaymentEventRefused(f"{event} of a payment that is {state}")
    return PAYMENT_TRANSITIONS[state, event]
