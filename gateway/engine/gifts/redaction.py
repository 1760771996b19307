"""Erasure of personal data from a gift: of one contact, or of the whole recipient."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import AddressVerdict
from gateway.engine.gifts.gift import (
    AddressCandidate,
    Channel,
    ChannelState,
    Fact,
    Gift,
    GiftNote,
    Recipient,
    StatedBy,
)


def all_contacts(gift: Gift) -> frozenset[str]:
    """All e-mail addresses and phone numbers in ``gift``, from the giver and from sources."""
    found_contacts = (each.value for each in gift.facts if isinstance(each.value, str))
    given_contacts = (gift.recipient.email, gift.recipient.phone)
    channel_contacts = (each.contact for each in gift.channels)
    return frozenset(each for each in (*given_contacts, *channel_contacts, *found_contacts) if each)


def erase_personal_data(gift: Gift) -> Gift:
    """Return ``gift`` without any data about its recipient and without its message."""
    return replace(
        gift,
        item=replace(gift.item, wrap=None),
        recipient=Recipient(),
        note=GiftNote(),
        channels=(),
        facts=(),
        candidates=(),
        asked=(),
        destination=None,
        decline_reason=None,
        tracking_url=None,
    )


def without_contacts(
    gift: Gift, removed_contacts: AbstractSet[str], removed_links: AbstractSet[str]
) -> Gift:
    """Return ``gift`` without ``removed_contacts`` and all data obtained through them.

    ``removed_links`` are the blind indexes of these contacts (``said_through`` of candidates).
    """
    facts = _remaining_facts(gift.facts, removed_contacts)
    candidates = without_phones(
        _remaining_candidates(gift.candidates, facts, removed_links), removed_contacts
    )
    recipient = gift.recipient
    return replace(
        gift,
        recipient=replace(
            recipient,
            email=None if recipient.email in removed_contacts else recipient.email,
            phone=None if recipient.phone in removed_contacts else recipient.phone,
        ),
        channels=tuple(
            _close_channel(each) if each.contact in removed_contacts else each
            for each in gift.channels
        ),
        facts=facts,
        candidates=candidates,
        asked=tuple(
            each for each in gift.asked if each.key.partition(":")[2] not in removed_contacts
        ),
        destination=_remaining_destination(gift, candidates),
    )


def without_phones(
    candidates: Iterable[AddressCandidate], phones: AbstractSet[str]
) -> tuple[AddressCandidate, ...]:
    """Return ``candidates`` with the phone numbers in ``phones`` removed from their addresses."""
    return tuple(
        replace(each, address=replace(each.address, phone=None))
        if each.address.phone in phones
        else each
        for each in candidates
    )


def _close_channel(channel: Channel) -> Channel:
    """Return the channel without its contact. An open channel stays open until its wait ends."""
    was_not_open = channel.state is not ChannelState.OPEN
    return replace(channel, contact="", state=ChannelState.SPENT if was_not_open else channel.state)


def with_rejectable_candidate(gift: Gift) -> Gift:
    """Return ``gift`` with an empty candidate that can be rejected in place of a removed one."""
    placeholder = AddressCandidate(
        "", PostalAddress("", "", None, None, None, ()), AddressVerdict.ERROR
    )
    return replace(gift, candidates=(placeholder, *gift.candidates))


def _remaining_facts(
    facts: tuple[Fact, ...], removed_contacts: AbstractSet[str]
) -> tuple[Fact, ...]:
    """Return ``facts`` without those from an answer that contains a removed contact."""
    removed_origins = {
        (each.source, each.found_at)
        for each in facts
        if each.value in removed_contacts or removed_contacts & {*each.matched}
    }
    return tuple(each for each in facts if (each.source, each.found_at) not in removed_origins)


def _remaining_candidates(
    candidates: tuple[AddressCandidate, ...],
    facts: tuple[Fact, ...],
    removed_links: AbstractSet[str],
) -> list[AddressCandidate]:
    remaining_candidates = []
    for candidate in candidates:
        candidate_facts = tuple(fact for fact in candidate.facts if fact in facts)
        is_removed_answer = (
            candidate.said_by is StatedBy.RECIPIENT and candidate.said_through in removed_links
        )
        if (candidate_facts or candidate.said_by) and not is_removed_answer:
            remaining_candidates.append(replace(candidate, facts=candidate_facts))
    return remaining_candidates


def _remaining_destination(gift: Gift, candidates: tuple[AddressCandidate, ...]) -> str | None:
    keys = {each.key for each in candidates}
    return gift.destination if gift.destination in keys else None
