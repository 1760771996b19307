"""The states of a charge of an order, and the table of what changes them."""

from collections.abc import Mapping
from enum import StrEnum


class OrderPaymentState(StrEnum):
    """What has become of a charge; those ending in -ING are on their way at the provider.

    HELD until the whole is captured, or the rest is let go. CAPTURED and RELEASED: nothing is held
    any more, and something or nothing was captured. REFUNDED: all that was captured is given back.
    LAPSED: the hold ended, and there is no other yet.
    """

    HELD = "HELD"
    CAPTURING = "CAPTURING"
    CAPTURED = "CAPTURED"
    RELEASING = "RELEASING"
    RELEASED = "RELEASED"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"
    LAPSED = "LAPSED"


CAPTURABLE_STATES = frozenset({OrderPaymentState.HELD, OrderPaymentState.LAPSED})
"""States in which an amount can be captured, if need be of a hold that is made anew."""
MOVING_STATES = frozenset(
    {OrderPaymentState.CAPTURING, OrderPaymentState.RELEASING, OrderPaymentState.REFUNDING}
)
"""States in which the provider is told of a change of the whole charge."""


class OrderPaymentEvent(StrEnum):
    """What happens to a charge of an order.

    CAPTURE_STARTED: all that is held is to be captured. RELEASE_STARTED, REFUND_STARTED: its order
    is cancelled, and what is held is to be let go, or what was captured to be given back.
    HOLD_GRANTED: an amount is held anew in place of another hold. HOLD_ENDED: the hold lasts no
    longer, or was not there to be captured. CAPTURED, RELEASED, REFUNDED: nothing is held any more,
    and of what was captured there is some left, there was none, or all was given back.
    REFUND_FAILED: what was to be given back, or seemed to be, was not.
    """

    CAPTURE_STARTED = "CAPTURE_STARTED"
    RELEASE_STARTED = "RELEASE_STARTED"
    REFUND_STARTED = "REFUND_STARTED"
    HOLD_GRANTED = "HOLD_GRANTED"
    HOLD_ENDED = "HOLD_ENDED"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"
    REFUNDED = "REFUNDED"
    REFUND_FAILED = "REFUND_FAILED"


_State, _Event = OrderPaymentState, OrderPaymentEvent

ORDER_PAYMENT_TRANSITIONS: Mapping[
    tuple[OrderPaymentState, OrderPaymentEvent], OrderPaymentState
] = {
    (_State.HELD, _Event.CAPTURE_STARTED): _State.CAPTURING,
    (_State.HELD, _Event.RELEASE_STARTED): _State.RELEASING,
    (_State.HELD, _Event.HOLD_GRANTED): _State.HELD,
    (_State.HELD, _Event.HOLD_ENDED): _State.LAPSED,
    (_State.HELD, _Event.CAPTURED): _State.CAPTURED,
    (_State.HELD, _Event.RELEASED): _State.RELEASED,
    # Part of it was captured and given back before.
    (_State.HELD, _Event.REFUNDED): _State.REFUNDED,
    (_State.HELD, _Event.REFUND_FAILED): _State.HELD,
    (_State.LAPSED, _Event.CAPTURE_STARTED): _State.CAPTURING,
    (_State.LAPSED, _Event.RELEASE_STARTED): _State.RELEASING,
    (_State.LAPSED, _Event.REFUND_STARTED): _State.REFUNDING,
    (_State.LAPSED, _Event.HOLD_GRANTED): _State.HELD,
    (_State.LAPSED, _Event.HOLD_ENDED): _State.LAPSED,
    (_State.LAPSED, _Event.CAPTURED): _State.CAPTURED,
    (_State.LAPSED, _Event.RELEASED): _State.RELEASED,
    (_State.LAPSED, _Event.REFUNDED): _State.REFUNDED,
    (_State.LAPSED, _Event.REFUND_FAILED): _State.LAPSED,
    (_State.CAPTURING, _Event.HOLD_GRANTED): _State.HELD,
    (_State.CAPTURING, _Event.HOLD_ENDED): _State.LAPSED,
    (_State.CAPTURING, _Event.CAPTURED): _State.CAPTURED,
    (_State.CAPTURED, _Event.REFUND_STARTED): _State.REFUNDING,
    (_State.CAPTURED, _Event.CAPTURED): _State.CAPTURED,
    (_State.CAPTURED, _Event.REFUNDED): _State.REFUNDED,
    (_State.CAPTURED, _Event.REFUND_FAILED): _State.CAPTURED,
    # It was captured at the provider meanwhile.
    (_State.RELEASING, _Event.REFUND_STARTED): _State.REFUNDING,
    # A capture that the provider tells of late comes after what was done meanwhile.
    (_State.RELEASING, _Event.HOLD_GRANTED): _State.HELD,
    (_State.RELEASING, _Event.RELEASED): _State.RELEASED,
    (_State.RELEASED, _Event.HOLD_GRANTED): _State.HELD,
    (_State.RELEASED, _Event.CAPTURED): _State.CAPTURED,
    (_State.RELEASED, _Event.RELEASED): _State.RELEASED,
    (_State.RELEASED, _Event.REFUNDED): _State.REFUNDED,
    (_State.RELEASED, _Event.REFUND_FAILED): _State.RELEASED,
    (_State.REFUNDING, _Event.REFUNDED): _State.REFUNDED,
    (_State.REFUNDING, _Event.REFUND_FAILED): _State.CAPTURED,
    (_State.REFUNDED, _Event.CAPTURED): _State.CAPTURED,
    (_State.REFUNDED, _Event.REFUNDED): _State.REFUNDED,
    (_State.REFUNDED, _Event.REFUND_FAILED): _State.CAPTURED,
}
"""The state after each allowed pair of state and event. All other pairs are refused."""


class OrderPaymentEventRefused(Exception):
    """An event that cannot befall a charge in its state: a mistake of the gateway."""


def next_order_payment_state(
    state: OrderPaymentState, event: OrderPaymentEvent
) -> OrderPaymentState:
    """The state of a charge in ``state`` after ``event``.

    Raises:
        OrderPaymentEventRefused: the table does not have the pair.

    """
    if (state, event) not in ORDER_PAYMENT_TRANSITIONS:
        raise OrderPaymentEventRefused(f"{event} of a charge that is {state}")
    return ORDER_PAYMENT_TRANSITIONS[state, event]


def event_without_hold(captured: int, refunded: int) -> OrderPaymentEvent:
    """What it is to a charge that nothing is held of it any more; both in minor units."""
    if captured == 0:
        return OrderPaymentEvent.RELEASED
    is_returned = refunded == captured
    return OrderPaymentEvent.REFUNDED if is_returned else OrderPaymentEvent.CAPTURED
