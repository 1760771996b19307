"""What can be done with what is known: verify it, ask the recipient, search, or ask the giver."""

from collections.abc import Iterator
from datetime import datetime

from gateway.engine.cleaning import folded
from gateway.engine.gifts.candidates import next_candidate
from gateway.engine.gifts.statuses import EventType
from gateway.engine.gifts.values import Asked, Channel, ChannelState, FactKind, Gift, GiftRules


def screened(gift: Gift, rules: GiftRules, now: datetime) -> EventType:
    """The event that takes ``gift`` out of SCREENING."""
    if next_candidate(gift) is not None:
        return EventType.SUFFICIENT
    if untried_channel(gift, rules) is not None:
        return EventType.CONTACTABLE
    searchable = unasked(gift, rules, now) or hopeful(gift, rules)
    return EventType.SEARCHABLE if searchable else EventType.EXHAUSTED


def untried_channel(gift: Gift, rules: GiftRules) -> Channel | None:
    """The next channel to open; none for a surprise, or when the messages are used up."""
    if not gift.contact_recipient or messages_sent(gift) >= rules.most_messages:
        return None
    untried = (each for each in gift.channels if each.state is ChannelState.UNTRIED)
    return next(untried, None)


def messages_sent(gift: Gift) -> int:
    """How many messages the recipient has been sent; those that came back are not counted."""
    return sum(each.messages for each in gift.channels)


def search_keys(gift: Gift) -> tuple[str, ...]:
    """What sources can be asked by: each contact known, given or found, and the name."""
    found = [fact for fact in gift.facts if isinstance(fact.value, str)]
    emails = (gift.recipient.email, *(f.value for f in found if f.kind is FactKind.EMAIL))
    phones = (gift.recipient.phone, *(f.value for f in found if f.kind is FactKind.PHONE))
    keys = [*(f"email:{each}" for each in emails if each)]
    keys += [f"phone:{each}" for each in phones if each]
    keys += [f"name:{gift.recipient.name}"] if folded(gift.recipient.name or "") else []
    return tuple(dict.fromkeys(keys))


def unasked(gift: Gift, rules: GiftRules, now: datetime) -> tuple[Asked, ...]:
    """Every (source, key) to be asked now, in the sources' order; failed ones when due again."""
    return tuple(each for each in _pairs(gift, rules) if _askable(each, now))


def hopeful(gift: Gift, rules: GiftRules) -> bool:
    """Whether a source has failed, and is likely enough to recover soon to be waited for."""
    return any(each.tries < rules.patient_tries for each in _failing(gift, rules))


def next_retry(gift: Gift, rules: GiftRules) -> datetime | None:
    """When the next failing source is to be asked again."""
    times = (each.retry_at for each in _failing(gift, rules))
    return min((each for each in times if each is not None), default=None)


def retry_at(tries: int, rules: GiftRules, now: datetime) -> datetime:
    """When a source that has failed ``tries`` times in a row is asked again."""
    # Doubled more often it would only be longer than the longest.
    doubled: int = 2 ** min(tries - 1, 20)
    return now + min(rules.retry_after * doubled, rules.longest_retry)


def _pairs(gift: Gift, rules: GiftRules) -> Iterator[Asked]:
    asked = {(each.source, each.key): each for each in gift.asked}
    pairs = ((source, key) for source in rules.sources for key in search_keys(gift))
    return (asked.get((source, key)) or Asked(source, key, tries=0) for source, key in pairs)


def _failing(gift: Gift, rules: GiftRules) -> Iterator[Asked]:
    return (each for each in _pairs(gift, rules) if each.retry_at is not None)


def _askable(asked: Asked, now: datetime) -> bool:
    """Whether nobody has answered yet: a failure spends nothing but time."""
    return asked.tries == 0 or (asked.retry_at is not None and asked.retry_at <= now)
