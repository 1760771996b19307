"""A message that has to wait takes its reminder and the wait for its answer along."""

from dataclasses import replace
from datetime import timedelta

from gateway.engine.gifts.channels import count_message, postpone_message
from gateway.engine.gifts.gift import ChannelState, GiftRules
from gateway.engine.gifts.transitions import start_gift
from tests.engine.gifts.examples import NOW, RULES, SMS, a_gift, gift_by_email

HOUR = timedelta(hours=1)
OPEN = start_gift(gift_by_email(), RULES).gift


def test_a_first_message_that_waits_is_as_if_its_channel_opened_then() -> None:  # R101
    (channel,) = postpone_message(OPEN, NOW + 5 * HOUR, RULES).channels
    assert (channel.send_at, channel.remind_at, channel.due_at) == (
        NOW + 5 * HOUR,
        NOW + 41 * HOUR,
        NOW + 77 * HOUR,
    )


def test_a_message_waits_by_the_rules_of_now() -> None:
    rules = GiftRules(email_wait=10 * HOUR)
    assert postpone_message(OPEN, NOW, rules).channels[0].due_at == NOW + 10 * HOUR


def test_a_reminder_that_waits_lengthens_the_wait_by_as_much() -> None:  # R101
    sent = count_message(OPEN)
    (channel,) = postpone_message(sent, NOW + 40 * HOUR, RULES).channels
    assert channel == replace(sent.channels[0], remind_at=NOW + 40 * HOUR, due_at=NOW + 76 * HOUR)


def test_where_there_was_no_reminder_nothing_is_lengthened() -> None:
    written = replace(SMS, state=ChannelState.OPEN, messages=1, due_at=NOW + 48 * HOUR)
    endless = replace(written, due_at=None)
    for channel in (written, endless):
        put = postpone_message(a_gift(channels=(channel,)), NOW + HOUR, RULES)
        assert put.channels == (replace(channel, remind_at=NOW + HOUR),)


def test_only_the_open_channel_waits() -> None:
    gift = a_gift(channels=(SMS, replace(SMS, state=ChannelState.SPENT)))
    assert postpone_message(gift, NOW + HOUR, RULES) == gift
