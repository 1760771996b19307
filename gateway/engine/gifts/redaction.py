"""A gift once somebody has been forgotten: without one of its contacts, or without the person."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace

from gateway.engine.gifts.values import (
    Candidate,
    Channel,
    ChannelState,
    Fact,
    Gift,
    Note,
    Recipient,
    Speaker,
)
from gateway.engine.places import PostalAddress
from gateway.engine.sufficiency import Level


def contacts_of(gift: Gift) -> frozenset[str]:
    """Every e-mail address and number that ``gift`` holds, given or found."""
    found = (each.value for each in gift.facts if isinstance(each.value, str))
    given = (gift.recipient.email, gift.recipient.phone)
    channels = (each.contact for each in gift.channels)
    return frozenset(each for each in (*given, *channels, *found) if each)


def erased(gift: Gift) -> Gift:
    """``gift`` with nothing in it of its recipient, or of what was written to them."""
    return replace(
        gift,
        item=replace(gift.item, wrap=None),
        recipient=Recipient(),
        note=Note(),
        channels=(),
        facts=(),
        candidates=(),
        asked=(),
        destination=None,
        decline_reason=None,
        tracking_url=None,
    )


def without_contacts(gift: Gift, gone: AbstractSet[str], links: AbstractSet[str]) -> Gift:
    """``gift`` without the contacts ``gone``, what was found by them and what they answered.

    ``links`` are what candidates call answers by these contacts (`said_through`).
    """
    facts = _facts_left(gift.facts, gone)
    candidates = without_phones(_candidates_left(gift.candidates, facts, links), gone)
    recipient = gift.recipient
    return replace(
        gift,
        recipient=replace(
            recipient,
            email=None if recipient.email in gone else recipient.email,
            phone=None if recipient.phone in gone else recipient.phone,
        ),
        channels=tuple(_closed(each) if each.contact in gone else each for each in gift.channels),
        facts=facts,
        candidates=candidates,
        asked=tuple(each for each in gift.asked if each.key.partition(":")[2] not in gone),
        destination=_destination_left(gift, candidates),
    )


def without_phones(
    candidates: Iterable[Candidate], gone: AbstractSet[str]
) -> tuple[Candidate, ...]:
    """``candidates`` whose addresses name none of the numbers ``gone``."""
    return tuple(
        replace(each, address=replace(each.address, phone=None))
        if each.address.phone in gone
        else each
        for each in candidates
    )


def _closed(channel: Channel) -> Channel:
    """Its place is kept: messages by the others are counted by theirs. Waiting ends as it does."""
    spent = channel.state is not ChannelState.OPEN
    return replace(channel, contact="", state=ChannelState.SPENT if spent else channel.state)


def with_nothing_to_verify(gift: Gift) -> Gift:
    """``gift`` with a proposal that is nowhere, to be rejected in place of one that is gone."""
    nowhere = Candidate("", PostalAddress("", "", None, None, None, ()), Level.ERROR)
    return replace(gift, candidates=(nowhere, *gift.candidates))


def _facts_left(facts: tuple[Fact, ...], gone: AbstractSet[str]) -> tuple[Fact, ...]:
    """``facts`` without those that hold one of ``gone``, or came with one that does."""
    told = {
        (each.source, each.found_at)
        for each in facts
        if each.value in gone or gone & {*each.matched}
    }
    return tuple(each for each in facts if (each.source, each.found_at) not in told)


def _candidates_left(
    candidates: tuple[Candidate, ...], facts: tuple[Fact, ...], links: AbstractSet[str]
) -> list[Candidate]:
    left = []
    for each in candidates:
        kept = tuple(fact for fact in each.facts if fact in facts)
        answered = each.said_by is Speaker.RECIPIENT and each.said_through in links
        if (kept or each.said_by) and not answered:
            left.append(replace(each, facts=kept))
    return left


def _destination_left(gift: Gift, candidates: tuple[Candidate, ...]) -> str | None:
    keys = {each.key for each in candidates}
    return gift.destination if gift.destination in keys else None
