"""The money of an order: a table of states and events of each charge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.money import Currency, Money
from gateway.engine.orders.payment_states import (
    CAPTURABLE_STATES,
    MOVING_STATES,
    ORDER_PAYMENT_TRANSITIONS,
    OrderPaymentEvent,
    OrderPaymentEventRefused,
    OrderPaymentState,
    event_without_hold,
    next_order_payment_state,
)
from gateway.services.ports.orders import OrderPayment
from tests.engine.state_tables import documented_transitions

DOCUMENTED = documented_transitions("The money of an order")


@pytest.mark.parametrize("state", OrderPaymentState)
@pytest.mark.parametrize("event", OrderPaymentEvent)
def test_every_pair_of_state_and_event(
    state: OrderPaymentState, event: OrderPaymentEvent
) -> None:  # R128
    payment = OrderPayment("chg_1", "ord_1", "ch_1", Money(100, Currency("USD", 2)), state)
    expected = DOCUMENTED[state, event]
    if expected == "—":
        with pytest.raises(OrderPaymentEventRefused, match=f"{event} of a charge that is {state}"):
            payment.apply(event)
    else:
        assert next_order_payment_state(state, event) == expected
        assert payment.apply(event).state == expected


def test_the_table_is_as_it_is_written_down() -> None:
    written = {pair: state for pair, state in DOCUMENTED.items() if state != "—"}
    table = {(str(s), str(e)): str(after) for (s, e), after in ORDER_PAYMENT_TRANSITIONS.items()}
    assert table == written
    assert len(DOCUMENTED) == len(OrderPaymentState) * len(OrderPaymentEvent)


@pytest.mark.parametrize("state", OrderPaymentState)
def test_what_is_told_twice_changes_nothing_the_second_time(state: OrderPaymentState) -> None:
    """R128: but for a start, which is stored once."""
    for event in (event for event in OrderPaymentEvent if not event.endswith("_STARTED")):
        after = ORDER_PAYMENT_TRANSITIONS.get((state, event))
        if after is not None:
            assert ORDER_PAYMENT_TRANSITIONS.get((after, event)) is after, event


@pytest.mark.parametrize("state", OrderPaymentState)
def test_every_charge_can_come_to_its_end(state: OrderPaymentState) -> None:
    """No state is a trap: from each, money is taken, let go or given back in the end."""
    reached, todo = {state}, [state]
    while todo:
        current = todo.pop()
        after = {a for (s, _), a in ORDER_PAYMENT_TRANSITIONS.items() if s is current} - reached
        reached |= after
        todo += after
    ends = {OrderPaymentState.CAPTURED, OrderPaymentState.RELEASED, OrderPaymentState.REFUNDED}
    assert reached & ends
    assert CAPTURABLE_STATES.isdisjoint(MOVING_STATES)


@given(captured=st.integers(0, 10**12), share=st.integers(0, 100))
def test_what_was_captured_and_given_back_tells_how_a_charge_ends(
    captured: int, share: int
) -> None:
    refunded = captured * share // 100
    event = event_without_hold(captured, refunded)
    ended = next_order_payment_state(OrderPaymentState.HELD, event)
    if captured == 0:
        assert ended is OrderPaymentState.RELEASED
    elif refunded == captured:
        assert ended is OrderPaymentState.REFUNDED
    else:
        assert ended is OrderPaymentState.CAPTURED
