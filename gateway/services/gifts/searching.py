"""Asking the sources for a gift, and what their records come to."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.engine.cleaning import one_line
from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.events import Searched
from gateway.engine.gifts.screening import retry_at, unasked
from gateway.engine.gifts.statuses import EventType
from gateway.engine.gifts.values import (
    Asked,
    Candidate,
    Channel,
    ChannelKind,
    Fact,
    FactKind,
    Gift,
)
from gateway.engine.names import NameVerdict, name_verdict
from gateway.engine.places import PostalAddress
from gateway.engine.sufficiency import assess
from gateway.services.gifts.contacts import contact_key, email_of
from gateway.services.gifts.parts import GiftParts
from gateway.services.ports.sources import Source, SourceFailed, SourceRecord

ASKING_SECONDS = 15.0
"""How long sources are asked at a time; the worker cuts a step off after three times as long."""
MOST_FACTS = 50
"""Facts kept of one gift: a source gone wild must not fill the row."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A record and the source it came from."""

    source: Source
    record: SourceRecord


async def searched(gift: Gift, now: datetime, *, parts: GiftParts) -> Searched:
    """What the sources not yet asked say of the gift's recipient, asked in their order.

    Where they are slow, those that are left are asked another time: no answer is lost.
    """
    asked: list[Asked] = []
    findings: list[Finding] = []
    ends = asyncio.get_running_loop().time() + ASKING_SECONDS
    for each in unasked(gift, parts.rules, now):
        if asyncio.get_running_loop().time() > ends:
            break
        source = parts.sources[each.source]
        outcome, records = await _ask(source, each, gift, now, parts)
        asked.append(outcome)
        findings += (Finding(source, record) for record in records)
    return _event(gift, tuple(asked), findings, now, parts)


async def _ask(
    source: Source, asked: Asked, gift: Gift, now: datetime, parts: GiftParts
) -> tuple[Asked, tuple[SourceRecord, ...]]:
    """The question as asked, and the answer; a failing source is skipped and asked again later."""
    tries = asked.tries + 1
    try:
        records = await source.records(asked.key, asking=gift.id)
    except SourceFailed:
        return replace(asked, tries=tries, retry_at=retry_at(tries, parts.rules, now)), ()
    return replace(asked, tries=tries, retry_at=None), records


def _event(
    gift: Gift,
    asked: tuple[Asked, ...],
    findings: list[Finding],
    now: datetime,
    parts: GiftParts,
) -> Searched:
    known = {(fact.kind, fact.value, fact.source) for fact in gift.facts}
    facts = tuple(
        fact
        for finding in findings
        for fact in _facts(gift, finding, now, parts)
        if (fact.kind, fact.value, fact.source) not in known
    )[: MOST_FACTS - len(gift.facts)]
    if not facts:
        return Searched(EventType.NOTHING_FOUND, now, asked)
    return Searched(
        type=EventType.NEW_FACTS,
        at=now,
        asked=asked,
        facts=facts,
        candidates=tuple(_candidates(facts, parts)),
        channels=tuple(_channels(gift, facts)),
    )


def _facts(gift: Gift, finding: Finding, now: datetime, parts: GiftParts) -> Iterator[Fact]:
    """What ``finding`` tells; of somebody else's record nothing."""
    verdict = _verdict(gift, finding.record, parts)
    if verdict is NameVerdict.MISMATCH:
        return
    matched = _matched(gift, finding.record, parts)
    for kind, value in _values(gift, finding.record, parts):
        yield Fact(
            kind=kind,
            value=value,
            source=finding.source.name,
            family=finding.source.family,
            confidence=finding.record.confidence,
            found_at=now,
            as_of=finding.record.as_of,
            name=verdict,
            contact_matches=bool(matched),
            matched=matched,
        )


def _verdict(gift: Gift, record: SourceRecord, parts: GiftParts) -> NameVerdict:
    if not gift.recipient.name or not record.name:
        return NameVerdict.UNCERTAIN
    return name_verdict(gift.recipient.name, record.name, parts.names)


def _values(
    gift: Gift, record: SourceRecord, parts: GiftParts
) -> Iterator[tuple[FactKind, str | PostalAddress]]:
    given = {gift.recipient.email, gift.recipient.phone}
    for email in filter(None, map(email_of, record.emails)):
        if email not in given:
            yield FactKind.EMAIL, email
    for phone in _phones(record, parts):
        if phone not in given:
            yield FactKind.PHONE, phone
    if record.address is not None:
        yield FactKind.ADDRESS, _named(record.address, gift, record)


def _named(address: PostalAddress, gift: Gift, record: SourceRecord) -> PostalAddress:
    name = gift.recipient.name or record.name or address.name
    return replace(address, name=one_line(name), phone=address.phone or gift.recipient.phone)


def _phones(record: SourceRecord, parts: GiftParts) -> list[str]:
    country = record.address.country if record.address else "US"
    found = (parts.phones.e164(each, country) for each in record.phones)
    return [each for each in found if each]


def _matched(gift: Gift, record: SourceRecord, parts: GiftParts) -> tuple[str, ...]:
    """What the giver gave of e-mail and phone that the record holds."""
    email, phone = gift.recipient.email, gift.recipient.phone
    emails = {contact_key(each) for each in map(email_of, record.emails) if each}
    by_email = (email,) if email is not None and contact_key(email) in emails else ()
    by_phone = (phone,) if phone is not None and phone in _phones(record, parts) else ()
    return (*by_email, *by_phone)


def _candidates(facts: tuple[Fact, ...], parts: GiftParts) -> Iterator[Candidate]:
    for fact in facts:
        if isinstance(fact.value, PostalAddress):
            judged = assess(fact.value, parts.countries.rules(fact.value.country))
            key = address_key(judged.address)
            yield Candidate(key, judged.address, judged.level, facts=(fact,))


def _channels(gift: Gift, facts: tuple[Fact, ...]) -> Iterator[Channel]:
    """Channels to the contacts found in records that may well be the recipient's."""
    kinds = {FactKind.EMAIL: ChannelKind.EMAIL, FactKind.PHONE: ChannelKind.SMS}
    if not gift.contact_recipient:
        return
    for fact in facts:
        if isinstance(fact.value, str):
            yield Channel(kinds[fact.kind], fact.value)
