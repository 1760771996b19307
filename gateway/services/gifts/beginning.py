"""Beginning gifts: their money held, their goods reserved, then all of them at once or none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.charges import Charges, GiftPaymentState
from gateway.engine.gifts.redaction import without_phones
from gateway.engine.gifts.transitions import created
from gateway.engine.gifts.values import Gift, GiftItem, Note
from gateway.engine.money import Money
from gateway.engine.problems import ErrorCode, UserError
from gateway.services.gifts.allowance import lock_contacts
from gateway.services.gifts.charging import Hold, hold
from gateway.services.gifts.giver_limits import too_many
from gateway.services.gifts.keeping import announce, keep
from gateway.services.gifts.links import new_tracking_number
from gateway.services.gifts.mailboxes import kept_blinds, welcome_contacts
from gateway.services.gifts.ordering import OrderUnderWay, give_up, still_mine
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.planning import Priced
from gateway.services.gifts.recipients import KnownRecipient
from gateway.services.gifts.requests import GiftCaller
from gateway.services.outcomes import Outcome
from gateway.services.ports.database import Work
from gateway.services.ports.gifts import GiftOrder

DECLINED = UserError(
    ErrorCode.PAYMENT_DECLINED, ("input", "paymentMethodId"), "The payment was refused."
)
TOO_LITTLE = UserError(
    ErrorCode.OUT_OF_STOCK, ("input", "variantId"), "There is not enough of it for everybody."
)


class _Refused(Exception):
    """The gifts are not to be: nothing of them is kept."""

    def __init__(self, error: UserError) -> None:
        super().__init__(error.code)
        self.error = error


async def begin(
    order: GiftOrder, priced: Priced, caller: GiftCaller, now: datetime, *, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    """The gifts of ``order``; where they are refused, or anything fails, it is withdrawn.

    Raises:
        ChargeUnknown: the provider does not say what became of a hold.
        Stale: somebody else goes on with the order, or has withdrawn it.

    """
    pairs = zip(order.gift_ids, priced.plan.recipients, strict=True)
    gifts = [_gift(gift_id, order, known, priced, caller, now) for gift_id, known in pairs]
    async with OrderUnderWay(order, parts) as mine:
        try:
            if priced.hold is not None:
                gifts = await _held(mine, gifts, priced, priced.hold, parts)
            return Outcome(await _begun(mine.order, gifts, caller, now, parts))
        except _Refused as refused:
            await give_up(mine.order, parts=parts)
            return Outcome(user_errors=(refused.error,))


async def _held(
    mine: OrderUnderWay, gifts: Sequence[Gift], priced: Priced, amount: Money, parts: GiftParts
) -> list[Gift]:
    """The gifts, each with its hold; raises ``_Refused`` where one is not given."""
    held: list[Gift] = []
    for gift in gifts:
        mine.order = await still_mine(mine.order, parts=parts)
        outcome = await hold(gift, priced.method, amount, parts=parts)
        if not isinstance(outcome, Hold):
            raise _Refused(DECLINED)
        charges = replace(gift.charges, charge_id=outcome.charge_id, held=amount)
        held.append(replace(gift, charges=charges))
    return held


def _gift(
    gift_id: str,
    order: GiftOrder,
    known: KnownRecipient,
    priced: Priced,
    caller: GiftCaller,
    now: datetime,
) -> Gift:
    plan, request = priced.plan, priced.plan.request
    return Gift(
        id=gift_id,
        order_id=order.id,
        tracking_number=new_tracking_number(),
        giver_id=caller.purchaser_id,
        partner_id=caller.partner_id,
        item=GiftItem(request.variant_id, priced.estimate.title, request.quantity, plan.wrap),
        recipient=known.recipient,
        charges=_charges(priced),
        created_at=now,
        starts_at=plan.starts_at,
        deadline=plan.deadline,
        contact_recipient=request.contact_recipient,
        note=Note(plan.message, priced.sender),
        channels=known.channels,
        candidates=(known.candidate,) if known.candidate else (),
        reserved=priced.estimate.demand,
    )


def _charges(priced: Priced) -> Charges:
    return Charges(
        low=priced.estimate.low,
        high=priced.estimate.high,
        cap=priced.cap,
        payment=GiftPaymentState.HELD if priced.hold else GiftPaymentState.MANDATE,
        payment_method_id=priced.method.id,
    )


async def _begun(
    order: GiftOrder, gifts: Sequence[Gift], caller: GiftCaller, now: datetime, parts: GiftParts
) -> tuple[Gift, ...]:
    """The gifts as they stand once their first screening is done, their goods reserved.

    Raises:
        _Refused: there are not enough goods, or the giver has had a day's recipients meanwhile.
        Stale: somebody else has begun them.

    """
    async with parts.database.begin() as work:
        # First of all: whoever comes second must not find the stock gone to the very same gifts.
        await work.gift_orders.finish(order)
        # Whoever gives as the same purchaser waits here: their gifts are counted one after another.
        await work.purchasers.lock(caller.purchaser_id)
        over = await too_many(caller, len(gifts), now, reading=work, parts=parts)
        if over is not None:
            raise _Refused(over)
        if await work.stock.reserve(_demand(gifts)):
            raise _Refused(TOO_LITTLE)
        await lock_contacts(gifts, work=work, parts=parts)
        begun = [await _begin(gift, work, parts) for gift in gifts]
    for gift in begun:
        await announce(gift, parts=parts)
    return tuple(begun)


def _demand(gifts: Sequence[Gift]) -> dict[str, int]:
    """What all of them take from stock."""
    demand: Counter[str] = Counter()
    for gift in gifts:
        demand.update(dict(gift.reserved))
    return dict(demand)


async def _begin(gift: Gift, work: Work, parts: GiftParts) -> Gift:
    wanted = await _wanted(gift, work, parts)
    contacts = [each for each in (wanted.recipient.email, wanted.recipient.phone) if each]
    await work.gift_contacts.add(gift.id, kept_blinds(contacts, parts.cipher))
    progress = created(wanted, parts.rules)
    held = await keep(progress, None, gift.created_at, work=work, parts=parts)
    return held.gift


async def _wanted(gift: Gift, work: Work, parts: GiftParts) -> Gift:
    """``gift`` without channels to contacts that want no messages; the giver is not told."""
    recipient, channels = await welcome_contacts(
        gift.recipient, gift.channels, gift.giver_id, reading=work, cipher=parts.cipher
    )
    gone = {gift.recipient.phone} - {recipient.phone, None}
    candidates = without_phones(gift.candidates, {each for each in gone if each})
    return replace(gift, recipient=recipient, channels=channels, candidates=candidates)
