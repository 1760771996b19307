"""What a giver does with a gift once it is under way: cancel it, or add what is asked for."""

from dataclasses import dataclass, field
from decimal import Decimal

from gateway.engine.gifts.events import Event, GiverAnswered, Occurred
from gateway.engine.gifts.redaction import without_phones
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.transitions import Refused
from gateway.engine.gifts.values import Gift
from gateway.engine.money import Money, UnfitAmount, money
from gateway.engine.problems import ErrorCode, UserError
from gateway.services.gifts.guesses import may_confirm
from gateway.services.gifts.keeping import announce, fetched, happen
from gateway.services.gifts.mailboxes import kept_blinds, welcome_contacts
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.planning import method_refusal
from gateway.services.gifts.recipients import KnownRecipient, known_recipient
from gateway.services.gifts.records import KeptGift
from gateway.services.gifts.requests import GiftCaller, RecipientDetails
from gateway.services.gifts.settling import with_money_back
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Reading, Stale, Work

ATTEMPTS = 5
GIFT = ("input", "giftId")
CHANGING = "The gift is changing: try again."
PLACE = ("input", "recipient", "postal")


@dataclass(frozen=True, slots=True)
class GiverInput:
    """What the giver adds when asked."""

    recipient: RecipientDetails | None = field(default=None, repr=False)
    charge_cap: Decimal | None = None
    payment_method_id: str | None = None


async def own_gift(
    gift_id: str, caller: GiftCaller, *, reading: Reading, parts: GiftParts
) -> KeptGift | None:
    """The caller's gift of this id; another's is as if there were none."""
    held = await fetched(gift_id, reading=reading, parts=parts)
    if held is None or not caller.owns(held.gift.giver_id, held.gift.partner_id):
        return None
    return held


def no_such_gift() -> Outcome[Gift]:
    """The answer for gifts that are not there, or not the caller's."""
    return refused(ErrorCode.NOT_FOUND, GIFT, "You have no such gift.")


async def cancel(gift_id: str, caller: GiftCaller, *, parts: GiftParts) -> Outcome[Gift]:
    """The gift once cancelled; too late from its dispatch on."""
    for _ in range(ATTEMPTS):
        try:
            cancelled = await _cancelled(gift_id, caller, parts)
        except Stale:
            continue
        if isinstance(cancelled, Outcome):
            return cancelled
        # What is answered is the state that was made: the worker goes on where this is cut off.
        return Outcome(await with_money_back(cancelled, parts=parts))
    return refused(ErrorCode.VERSION_CONFLICT, GIFT, CHANGING)


async def _cancelled(
    gift_id: str, caller: GiftCaller, parts: GiftParts
) -> KeptGift | Outcome[Gift]:
    async with parts.database.begin() as work:
        held = await own_gift(gift_id, caller, reading=work, parts=parts)
        if held is None:
            return no_such_gift()
        event = Occurred(EventType.CANCELLED, parts.clock.now())
        after = await happen(held, event, work=work, parts=parts)
        if isinstance(after, Refused):
            return _not_modifiable(held.gift)
    await announce(after.gift, parts=parts)
    return after


def _not_modifiable(gift: Gift) -> Outcome[Gift]:
    words = gift.status.value.lower().replace("_", " ")
    message = f"The gift is {words}: this is not possible now."
    return Outcome(user_errors=(UserError(ErrorCode.NOT_MODIFIABLE, GIFT, message),))


async def supply(
    gift_id: str, given: GiverInput, caller: GiftCaller, *, parts: GiftParts
) -> Outcome[Gift]:
    """The gift once its giver has added ``given``."""
    known = _known(given, parts)
    if isinstance(known, tuple):
        return Outcome(user_errors=known)
    for _ in range(ATTEMPTS):
        try:
            return await _supplied(gift_id, given, known, caller, parts)
        except Stale:
            continue
    return refused(ErrorCode.VERSION_CONFLICT, GIFT, CHANGING)


def _known(given: GiverInput, parts: GiftParts) -> KnownRecipient | tuple[UserError, ...] | None:
    if given == GiverInput():
        message = "Something of the recipient, a cap or a payment method."
        return (UserError(ErrorCode.INVALID_INPUT, ("input",), message),)
    if given.recipient is None:
        return None
    return known_recipient(given.recipient, ("input", "recipient"), parts)


async def _supplied(
    gift_id: str,
    given: GiverInput,
    known: KnownRecipient | None,
    caller: GiftCaller,
    parts: GiftParts,
) -> Outcome[Gift]:
    async with parts.database.begin() as work:
        held = await own_gift(gift_id, caller, reading=work, parts=parts)
        if held is None:
            return no_such_gift()
        refusal = await _refusal(held.gift, given, known, work, parts)
        if refusal is not None:
            return Outcome(user_errors=(refusal,))
        event = await _answer(held.gift, given, known, work, parts)
        after = await happen(held, event, work=work, parts=parts)
        if isinstance(after, Refused):
            return _not_modifiable(held.gift)
    await announce(after.gift, parts=parts)
    return Outcome(after.gift)


async def _refusal(
    gift: Gift, given: GiverInput, known: KnownRecipient | None, work: Work, parts: GiftParts
) -> UserError | None:
    rules = parts.rules
    if gift.status is not GiftStatus.AWAITING_GIVER:
        return _not_modifiable(gift).user_errors[0]
    if gift.giver_rounds > rules.most_rounds:
        message = f"At most {rules.most_rounds} times is a giver asked about one gift."
        return UserError(ErrorCode.LIMIT_EXCEEDED, GIFT, message)
    if known and _place(known) and gift.confirmations >= rules.most_confirmations:
        # Each answer tells whether the recipient lives there: three guesses, no oracle.
        message = f"At most {rules.most_confirmations} places are tried for a gift: give the whole"
        return UserError(ErrorCode.LIMIT_EXCEEDED, PLACE, f"{message} address, or cancel it.")
    cap = _cap(gift, given)
    if isinstance(cap, UserError):
        return cap
    wished = given.payment_method_id
    if wished is None:
        return None
    method = await parts.givers.payment_method(gift.giver_id, wished, work)
    return method_refusal(method, wished, parts.clock.now())


def _cap(gift: Gift, given: GiverInput) -> Money | UserError | None:
    if given.charge_cap is None:
        return None
    path = ("input", "chargeCap")
    try:
        cap = money(given.charge_cap, gift.charges.low.currency)
    except UnfitAmount as refusal:
        return UserError(ErrorCode.INVALID_INPUT, path, str(refusal))
    if cap.minor < gift.charges.low.minor:
        return UserError(ErrorCode.INVALID_INPUT, path, "Less than the gift costs anywhere.")
    return cap


def _place(known: KnownRecipient) -> str | None:
    """The town or region that confirms a found address, where no whole address is given."""
    postal = known.recipient.postal
    if postal is None or postal.lines:
        return None
    return postal.city or postal.region


async def _answer(
    gift: Gift, given: GiverInput, known: KnownRecipient | None, work: Work, parts: GiftParts
) -> Event:
    now = parts.clock.now()
    cap = _cap(gift, given)
    consent = cap if isinstance(cap, Money) else None
    if known is None:
        return GiverAnswered(now, cap=consent, payment_method_id=given.payment_method_id)
    place = _place(known)
    if place and not await may_confirm(gift, known.recipient, work=work, parts=parts):
        place = ""
    known = await _remembered(gift, known, work, parts)
    return GiverAnswered(
        now,
        recipient=known.recipient,
        channels=known.channels,
        candidate=known.candidate,
        place=place,
        cap=consent,
        payment_method_id=given.payment_method_id,
    )


async def _remembered(
    gift: Gift, known: KnownRecipient, work: Work, parts: GiftParts
) -> KnownRecipient:
    """``known`` without contacts that want no messages; the giver is not told."""
    recipient, channels = await welcome_contacts(
        known.recipient, known.channels, gift.giver_id, reading=work, cipher=parts.cipher
    )
    contacts = [each for each in (recipient.email, recipient.phone) if each]
    await work.gift_contacts.add(gift.id, kept_blinds(contacts, parts.cipher))
    gone = {each for each in {known.recipient.phone} - {recipient.phone} if each}
    said = without_phones((known.candidate,) if known.candidate else (), gone)
    return KnownRecipient(recipient, channels, *said)
