"""Checks at each step of a gift whether its contacts were blocked or erased meanwhile."""

from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.events import ChannelFailed, SourcesSearched
from gateway.engine.gifts.gift import Channel, ChannelState, Gift
from gateway.engine.gifts.redaction import all_contacts
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.transitions import TransitionRefused
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.erasure import erase_from_gift
from gateway.services.gifts.gift_records import VersionedGift
from gateway.services.gifts.gift_store import announce_change, save_event, save_gift
from gateway.services.gifts.guesses import allow_descriptions
from gateway.services.gifts.mailboxes import (
    filter_allowed_channels,
    is_any_erased,
    is_erased,
    stored_contact_indexes,
)
from gateway.services.ports.database import UnitOfWork

ACTIVE_STATUSES = frozenset(
    {
        GiftStatus.AWAITING_RECIPIENT,
        GiftStatus.SEARCHING,
        GiftStatus.VERIFYING,
        GiftStatus.AWAITING_GIVER,
    }
)


async def drop_unwelcome_contacts(
    versioned_gift: VersionedGift, now: datetime, *, dependencies: GiftDependencies
) -> bool:
    """Drop contacts that were blocked or erased meanwhile; returns whether there were any."""
    gift = versioned_gift.gift
    if gift.status not in ACTIVE_STATUSES:
        return False
    async with dependencies.database.read() as reading:
        has_erased_contact = await is_any_erased(
            all_contacts(gift), reading=reading, cipher=dependencies.cipher
        )
        unspent_channels = [each for each in gift.channels if each.state is not ChannelState.SPENT]
        allowed_channels = await filter_allowed_channels(
            unspent_channels, gift.giver_id, reading=reading, cipher=dependencies.cipher
        )
    if has_erased_contact:
        await erase_from_gift(gift.id, dependencies=dependencies)
        return True
    blocked_channels = [each for each in unspent_channels if each not in allowed_channels]
    if blocked_channels:
        await _close_blocked_channels(versioned_gift, blocked_channels, now, dependencies)
    return bool(blocked_channels)


async def _close_blocked_channels(
    versioned_gift: VersionedGift,
    blocked_channels: list[Channel],
    now: datetime,
    dependencies: GiftDependencies,
) -> None:
    """Close ``blocked_channels``, so that no more messages are sent by them.

    The gift continues as if nobody had answered there.
    """
    gift = versioned_gift.gift
    channels = tuple(
        replace(each, state=ChannelState.SPENT)
        if each in blocked_channels and each.state is ChannelState.UNTRIED
        else each
        for each in gift.channels
    )
    updated_gift = VersionedGift(replace(gift, channels=channels), versioned_gift.version)
    open_channel = gift.open_channel
    async with dependencies.database.begin() as work:
        if open_channel is not None and open_channel in blocked_channels:
            event = ChannelFailed(EventType.TIMEOUT, now, open_channel.kind)
            result = await save_event(updated_gift, event, work=work, dependencies=dependencies)
            updated_gift = updated_gift if isinstance(result, TransitionRefused) else result
        else:
            updated_gift = await save_gift(
                updated_gift.gift, versioned_gift.version, now, work=work, dependencies=dependencies
            )
    await announce_change(updated_gift.gift, dependencies=dependencies)


async def drop_unwelcome_facts(
    gift: Gift, event: SourcesSearched, *, work: UnitOfWork, dependencies: GiftDependencies
) -> SourcesSearched:
    """``event`` without records of erased people and without blocked channels.

    Call it in the transaction that saves ``event``, so that nobody erased meanwhile is added again.
    No record is left if the giver has described the recipient in too many ways.
    """
    cipher = dependencies.cipher
    if not await allow_descriptions(gift, event.candidates, work=work, dependencies=dependencies):
        nothing_found = EventType.NOTHING_FOUND
        return replace(event, type=nothing_found, facts=(), candidates=(), channels=())
    unwanted_sources = {
        each.source
        for each in event.facts
        if isinstance(each.value, str) and await is_erased(each.value, reading=work, cipher=cipher)
    }
    facts = tuple(each for each in event.facts if each.source not in unwanted_sources)
    candidates = tuple(
        each
        for each in event.candidates
        if not unwanted_sources & {fact.source for fact in each.facts}
    )
    found_contacts = {each.value for each in facts}
    channels = [each for each in event.channels if each.contact in found_contacts]
    allowed_channels = await filter_allowed_channels(
        channels, gift.giver_id, reading=work, cipher=cipher
    )
    contacts = [each.contact for each in allowed_channels]
    await work.gift_contacts.add(gift.id, stored_contact_indexes(contacts, cipher))
    event_type = EventType.NEW_FACTS if facts else EventType.NOTHING_FOUND
    return replace(
        event, type=event_type, facts=facts, candidates=candidates, channels=allowed_channels
    )
