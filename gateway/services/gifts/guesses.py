"""Limits of guesses about a recipient, over all gifts and accounts.

Each city or region that a giver names tells whether a found address lies there; each name tells
whether a contact belongs to it, and each contact whether it belongs to a name.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.gift import AddressCandidate, CandidateStatus, Gift, Recipient
from gateway.engine.text.normalization import comparison_key
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.mailboxes import mailbox_index, remove_plus_tag
from gateway.services.ports.database import UnitOfWork

GUESS_LIFETIME = timedelta(days=30)
MAX_GUESSES_PER_CONTACT = 12
"""Guesses of all givers together about one contact in that time."""
MAX_DESCRIPTIONS = 30
"""Descriptions of one known person by one giver in that time."""
ALL_GIVERS = "*"
SWEEP_BATCH_SIZE = 20


async def allow_place_guess(
    gift: Gift, additions: Recipient, *, work: UnitOfWork, dependencies: GiftDependencies
) -> bool:
    """Whether one more place may confirm an address of ``gift``; counts it as a guess.

    The guess counts for each given or found contact, so that other contacts of the same person
    allow no further guesses, and for the giver's mailbox without its tag. If contacts
    were given, only their guesses are limited, because a found number may be in many records.
    """
    now = dependencies.clock.now()
    since = now - GUESS_LIFETIME
    await work.gift_guesses.prune(since, SWEEP_BATCH_SIZE)
    limits = {await _guesser_index(gift, work, dependencies): dependencies.rules.max_confirmations}
    limits[ALL_GIVERS] = MAX_GUESSES_PER_CONTACT
    times_by_pair: dict[tuple[str, str], list[datetime]] = {}
    # Always in the same order, so that two guesses cannot deadlock.
    given_indexes, found_indexes = (
        set(_given_contact_indexes(gift, additions, dependencies)),
        set(_found_indexes(gift, dependencies)),
    )
    for subject in sorted(given_indexes | found_indexes):
        for guesser in sorted(limits):
            all_times = await work.gift_guesses.lock_and_load(subject, guesser, now)
            times_by_pair[subject, guesser] = [each for each in all_times if each > since]
    limited_subjects = given_indexes or found_indexes
    if any(
        subject in limited_subjects and len(times) >= limits[guesser]
        for (subject, guesser), times in times_by_pair.items()
    ):
        return False
    for (subject, guesser), times in times_by_pair.items():
        await work.gift_guesses.save(subject, guesser, [*times, now])
    return True


async def allow_descriptions(
    gift: Gift,
    candidates: Iterable[AddressCandidate],
    *,
    work: UnitOfWork,
    dependencies: GiftDependencies,
) -> bool:
    """Whether records found by the giver's description of the recipient may be used.

    The limit is for descriptions of one contact, and for contacts of one name at one address.
    """
    now = dependencies.clock.now()
    since = now - GUESS_LIFETIME
    await work.gift_guesses.prune(since, SWEEP_BATCH_SIZE)
    guesser = await _guesser_index(gift, work, dependencies)
    new_guesses: list[tuple[str, list[datetime]]] = []
    for subject, description in sorted(
        set(_description_pairs(gift.recipient, candidates, dependencies))
    ):
        description_times = await work.gift_guesses.lock_and_load(description, guesser, now)
        if any(each > since for each in description_times):
            continue
        subject_times = await work.gift_guesses.lock_and_load(subject, guesser, now)
        recent_times = [each for each in subject_times if each > since]
        if len(recent_times) >= MAX_DESCRIPTIONS:
            return False
        new_guesses += ((subject, recent_times), (description, []))
    for blind_index, times in new_guesses:
        await work.gift_guesses.save(blind_index, guesser, [*times, now])
    return True


def _description_pairs(
    recipient: Recipient, candidates: Iterable[AddressCandidate], dependencies: GiftDependencies
) -> Iterator[tuple[str, str]]:
    """The blind indexes of the recipient and of the contacts that describe them."""
    name = comparison_key(recipient.name or "")
    contacts = [
        remove_plus_tag(contact) for contact in (recipient.email, recipient.phone) if contact
    ]
    for contact in contacts:
        yield _description_indexes(f"contact {contact}", f"{name} {contacts}", dependencies)
    for candidate in candidates:
        subject = f"{name} at {address_key(candidate.address)}"
        yield _description_indexes(subject, f"{contacts}", dependencies)


def _description_indexes(
    subject: str, description: str, dependencies: GiftDependencies
) -> tuple[str, str]:
    full_description = f"{subject} as {description}"
    blind_index = dependencies.cipher.blind_indexes
    return blind_index("described", subject)[0], blind_index("description", full_description)[0]


async def _guesser_index(gift: Gift, work: UnitOfWork, dependencies: GiftDependencies) -> str:
    giver = await dependencies.givers.find_giver(gift.giver_id, work)
    giver_key = remove_plus_tag(giver.email) if giver and giver.email else gift.giver_id
    return dependencies.cipher.blind_indexes("guessing giver", giver_key)[0]


def _given_contact_indexes(
    gift: Gift, additions: Recipient, dependencies: GiftDependencies
) -> Iterator[str]:
    """The blind indexes of the contacts that the giver has given."""
    for contact in (gift.recipient.email, gift.recipient.phone, additions.email, additions.phone):
        if contact:
            yield mailbox_index(contact, dependencies.cipher)


def _found_indexes(gift: Gift, dependencies: GiftDependencies) -> Iterator[str]:
    """The blind indexes of the contacts that were found, and of names at addresses."""
    for fact in gift.facts:
        if isinstance(fact.value, str):
            yield mailbox_index(fact.value, dependencies.cipher)
    for candidate in gift.candidates:
        if candidate.standing is CandidateStatus.UNCONFIRMED:
            resident = (
                f"{comparison_key(candidate.address.name)} at {address_key(candidate.address)}"
            )
            yield dependencies.cipher.blind_indexes("guessed address", resident)[0]
