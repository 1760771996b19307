"""What else a recipient may say: thanks, an exchange, a complaint, to be forgotten."""

from dataclasses import replace

from gateway.engine.gifts.tokens import Scope
from gateway.engine.gifts.values import Gift
from gateway.engine.gifts.words import LONGEST_MESSAGE, harmless_message, message_fits
from gateway.engine.problems import ErrorCode
from gateway.services import vault
from gateway.services.gifts.claims import (
    LONGEST_REASON,
    REPLY_FROM,
    GiftClaim,
    Opened,
    claim_of,
    decline,
    invalid_token,
    opened,
)
from gateway.services.gifts.contacts import blind_of
from gateway.services.gifts.keeping import announce, fetched, put
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.recipients import text_errors
from gateway.services.gifts.records import recipient_of
from gateway.services.gifts.telling import tell
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Stale, Work
from gateway.services.ports.letters import News, Notice

ANYBODY = "*"


async def thank(secret: str, message: str, *, parts: GiftParts) -> Outcome[GiftClaim]:
    """The claim once its recipient's thanks are on their way to the giver."""
    words = harmless_message(message)
    path = ("input", "message")
    errors = tuple(text_errors(message, path, 2 * LONGEST_MESSAGE))
    if errors:
        return Outcome(user_errors=errors)
    if not words or not message_fits(words):
        return refused(ErrorCode.INVALID_INPUT, path, f"Up to {LONGEST_MESSAGE} characters.")
    now = parts.clock.now()
    async with parts.database.begin() as work:
        found = await opened(secret, Scope.VIEW, reading=work, parts=parts)
        if found is None:
            return Outcome(user_errors=(invalid_token(),))
        gift = found.held.gift
        await tell(gift, _thanks(gift, words), f"{gift.id}.thanks", now, work=work, parts=parts)
    return Outcome(await claim_of(found.token, gift, parts))


def _thanks(gift: Gift, words: str) -> Notice:
    return Notice(News.THANKED, gift.tracking_number, gift.item.title, "thanked", words=words)


async def exchange(secret: str, variant_id: str, *, parts: GiftParts) -> Outcome[GiftClaim]:
    """The claim once its recipient has chosen something else; the giver is not told what."""
    async with parts.database.read() as reading:
        found = await opened(secret, Scope.ACCEPT, reading=reading, parts=parts)
    if found is None:
        return Outcome(user_errors=(invalid_token(),))
    gift = found.held.gift
    if gift.status not in REPLY_FROM or not parts.policy.gifts.exchangeable:
        return refused(ErrorCode.NOT_MODIFIABLE, None, "This gift cannot be exchanged now.")
    options = await parts.pricing.exchanges(gift.item.variant_id, gift.item.quantity)
    chosen = next((each for each in options if each.variant_id == variant_id), None)
    if chosen is None:
        return refused(ErrorCode.NOT_FOUND, ("input", "variantId"), "This is not on offer.")
    item = replace(gift.item, variant_id=chosen.variant_id, title=chosen.title)
    return await _exchanged(found, replace(gift, item=item, reserved=chosen.demand), parts)


async def _exchanged(found: Opened, gift: Gift, parts: GiftParts) -> Outcome[GiftClaim]:
    returned = dict(found.held.gift.reserved)
    try:
        async with parts.database.begin() as work:
            if await work.stock.reserve(dict(gift.reserved), returned):
                message = "There is not enough of it any more."
                return refused(ErrorCode.OUT_OF_STOCK, ("input", "variantId"), message)
            now = parts.clock.now()
            held = await put(gift, found.held.version, now, work=work, parts=parts)
    except Stale:
        return refused(ErrorCode.VERSION_CONFLICT, None, "The gift is changing: try again.")
    return Outcome(await claim_of(found.token, held.gift, parts))


async def report(secret: str, reason: str | None, *, parts: GiftParts) -> Outcome[GiftClaim]:
    """The claim once it is declined where it still can be, and the giver blocked."""
    errors = tuple(text_errors(reason or "", ("input", "reason"), LONGEST_REASON))
    if errors:
        return Outcome(user_errors=errors)
    async with parts.database.begin() as work:
        found = await opened(secret, Scope.VIEW, reading=work, parts=parts)
        if found is None:
            return Outcome(user_errors=(invalid_token(),))
        gift = found.held.gift
        await _block(gift, gift.giver_id, work, parts)
    declined = await decline(secret, reason, parts=parts)
    if declined.value is not None:
        return declined
    return Outcome(await claim_of(found.token, gift, parts))


async def _block(gift: Gift, giver_id: str, work: Work, parts: GiftParts) -> None:
    blinds = [blind_of(each.contact, parts.cipher)[0] for each in gift.channels]
    await work.gift_contacts.block(blinds, giver_id, parts.clock.now())


async def forget(secret: str, *, parts: GiftParts) -> Outcome[GiftClaim]:
    """The claim as it was: a gift not yet on its way is declined, then its recipient forgotten.

    What the parcel needs is kept until it has ended: the retention run then deletes the rest.
    """
    async with parts.database.read() as reading:
        found = await opened(secret, Scope.VIEW, reading=reading, parts=parts)
    if found is None:
        return Outcome(user_errors=(invalid_token(),))
    declined = await decline(secret, None, parts=parts)
    gift = found.held.gift
    await forget_recipient(gift.id, block=True, parts=parts)
    claim = declined.value or await claim_of(found.token, gift, parts)
    return Outcome(replace(claim, can_accept=False, can_decline=False, exchange_options=()))


async def forget_recipient(gift_id: str, *, block: bool, parts: GiftParts) -> bool:
    """Whether the gift's recipient was forgotten: not while a parcel is on its way to them.

    ``block``: nobody's gifts are announced to these contacts again.
    """
    async with parts.database.begin() as work:
        held = await fetched(gift_id, reading=work, parts=parts)
        if held is None:
            return False
        if block:
            await _block(held.gift, ANYBODY, work, parts)
        await work.gift_contacts.forget(gift_id)
        if not held.gift.settled:
            return False
        await work.gift_tokens.revoke(gift_id)
        await vault.forget(recipient_of(gift_id), work=work)
    await announce(held.gift, parts=parts)
    return True
