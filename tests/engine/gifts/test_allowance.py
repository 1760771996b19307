"""The day's messages to one contact (R101)."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.gifts.allowance import DAY, next_message_at, recent_times
from tests.engine.gifts.examples import NOW

pause_lists = st.lists(st.timedeltas(timedelta(), timedelta(hours=30)), max_size=40)


@given(pause_lists, st.integers(1, 8))
def test_no_day_holds_more_than_so_many(pauses: list[timedelta], limit: int) -> None:  # R101
    now = NOW
    sent: list[datetime] = []
    for pause in pauses:
        now += pause
        recent_messages = recent_times(tuple(sent), now)
        at = next_message_at(recent_messages, now, limit)
        if at == now:
            sent.append(now)
        else:
            assert now < at <= now + DAY
            assert next_message_at(recent_messages, at, limit) == at
            assert next_message_at(recent_messages, at - timedelta(microseconds=1), limit) == at
    assert all(count_sent_in_day(sent, end) <= limit for end in sent)


def test_a_message_counts_for_a_day_to_the_microsecond() -> None:  # R101
    last = NOW + timedelta(microseconds=1)
    assert recent_times((last, NOW), NOW + DAY) == (last,)


def count_sent_in_day(sent: list[datetime], end: datetime) -> int:
    return sum(end - DAY < each <= end for each in sent)
