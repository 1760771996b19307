"""Asked again at each step of a gift: whether its messages and its facts are still welcome."""

from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.events import ChannelFailed, Searched
from gateway.engine.gifts.redaction import contacts_of
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.transitions import Refused
from gateway.engine.gifts.values import Channel, ChannelState, Gift
from gateway.services.gifts.forgetting import leave_gift
from gateway.services.gifts.guesses import may_learn
from gateway.services.gifts.keeping import announce, happen, put
from gateway.services.gifts.mailboxes import (
    ANYBODY,
    all_blinds,
    is_forgotten,
    kept_blinds,
    open_channels,
)
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import KeptGift
from gateway.services.ports.database import Work

UNDER_WAY = frozenset(
    {
        GiftStatus.AWAITING_RECIPIENT,
        GiftStatus.SEARCHING,
        GiftStatus.VERIFYING,
        GiftStatus.AWAITING_GIVER,
    }
)


async def stood_back(held: KeptGift, now: datetime, *, parts: GiftParts) -> bool:
    """Whether the gift had to leave out somebody who has asked for it meanwhile."""
    gift = held.gift
    if gift.status not in UNDER_WAY:
        return False
    blinds = [blind for each in contacts_of(gift) for blind in all_blinds(each, parts.cipher)]
    async with parts.database.read() as reading:
        forgotten = await reading.gift_contacts.blocked(blinds, ANYBODY)
        waiting = [each for each in gift.channels if each.state is not ChannelState.SPENT]
        welcome = await open_channels(waiting, gift.giver_id, reading=reading, cipher=parts.cipher)
    if forgotten:
        await leave_gift(gift.id, parts=parts)
        return True
    unwelcome = [each for each in waiting if each not in welcome]
    if unwelcome:
        await _close(held, unwelcome, now, parts)
    return bool(unwelcome)


async def _close(held: KeptGift, unwelcome: list[Channel], now: datetime, parts: GiftParts) -> None:
    """Write by none of ``unwelcome`` any more: for the gift it is as if nobody answered there."""
    gift = held.gift
    channels = tuple(
        replace(each, state=ChannelState.SPENT)
        if each in unwelcome and each.state is ChannelState.UNTRIED
        else each
        for each in gift.channels
    )
    closed = KeptGift(replace(gift, channels=channels), held.version)
    open_ = gift.open_channel
    async with parts.database.begin() as work:
        if open_ is not None and open_ in unwelcome:
            event = ChannelFailed(EventType.TIMEOUT, now, open_.kind)
            after = await happen(closed, event, work=work, parts=parts)
            closed = closed if isinstance(after, Refused) else after
        else:
            closed = await put(closed.gift, held.version, now, work=work, parts=parts)
    await announce(closed.gift, parts=parts)


async def welcome_facts(gift: Gift, event: Searched, *, work: Work, parts: GiftParts) -> Searched:
    """``event`` without records of people who were forgotten, and channels nobody wants.

    Asked in the transaction that keeps them: who was forgotten meanwhile does not come back.
    Nothing is left of it where the giver has described the recipient in too many ways.
    """
    cipher = parts.cipher
    if not await may_learn(gift, event.candidates, work=work, parts=parts):
        nothing = EventType.NOTHING_FOUND
        return replace(event, type=nothing, facts=(), candidates=(), channels=())
    unwanted = {
        each.source
        for each in event.facts
        if isinstance(each.value, str)
        and await is_forgotten(each.value, reading=work, cipher=cipher)
    }
    facts = tuple(each for each in event.facts if each.source not in unwanted)
    candidates = tuple(
        each for each in event.candidates if not unwanted & {fact.source for fact in each.facts}
    )
    found = {each.value for each in facts}
    channels = [each for each in event.channels if each.contact in found]
    open_ = await open_channels(channels, gift.giver_id, reading=work, cipher=cipher)
    contacts = [each.contact for each in open_]
    await work.gift_contacts.add(gift.id, kept_blinds(contacts, cipher))
    type_ = EventType.NEW_FACTS if facts else EventType.NOTHING_FOUND
    return replace(event, type=type_, facts=facts, candidates=candidates, channels=open_)
