"""Guesses about where a recipient lives: few, however many gifts and accounts they are spread over.

Each town or region that a giver names for a gift tells whether an address found lies there.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.values import Gift, Recipient, Standing
from gateway.services.gifts.mailboxes import mailbox_of, untagged
from gateway.services.gifts.parts import GiftParts
from gateway.services.ports.database import Work

GUESSES_COUNT_FOR = timedelta(days=30)
MAX_GUESSES_OF_ALL = 12
"""Guesses that all givers together have about one contact or one address in that time."""
EVERYBODY = "*"
SWEPT_AT_ONCE = 20


async def may_confirm(gift: Gift, told: Recipient, *, work: Work, parts: GiftParts) -> bool:
    """Whether one more place may confirm an address of ``gift``, to whose recipient ``told`` adds.

    It is counted for every contact given and every address found, so that other contacts of the
    same person give no further guesses, and for the mailbox of the giver, whatever tag it carries.
    """
    now = parts.clock.now()
    since = now - GUESSES_COUNT_FOR
    await work.gift_guesses.sweep(since, SWEPT_AT_ONCE)
    limits = {await _guesser(gift, work, parts): parts.rules.most_confirmations}
    limits[EVERYBODY] = MAX_GUESSES_OF_ALL
    counted: dict[tuple[str, str], list[datetime]] = {}
    # In one order, so that two guesses wait for each other and never in a circle.
    for about in sorted(set(_subjects(gift, told, parts))):
        for guesser in sorted(limits):
            earlier = await work.gift_guesses.of(about, guesser, now)
            counted[about, guesser] = [each for each in earlier if each > since]
    if any(len(known) >= limits[guesser] for (_, guesser), known in counted.items()):
        return False
    for (about, guesser), known in counted.items():
        await work.gift_guesses.keep(about, guesser, [*known, now])
    return True


async def _guesser(gift: Gift, work: Work, parts: GiftParts) -> str:
    giver = await parts.givers.giver(gift.giver_id, work)
    whose = untagged(giver.email) if giver and giver.email else gift.giver_id
    return parts.cipher.blind("guessing giver", whose)[0]


def _subjects(gift: Gift, told: Recipient, parts: GiftParts) -> Iterator[str]:
    """What the guess is about, by blind indexes."""
    for each in (gift.recipient.email, gift.recipient.phone, told.email, told.phone):
        if each:
            yield mailbox_of(each, parts.cipher)[0]
    for candidate in gift.candidates:
        if candidate.standing is Standing.UNCONFIRMED:
            key = address_key(candidate.address)
            yield parts.cipher.blind("guessed address", key)[0]
