"""The day's messages to one contact (R101)."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.gifts.allowance import DAY, free_at, recent
from tests.engine.gifts.examples import NOW

waits = st.lists(st.timedeltas(timedelta(), timedelta(hours=30)), max_size=40)


@given(waits, st.integers(1, 8))
def test_no_day_holds_more_than_so_many(pauses: list[timedelta], most: int) -> None:  # R101
    now = NOW
    sent: list[datetime] = []
    for pause in pauses:
        now += pause
        kept = recent(tuple(sent), now)
        at = free_at(kept, now, most)
        if at == now:
            sent.append(now)
        else:
            assert now < at <= now + DAY
            assert free_at(kept, at, most) == at
            assert free_at(kept, at - timedelta(microseconds=1), most) == at
    assert all(held(sent, end) <= most for end in sent)


def test_a_message_counts_for_a_day_to_the_microsecond() -> None:  # R101
    last = NOW + timedelta(microseconds=1)
    assert recent((last, NOW), NOW + DAY) == (last,)


def held(sent: list[datetime], end: datetime) -> int:
    return sum(end - DAY < each <= end for each in sent)
