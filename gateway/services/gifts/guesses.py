"""Guesses about a recipient: few, however many gifts and accounts they are spread over.

Each town or region that a giver names for a gift tells whether an address found lies there; each
name tells whether it is that of a contact, and each contact whether it is that of a name.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from gateway.engine.cleaning import folded
from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.values import Candidate, Gift, Recipient, Standing
from gateway.services.gifts.mailboxes import mailbox_of, untagged
from gateway.services.gifts.parts import GiftParts
from gateway.services.ports.database import Work

GUESSES_COUNT_FOR = timedelta(days=30)
MAX_GUESSES_OF_ALL = 12
"""Guesses that all givers together have about one contact in that time."""
MAX_DESCRIPTIONS = 30
"""In how many ways one giver may describe a person who is known, in that time."""
EVERYBODY = "*"
SWEPT_AT_ONCE = 20


async def may_confirm(gift: Gift, told: Recipient, *, work: Work, parts: GiftParts) -> bool:
    """Whether one more place may confirm an address of ``gift``, to whose recipient ``told`` adds.

    It is counted for every contact given or found, so that other contacts of the same person give
    no further guesses, and for the mailbox of the giver, whatever tag it carries. What counts is
    what was given: a number that many records share uses up nobody's guesses but its own.
    """
    now = parts.clock.now()
    since = now - GUESSES_COUNT_FOR
    await work.gift_guesses.sweep(since, SWEPT_AT_ONCE)
    limits = {await _guesser(gift, work, parts): parts.rules.most_confirmations}
    limits[EVERYBODY] = MAX_GUESSES_OF_ALL
    counted: dict[tuple[str, str], list[datetime]] = {}
    # In one order, so that two guesses wait for each other and never in a circle.
    given, found = set(_given(gift, told, parts)), set(_found(gift, parts))
    for about in sorted(given | found):
        for guesser in sorted(limits):
            earlier = await work.gift_guesses.of(about, guesser, now)
            counted[about, guesser] = [each for each in earlier if each > since]
    asked = given or found
    if any(
        about in asked and len(known) >= limits[guesser]
        for (about, guesser), known in counted.items()
    ):
        return False
    for (about, guesser), known in counted.items():
        await work.gift_guesses.keep(about, guesser, [*known, now])
    return True


async def may_learn(
    gift: Gift, found: Iterable[Candidate], *, work: Work, parts: GiftParts
) -> bool:
    """Whether what was found by the giver's description of the recipient may be used.

    Of one contact so many descriptions are tried, and so many contacts for one name at one address.
    """
    now = parts.clock.now()
    since = now - GUESSES_COUNT_FOR
    await work.gift_guesses.sweep(since, SWEPT_AT_ONCE)
    guesser = await _guesser(gift, work, parts)
    new: list[tuple[str, list[datetime]]] = []
    for subject, description in sorted(set(_descriptions(gift.recipient, found, parts))):
        known = await work.gift_guesses.of(description, guesser, now)
        if any(each > since for each in known):
            continue
        earlier = await work.gift_guesses.of(subject, guesser, now)
        tried = [each for each in earlier if each > since]
        if len(tried) >= MAX_DESCRIPTIONS:
            return False
        new += ((subject, tried), (description, []))
    for about, times in new:
        await work.gift_guesses.keep(about, guesser, [*times, now])
    return True


def _descriptions(
    recipient: Recipient, found: Iterable[Candidate], parts: GiftParts
) -> Iterator[tuple[str, str]]:
    """What is described, and by what, by blind indexes."""
    name = folded(recipient.name or "")
    contacts = [untagged(each) for each in (recipient.email, recipient.phone) if each]
    for each in contacts:
        yield _described(f"contact {each}", f"{name} {contacts}", parts)
    for candidate in found:
        subject = f"{name} at {address_key(candidate.address)}"
        yield _described(subject, f"{contacts}", parts)


def _described(subject: str, description: str, parts: GiftParts) -> tuple[str, str]:
    whole = f"{subject} as {description}"
    blind = parts.cipher.blind
    return blind("described", subject)[0], blind("description", whole)[0]


async def _guesser(gift: Gift, work: Work, parts: GiftParts) -> str:
    giver = await parts.givers.giver(gift.giver_id, work)
    whose = untagged(giver.email) if giver and giver.email else gift.giver_id
    return parts.cipher.blind("guessing giver", whose)[0]


def _given(gift: Gift, told: Recipient, parts: GiftParts) -> Iterator[str]:
    """The contacts that the giver has named, by blind indexes."""
    for each in (gift.recipient.email, gift.recipient.phone, told.email, told.phone):
        if each:
            yield mailbox_of(each, parts.cipher)[0]


def _found(gift: Gift, parts: GiftParts) -> Iterator[str]:
    """The contacts that were found, and who lives where, by blind indexes."""
    for fact in gift.facts:
        if isinstance(fact.value, str):
            yield mailbox_of(fact.value, parts.cipher)[0]
    for candidate in gift.candidates:
        if candidate.standing is Standing.UNCONFIRMED:
            who = f"{folded(candidate.address.name)} at {address_key(candidate.address)}"
            yield parts.cipher.blind("guessed address", who)[0]
