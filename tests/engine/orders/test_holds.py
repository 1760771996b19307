"""When holds of orders are renewed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.orders.holds import (
    HOLD_RENEWAL_MARGIN,
    MIN_RENEWAL_INTERVAL,
    renewal_due_at,
)

HELD_AT = datetime(2027, 1, 15, 8, tzinfo=UTC)
LIFETIMES = st.timedeltas(timedelta(days=-1), timedelta(days=40))


@given(lifetime=LIFETIMES)
def test_a_hold_is_renewed_in_time_and_not_at_once(lifetime: timedelta) -> None:  # R131
    held_until = HELD_AT + lifetime
    due_at = renewal_due_at(HELD_AT, held_until)
    assert due_at >= HELD_AT + MIN_RENEWAL_INTERVAL
    if lifetime >= 2 * HOLD_RENEWAL_MARGIN:
        assert due_at == held_until - HOLD_RENEWAL_MARGIN
    elif lifetime >= 2 * MIN_RENEWAL_INTERVAL:
        assert due_at - HELD_AT == lifetime - lifetime // 2
    else:
        assert due_at == HELD_AT + MIN_RENEWAL_INTERVAL


def test_holds_of_the_usual_lifetimes() -> None:
    for days, hours in [(4, 18), (7, 0), (1, 0)]:
        held_until = HELD_AT + timedelta(days=days, hours=hours)
        assert renewal_due_at(HELD_AT, held_until) == held_until - timedelta(hours=12)
