"""The channels to a recipient: opened one after another, each spent once."""

from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.screening import untried_channel
from gateway.engine.gifts.values import Channel, ChannelKind, ChannelState, Gift, GiftRules


def with_open_channel(gift: Gift, at: datetime, rules: GiftRules) -> Gift:
    """``gift`` with its next untried channel open."""
    channel = untried_channel(gift, rules)
    opened = tuple(_opened(e, gift, at, rules) if e is channel else e for e in gift.channels)
    return replace(gift, channels=opened)


def _opened(channel: Channel, gift: Gift, at: datetime, rules: GiftRules) -> Channel:
    send_at = max(at, gift.starts_at)
    by_mail = channel.kind is ChannelKind.EMAIL
    wait = rules.email_wait if by_mail else rules.phone_wait
    return replace(
        channel,
        state=ChannelState.OPEN,
        send_at=send_at,
        due_at=send_at + wait,
        remind_at=send_at + wait // 2 if by_mail else None,
    )


def put_off(gift: Gift, until: datetime, rules: GiftRules) -> Gift:
    """``gift`` whose next message waits ``until`` then, and the answer to it so much longer."""
    changed = (
        _put_off(each, gift, until, rules) if each.state is ChannelState.OPEN else each
        for each in gift.channels
    )
    return replace(gift, channels=tuple(changed))


def _put_off(channel: Channel, gift: Gift, until: datetime, rules: GiftRules) -> Channel:
    if channel.messages == 0:
        return _opened(channel, gift, until, rules)
    longer = until - (channel.remind_at or until)
    due_at = None if channel.due_at is None else channel.due_at + longer
    return replace(channel, remind_at=until, due_at=due_at)


def message_sent(gift: Gift) -> Gift:
    """``gift`` after one more message by its open channel."""
    written = (
        replace(each, messages=each.messages + 1) if each.state is ChannelState.OPEN else each
        for each in gift.channels
    )
    return replace(gift, channels=tuple(written))


def spent(channels: tuple[Channel, ...], *, bounced: bool = False) -> tuple[Channel, ...]:
    """``channels``, the open one closed; messages that came back are not counted."""
    return tuple(
        replace(each, state=ChannelState.SPENT, messages=0 if bounced else each.messages)
        if each.state is ChannelState.OPEN
        else each
        for each in channels
    )


def with_channels(known: tuple[Channel, ...], new: tuple[Channel, ...]) -> tuple[Channel, ...]:
    """``known`` and those of ``new`` to other contacts, e-mail before telephone."""
    contacts = {each.contact for each in known}
    added = (*known, *(each for each in new if each.contact not in contacts))
    return tuple(sorted(added, key=lambda each: each.kind is not ChannelKind.EMAIL))
