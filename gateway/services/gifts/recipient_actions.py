"""Actions of a recipient besides accepting: thank, exchange, report, erase."""

from dataclasses import replace

from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.message_text import (
    MAX_MESSAGE_LENGTH,
    fits_message_limits,
    sanitize_message,
)
from gateway.engine.gifts.tokens import TokenScope
from gateway.engine.user_errors import ErrorCode
from gateway.services.gifts.claims import (
    ACCEPTABLE_STATUSES,
    MAX_REASON_LENGTH,
    GiftClaim,
    OpenedClaim,
    build_claim,
    decline_gift,
    invalid_token,
    open_link,
)
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.erasure import erase_contact, link_contacts
from gateway.services.gifts.gift_store import save_gift
from gateway.services.gifts.mailboxes import block_contacts
from gateway.services.gifts.notifications import post_notice
from gateway.services.gifts.recipient_checks import text_errors
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.letters import GiverNotice, NoticeKind


async def thank_giver(
    secret: str, message: str, *, dependencies: GiftDependencies
) -> Outcome[GiftClaim]:
    """Send the recipient's thanks to the giver; returns the claim."""
    clean_message = sanitize_message(message)
    path = ("input", "message")
    errors = tuple(text_errors(message, path, 2 * MAX_MESSAGE_LENGTH))
    if errors:
        return Outcome(user_errors=errors)
    if not clean_message or not fits_message_limits(clean_message):
        return error_outcome(
            ErrorCode.INVALID_INPUT, path, f"Up to {MAX_MESSAGE_LENGTH} characters."
        )
    now = dependencies.clock.now()
    async with dependencies.database.begin() as work:
        opened_claim = await open_link(
            secret, TokenScope.VIEW, reading=work, dependencies=dependencies
        )
        if opened_claim is None:
            return Outcome(user_errors=(invalid_token(),))
        gift = opened_claim.versioned_gift.gift
        await post_notice(
            gift,
            _thanks_notice(gift, clean_message),
            f"{gift.id}.thanks",
            now,
            work=work,
            dependencies=dependencies,
        )
    return Outcome(await build_claim(opened_claim.token, gift, dependencies))


def _thanks_notice(gift: Gift, message: str) -> GiverNotice:
    return GiverNotice(
        NoticeKind.THANKED, gift.tracking_number, gift.item.title, "thanked", message=message
    )


async def exchange_gift(
    secret: str, variant_id: str, *, dependencies: GiftDependencies
) -> Outcome[GiftClaim]:
    """Exchange the gift for another variant, without telling the giver; returns the claim."""
    async with dependencies.database.read() as reading:
        opened_claim = await open_link(
            secret, TokenScope.ACCEPT, reading=reading, dependencies=dependencies
        )
    if opened_claim is None:
        return Outcome(user_errors=(invalid_token(),))
    gift = opened_claim.versioned_gift.gift
    if gift.status not in ACCEPTABLE_STATUSES or not dependencies.policy.gifts.exchangeable:
        return error_outcome(ErrorCode.NOT_MODIFIABLE, None, "This gift cannot be exchanged now.")
    options = await dependencies.pricing.list_exchange_options(
        gift.item.variant_id, gift.item.quantity
    )
    chosen_option = next((each for each in options if each.variant_id == variant_id), None)
    if chosen_option is None:
        return error_outcome(ErrorCode.NOT_FOUND, ("input", "variantId"), "This is not on offer.")
    item = replace(gift.item, variant_id=chosen_option.variant_id, title=chosen_option.title)
    return await _try_exchange(
        opened_claim, replace(gift, item=item, reserved=chosen_option.demand), dependencies
    )


async def _try_exchange(
    opened_claim: OpenedClaim, gift: Gift, dependencies: GiftDependencies
) -> Outcome[GiftClaim]:
    returned_stock = dict(opened_claim.versioned_gift.gift.reserved)
    try:
        async with dependencies.database.begin() as work:
            if await work.stock.reserve(dict(gift.reserved), returned_stock):
                message = "There is not enough of it any more."
                return error_outcome(ErrorCode.OUT_OF_STOCK, ("input", "variantId"), message)
            now = dependencies.clock.now()
            versioned_gift = await save_gift(
                gift, opened_claim.versioned_gift.version, now, work=work, dependencies=dependencies
            )
    except VersionConflict:
        return error_outcome(ErrorCode.VERSION_CONFLICT, None, "The gift is changing: try again.")
    return Outcome(await build_claim(opened_claim.token, versioned_gift.gift, dependencies))


async def report_gift(
    secret: str, reason: str | None, *, dependencies: GiftDependencies
) -> Outcome[GiftClaim]:
    """Block the giver, and decline the gift if possible; returns the claim."""
    errors = tuple(text_errors(reason or "", ("input", "reason"), MAX_REASON_LENGTH))
    if errors:
        return Outcome(user_errors=errors)
    async with dependencies.database.begin() as work:
        opened_claim = await open_link(
            secret, TokenScope.VIEW, reading=work, dependencies=dependencies
        )
        if opened_claim is None:
            return Outcome(user_errors=(invalid_token(),))
        gift = opened_claim.versioned_gift.gift
        contacts = link_contacts(opened_claim.token, gift, dependencies.cipher)
        now = dependencies.clock.now()
        await block_contacts(contacts, gift.giver_id, now, work=work, cipher=dependencies.cipher)
    decline_outcome = await decline_gift(secret, reason, dependencies=dependencies)
    if decline_outcome.value is not None:
        return decline_outcome
    return Outcome(await build_claim(opened_claim.token, gift, dependencies))


async def erase_link_holder(secret: str, *, dependencies: GiftDependencies) -> Outcome[GiftClaim]:
    """Erase the contact that the link was sent to; returns the claim as it was.

    A gift that is not on its way is declined first. Data that a parcel on its way needs is kept
    until the gift has ended.
    """
    async with dependencies.database.read() as reading:
        opened_claim = await open_link(
            secret, TokenScope.VIEW, reading=reading, dependencies=dependencies
        )
    if opened_claim is None:
        return Outcome(user_errors=(invalid_token(),))
    decline_outcome = await decline_gift(secret, None, dependencies=dependencies)
    gift = opened_claim.versioned_gift.gift
    for contact in link_contacts(opened_claim.token, gift, dependencies.cipher):
        await erase_contact(contact, dependencies=dependencies)
    claim = decline_outcome.value or await build_claim(opened_claim.token, gift, dependencies)
    return Outcome(replace(claim, can_accept=False, can_decline=False, exchange_options=()))
