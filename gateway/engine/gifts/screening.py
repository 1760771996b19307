"""Screening of a gift: verify an address, ask the recipient, search, or ask the giver."""

from collections.abc import Iterator
from datetime import datetime

from gateway.engine.gifts.candidates import next_candidate
from gateway.engine.gifts.gift import Channel, ChannelState, FactKind, Gift, GiftRules, SourceQuery
from gateway.engine.gifts.statuses import EventType
from gateway.engine.text.normalization import comparison_key


def choose_screening_event(gift: Gift, rules: GiftRules, now: datetime) -> EventType:
    """The event that moves ``gift`` out of SCREENING."""
    if next_candidate(gift) is not None:
        return EventType.SUFFICIENT
    if next_channel(gift, rules) is not None:
        return EventType.CONTACTABLE
    is_searchable = pending_queries(gift, rules, now) or has_recovering_source(gift, rules)
    return EventType.SEARCHABLE if is_searchable else EventType.EXHAUSTED


def next_channel(gift: Gift, rules: GiftRules) -> Channel | None:
    """The next channel to open; None for a surprise, or if the limit of messages is reached."""
    if not gift.contact_recipient or message_count(gift) >= rules.max_messages:
        return None
    untried_channels = (each for each in gift.channels if each.state is ChannelState.UNTRIED)
    return next(untried_channels, None)


def message_count(gift: Gift) -> int:
    """The number of messages sent to the recipient, without bounced ones."""
    return sum(each.messages for each in gift.channels)


def search_keys(gift: Gift) -> tuple[str, ...]:
    """The keys by which sources are asked: all known contacts and the name of the recipient."""
    found_facts = [fact for fact in gift.facts if isinstance(fact.value, str)]
    emails = (gift.recipient.email, *(f.value for f in found_facts if f.kind is FactKind.EMAIL))
    phones = (gift.recipient.phone, *(f.value for f in found_facts if f.kind is FactKind.PHONE))
    keys = [*(f"email:{each}" for each in emails if each)]
    keys += [f"phone:{each}" for each in phones if each]
    keys += [f"name:{gift.recipient.name}"] if comparison_key(gift.recipient.name or "") else []
    return tuple(dict.fromkeys(keys))


def pending_queries(gift: Gift, rules: GiftRules, now: datetime) -> tuple[SourceQuery, ...]:
    """The queries that are due, in the order of sources: new ones, and failed ones to repeat."""
    return tuple(each for each in _all_queries(gift, rules) if _is_query_due(each, now))


def has_recovering_source(gift: Gift, rules: GiftRules) -> bool:
    """Whether a failed source is likely enough to recover soon to wait for it."""
    return any(each.tries < rules.max_tries_before_giver for each in _failing_queries(gift, rules))


def next_retry_at(gift: Gift, rules: GiftRules) -> datetime | None:
    """The time to ask the next failing source again; None if none is failing."""
    times = (each.retry_at for each in _failing_queries(gift, rules))
    return min((each for each in times if each is not None), default=None)


def compute_retry_at(tries: int, rules: GiftRules, now: datetime) -> datetime:
    """The time to ask a source again that has failed ``tries`` times in a row."""
    # Limits the power: the delay is at most ``max_retry_delay`` anyway.
    factor: int = 2 ** min(tries - 1, 20)
    return now + min(rules.first_retry_delay * factor, rules.max_retry_delay)


def _all_queries(gift: Gift, rules: GiftRules) -> Iterator[SourceQuery]:
    past_queries = {(each.source, each.key): each for each in gift.asked}
    source_keys = ((source, key) for source in rules.sources for key in search_keys(gift))
    return (
        past_queries.get((source, key)) or SourceQuery(source, key, tries=0)
        for source, key in source_keys
    )


def _failing_queries(gift: Gift, rules: GiftRules) -> Iterator[SourceQuery]:
    return (each for each in _all_queries(gift, rules) if each.retry_at is not None)


def _is_query_due(query: SourceQuery, now: datetime) -> bool:
    """Whether the query was never sent, or failed and is due again."""
    return query.tries == 0 or (query.retry_at is not None and query.retry_at <= now)
