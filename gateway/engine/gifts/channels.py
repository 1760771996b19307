"""The channels to a recipient. They are opened one after another, and each is used once."""

from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.gift import Channel, ChannelKind, ChannelState, Gift, GiftRules
from gateway.engine.gifts.screening import next_channel


def open_next_channel(gift: Gift, at: datetime, rules: GiftRules) -> Gift:
    """Return ``gift`` with its next untried channel open, and the times of its messages set."""
    channel = next_channel(gift, rules)
    channels = tuple(
        _open_channel(e, gift, at, rules) if e is channel else e for e in gift.channels
    )
    return replace(gift, channels=channels)


def _open_channel(channel: Channel, gift: Gift, at: datetime, rules: GiftRules) -> Channel:
    send_at = max(at, gift.starts_at)
    is_email = channel.kind is ChannelKind.EMAIL
    timeout = rules.email_wait if is_email else rules.phone_wait
    return replace(
        channel,
        state=ChannelState.OPEN,
        send_at=send_at,
        due_at=send_at + timeout,
        remind_at=send_at + timeout // 2 if is_email else None,
    )


def postpone_message(gift: Gift, until: datetime, rules: GiftRules) -> Gift:
    """Return ``gift`` with its next message postponed to ``until`` and its wait extended."""
    channels = (
        _postpone_channel(each, gift, until, rules) if each.state is ChannelState.OPEN else each
        for each in gift.channels
    )
    return replace(gift, channels=tuple(channels))


def _postpone_channel(channel: Channel, gift: Gift, until: datetime, rules: GiftRules) -> Channel:
    if channel.messages == 0:
        return _open_channel(channel, gift, until, rules)
    delay = until - (channel.remind_at or until)
    due_at = None if channel.due_at is None else channel.due_at + delay
    return replace(channel, remind_at=until, due_at=due_at)


def count_message(gift: Gift) -> Gift:
    """Return ``gift`` with one more message counted on its open channel."""
    channels = (
        replace(each, messages=each.messages + 1) if each.state is ChannelState.OPEN else each
        for each in gift.channels
    )
    return replace(gift, channels=tuple(channels))


def close_channels(channels: tuple[Channel, ...], *, bounced: bool = False) -> tuple[Channel, ...]:
    """Return ``channels`` with the open one closed. Bounced messages are not counted."""
    return tuple(
        replace(each, state=ChannelState.SPENT, messages=0 if bounced else each.messages)
        if each.state is ChannelState.OPEN
        else each
        for each in channels
    )


def add_channels(
    channels: tuple[Channel, ...], new_channels: tuple[Channel, ...]
) -> tuple[Channel, ...]:
    """Return ``channels`` with new ones for contacts not yet in it, e-mail before SMS."""
    known_contacts = {each.contact for each in channels}
    all_channels = (
        *channels,
        *(each for each in new_channels if each.contact not in known_contacts),
    )
    return tuple(sorted(all_channels, key=lambda each: each.kind is not ChannelKind.EMAIL))
