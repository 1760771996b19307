"""What else a recipient may say: thanks, an exchange, a complaint, to be forgotten."""

from dataclasses import replace

from gateway.engine.gifts.tokens import Scope
from gateway.engine.gifts.values import Gift
from gateway.engine.gifts.words import LONGEST_MESSAGE, harmless_message, message_fits
from gateway.engine.problems import ErrorCode
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
from gateway.services.gifts.forgetting import contacts_behind, forget_contact
from gateway.services.gifts.keeping import put
from gateway.services.gifts.mailboxes import block
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.recipients import text_errors
from gateway.services.gifts.telling import tell
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Stale
from gateway.services.ports.letters import News, Notice


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
        contacts = contacts_behind(found.token, gift, parts.cipher)
        now = parts.clock.now()
        await block(contacts, gift.giver_id, now, work=work, cipher=parts.cipher)
    declined = await decline(secret, reason, parts=parts)
    if declined.value is not None:
        return declined
    return Outcome(await claim_of(found.token, gift, parts))


async def forget(secret: str, *, parts: GiftParts) -> Outcome[GiftClaim]:
    """The claim as it was: a gift not yet on its way is declined, then its recipient forgotten.

    Who holds the link speaks for the contact it was sent to. What a parcel on its way needs is
    kept until it has ended.
    """
    async with parts.database.read() as reading:
        found = await opened(secret, Scope.VIEW, reading=reading, parts=parts)
    if found is None:
        return Outcome(user_errors=(invalid_token(),))
    declined = await decline(secret, None, parts=parts)
    gift = found.held.gift
    for each in contacts_behind(found.token, gift, parts.cipher):
        await forget_contact(each, parts=parts)
    claim = declined.value or await claim_of(found.token, gift, parts)
    return Outcome(replace(claim, can_accept=False, can_decline=False, exchange_options=()))
