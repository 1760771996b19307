"""The search of sources for a gift, and the facts of their records."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import assess_address
from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.events import SourcesSearched
from gateway.engine.gifts.gift import (
    AddressCandidate,
    Channel,
    ChannelKind,
    Fact,
    FactKind,
    Gift,
    SourceQuery,
)
from gateway.engine.gifts.screening import compute_retry_at, pending_queries
from gateway.engine.gifts.statuses import EventType
from gateway.engine.text.name_matching import NameVerdict, compare_names
from gateway.engine.text.normalization import normalize_line
from gateway.services.gifts.contacts import contact_key, normalize_contact_email
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.ports.sources import Source, SourceRecord, SourceUnavailable

SEARCH_TIMEOUT_SECONDS = 15.0
"""The timeout of one search; the worker cancels a step after three times as long."""
MAX_FACTS = 50
"""Facts of one gift, so that a faulty source cannot fill the row."""


@dataclass(frozen=True, slots=True)
class SourceHit:
    """A record and its source."""

    source: Source
    record: SourceRecord


async def search_sources(
    gift: Gift, now: datetime, *, dependencies: GiftDependencies
) -> SourcesSearched:
    """Query the sources that the gift has not queried yet, in order.

    If they are slow, the remaining ones are queried later; no answer is lost.
    """
    queries: list[SourceQuery] = []
    hits: list[SourceHit] = []
    deadline = asyncio.get_running_loop().time() + SEARCH_TIMEOUT_SECONDS
    for query in pending_queries(gift, dependencies.rules, now):
        if asyncio.get_running_loop().time() > deadline:
            break
        source = dependencies.sources[query.source]
        answered_query, records = await _query_source(source, query, gift, now, dependencies)
        queries.append(answered_query)
        hits += (SourceHit(source, record) for record in records)
    return _build_search_event(gift, tuple(queries), hits, now, dependencies)


async def _query_source(
    source: Source, query: SourceQuery, gift: Gift, now: datetime, dependencies: GiftDependencies
) -> tuple[SourceQuery, tuple[SourceRecord, ...]]:
    """The query and its records; a failing source is skipped and queried again later."""
    tries = query.tries + 1
    try:
        records = await source.records(query.key, asking=gift.id)
    except SourceUnavailable:
        return replace(
            query, tries=tries, retry_at=compute_retry_at(tries, dependencies.rules, now)
        ), ()
    return replace(query, tries=tries, retry_at=None), records


def _build_search_event(
    gift: Gift,
    queries: tuple[SourceQuery, ...],
    hits: list[SourceHit],
    now: datetime,
    dependencies: GiftDependencies,
) -> SourcesSearched:
    known_facts = {(fact.kind, fact.value, fact.source) for fact in gift.facts}
    facts = tuple(
        fact
        for hit in hits
        for fact in _facts_from_hit(gift, hit, now, dependencies)
        if (fact.kind, fact.value, fact.source) not in known_facts
    )[: MAX_FACTS - len(gift.facts)]
    if not facts:
        return SourcesSearched(EventType.NOTHING_FOUND, now, queries)
    return SourcesSearched(
        type=EventType.NEW_FACTS,
        at=now,
        queries=queries,
        facts=facts,
        candidates=tuple(_candidates_from_facts(facts, dependencies)),
        channels=tuple(_channels_from_facts(gift, facts)),
    )


def _facts_from_hit(
    gift: Gift, hit: SourceHit, now: datetime, dependencies: GiftDependencies
) -> Iterator[Fact]:
    """The facts in ``hit``; none if the record is about another person."""
    verdict = _compare_recipient_name(gift, hit.record, dependencies)
    if verdict is NameVerdict.MISMATCH:
        return
    matched_contacts = _matched_contacts(gift, hit.record, dependencies)
    for kind, value in _new_values(gift, hit.record, dependencies):
        yield Fact(
            kind=kind,
            value=value,
            source=hit.source.name,
            family=hit.source.family,
            confidence=hit.record.confidence,
            found_at=now,
            as_of=hit.record.as_of,
            name=verdict,
            contact_matches=bool(matched_contacts),
            matched=matched_contacts,
        )


def _compare_recipient_name(
    gift: Gift, record: SourceRecord, dependencies: GiftDependencies
) -> NameVerdict:
    if not gift.recipient.name or not record.name:
        return NameVerdict.UNCERTAIN
    return compare_names(gift.recipient.name, record.name, dependencies.name_equivalences)


def _new_values(
    gift: Gift, record: SourceRecord, dependencies: GiftDependencies
) -> Iterator[tuple[FactKind, str | PostalAddress]]:
    given_contacts = {gift.recipient.email, gift.recipient.phone}
    for email in filter(None, map(normalize_contact_email, record.emails)):
        if email not in given_contacts:
            yield FactKind.EMAIL, email
    for phone in _normalized_phones(record, dependencies):
        if phone not in given_contacts:
            yield FactKind.PHONE, phone
    if record.address is not None:
        yield FactKind.ADDRESS, _complete_address(record.address, gift, record)


def _complete_address(address: PostalAddress, gift: Gift, record: SourceRecord) -> PostalAddress:
    name = gift.recipient.name or record.name or address.name
    return replace(address, name=normalize_line(name), phone=address.phone or gift.recipient.phone)


def _normalized_phones(record: SourceRecord, dependencies: GiftDependencies) -> list[str]:
    country = record.address.country if record.address else "US"
    phones = (dependencies.phones.to_e164(each, country) for each in record.phones)
    return [each for each in phones if each]


def _matched_contacts(
    gift: Gift, record: SourceRecord, dependencies: GiftDependencies
) -> tuple[str, ...]:
    """The contacts from the giver that the record has, too."""
    email, phone = gift.recipient.email, gift.recipient.phone
    emails = {contact_key(each) for each in map(normalize_contact_email, record.emails) if each}
    by_email = (email,) if email is not None and contact_key(email) in emails else ()
    by_phone = (
        (phone,) if phone is not None and phone in _normalized_phones(record, dependencies) else ()
    )
    return (*by_email, *by_phone)


def _candidates_from_facts(
    facts: tuple[Fact, ...], dependencies: GiftDependencies
) -> Iterator[AddressCandidate]:
    for fact in facts:
        if isinstance(fact.value, PostalAddress):
            assessment = assess_address(
                fact.value, dependencies.countries.rules_for(fact.value.country)
            )
            key = address_key(assessment.address)
            yield AddressCandidate(key, assessment.address, assessment.level, facts=(fact,))


def _channels_from_facts(gift: Gift, facts: tuple[Fact, ...]) -> Iterator[Channel]:
    """The channels to found contacts that are likely to be the recipient's."""
    kinds = {FactKind.EMAIL: ChannelKind.EMAIL, FactKind.PHONE: ChannelKind.SMS}
    if not gift.contact_recipient:
        return
    for fact in facts:
        if isinstance(fact.value, str):
            yield Channel(kinds[fact.kind], fact.value)
