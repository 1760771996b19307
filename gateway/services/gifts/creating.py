"""Making gifts: checked, priced, held or mandated, and begun; once for each idempotency key."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import orjson

from gateway.engine.gifts.charges import (
    Charges,
    GiftPaymentState,
    first_payment_state,
    hold_amount,
)
from gateway.engine.gifts.transitions import created
from gateway.engine.gifts.values import Gift, GiftItem, Note
from gateway.engine.money import Money, TooPrecise, money
from gateway.engine.problems import ErrorCode, UserError
from gateway.engine.purchasers import PaymentMethod
from gateway.services.gifts.charging import Hold, hold, let_go
from gateway.services.gifts.checking import GiftPlan, checked
from gateway.services.gifts.contacts import blind_of
from gateway.services.gifts.keeping import announce, keep
from gateway.services.gifts.links import new_tracking_number
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.recipients import KnownRecipient
from gateway.services.gifts.records import kept
from gateway.services.gifts.requests import GiftCaller, GiftRequest
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Database, Duplicate, Stale, Work
from gateway.services.ports.gift_pricing import GiftEstimate, NotGivable
from gateway.services.ports.gifts import GiftOrder
from gateway.services.ports.payments import ActionRequired

MOST_A_DAY = 5000
"""Recipients of one account in 24 hours."""
PATIENCE = timedelta(seconds=5)
PAUSE = 0.05
TAKEN_OVER = timedelta(seconds=30)
"""How long an order may be under way before it counts as left behind by a crash."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A plan with what it costs, how it is paid and who is named as its sender."""

    plan: GiftPlan
    estimate: GiftEstimate
    cap: Money
    method: PaymentMethod
    sender: str | None


async def create_gifts(
    request: GiftRequest, caller: GiftCaller, *, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    """The gifts that ``request`` asks for, one a recipient; the same key makes them once."""
    now = parts.clock.now()
    known = await _known(request, caller, parts)
    if known is not None:
        return await _repeated(known, request, caller, parts)
    priced = await _prepared(request, caller, now, parts)
    if not isinstance(priced, Priced):
        return Outcome(user_errors=priced)
    return await _ordered(priced, caller, now, parts)


async def _prepared(
    request: GiftRequest, caller: GiftCaller, now: datetime, parts: GiftParts
) -> Priced | tuple[UserError, ...]:
    plan = checked(request, now, parts)
    if not isinstance(plan, GiftPlan):
        return plan
    priced = await _priced(plan, caller, now, parts)
    return (priced,) if isinstance(priced, UserError) else priced


def _fingerprint(request: GiftRequest, parts: GiftParts) -> str:
    """What tells the body of ``request`` from another's, without holding it."""
    body = orjson.dumps(asdict(request), default=str).decode()
    return parts.cipher.blind("gift request", body)[0]


async def _known(request: GiftRequest, caller: GiftCaller, parts: GiftParts) -> GiftOrder | None:
    async with parts.database.read() as reading:
        return await reading.gift_orders.find(caller.scope, request.idempotency_key)


async def _repeated(
    order: GiftOrder, request: GiftRequest, caller: GiftCaller, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    """What the first request of this key came to."""
    if order.fingerprint != _fingerprint(request, parts):
        message = "This idempotency key was used for another request."
        return refused(ErrorCode.IDEMPOTENCY_CONFLICT, ("input", "idempotencyKey"), message)
    if await _finished(order, parts):
        return Outcome(await _gifts(order.gift_ids, parts))
    if parts.clock.now() - order.created_at > TAKEN_OVER:
        return await _taken_over(order, request, caller, parts)
    message = "The first request of this key is still under way: try again."
    return refused(ErrorCode.IDEMPOTENCY_CONFLICT, ("input", "idempotencyKey"), message)


async def _taken_over(
    order: GiftOrder, request: GiftRequest, caller: GiftCaller, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    """The gifts of an order left behind by a process that died, its holds not made twice."""
    now = parts.clock.now()
    priced = await _prepared(request, caller, now, parts)
    if not isinstance(priced, Priced):
        return Outcome(user_errors=priced)
    try:
        return await _fulfilled(order, priced, caller, now, parts)
    except Stale:
        # Somebody else took it over a moment earlier.
        return Outcome(await _gifts(order.gift_ids, parts))


async def _finished(order: GiftOrder, parts: GiftParts) -> bool:
    for _ in range(int(PATIENCE.total_seconds() / PAUSE)):
        async with parts.database.read() as reading:
            found = await reading.gift_orders.find(order.caller, order.key)
        if found is None or found.done:
            return found is not None
        await asyncio.sleep(PAUSE)
    return False


async def _gifts(ids: Sequence[str], parts: GiftParts) -> tuple[Gift, ...]:
    async with parts.database.read() as reading:
        records = {each.id: each for each in await reading.gifts.among(ids)}
        held = [
            await kept(records[each], reading=reading, cipher=parts.cipher)
            for each in ids
            if each in records
        ]
    return tuple(each.gift for each in held)


async def _priced(
    plan: GiftPlan, caller: GiftCaller, now: datetime, parts: GiftParts
) -> Priced | UserError:
    request = plan.request
    estimate = await parts.pricing.estimate(
        request.variant_id, request.quantity, wrap=plan.wrap is not None
    )
    if isinstance(estimate, NotGivable):
        return UserError(estimate.code, ("input", "variantId"), estimate.message)
    cap = _cap(request, estimate)
    if isinstance(cap, UserError):
        return cap
    async with parts.database.read() as reading:
        given = await reading.gifts.given_since(caller.purchaser_id, now - timedelta(days=1))
        wished = request.payment_method_id
        method = await parts.givers.payment_method(caller.purchaser_id, wished, reading)
        giver = await parts.givers.giver(caller.purchaser_id, reading)
    if given + len(plan.recipients) > MOST_A_DAY:
        return UserError(ErrorCode.LIMIT_EXCEEDED, None, f"At most {MOST_A_DAY} gifts a day.")
    if method is None:
        return _no_method(wished)
    sender = None if request.anonymous or giver is None else giver.name or None
    return Priced(plan, estimate, cap, method, sender)


def _no_method(wished: str | None) -> UserError:
    path = ("input", "paymentMethodId")
    if wished is not None:
        return UserError(ErrorCode.NOT_FOUND, path, "You have no such payment method.")
    return UserError(ErrorCode.INVALID_INPUT, path, "Save a payment method first.")


def _cap(request: GiftRequest, estimate: GiftEstimate) -> Money | UserError:
    if request.charge_cap is None:
        return estimate.high
    path = ("input", "chargeCap")
    try:
        cap = money(request.charge_cap, estimate.low.currency)
    except TooPrecise as refusal:
        return UserError(ErrorCode.INVALID_INPUT, path, str(refusal))
    if cap.minor < estimate.low.minor:
        return UserError(ErrorCode.INVALID_INPUT, path, "Less than the gift costs anywhere.")
    return cap


async def _ordered(
    priced: Priced, caller: GiftCaller, now: datetime, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    order = _order(priced, caller, now, parts)
    try:
        async with parts.database.begin() as work:
            await work.gift_orders.add(order)
    except Duplicate:
        # The first one's transaction may be about to be committed: let it.
        await asyncio.sleep(PAUSE)
        first = await _known(priced.plan.request, caller, parts)
        if first is None:
            return await create_gifts(priced.plan.request, caller, parts=parts)
        return await _repeated(first, priced.plan.request, caller, parts)
    return await _fulfilled(order, priced, caller, now, parts)


async def _fulfilled(
    order: GiftOrder, priced: Priced, caller: GiftCaller, now: datetime, parts: GiftParts
) -> Outcome[tuple[Gift, ...]]:
    gifts = await _charged(priced, order, caller, now, parts)
    if isinstance(gifts, UserError):
        await _withdrawn(order, parts.database)
        return Outcome(user_errors=(gifts,))
    try:
        return Outcome(await _begun(gifts, order, parts))
    except _TooLittle:
        await _released(gifts, parts)
        await _withdrawn(order, parts.database)
        message = "There is not enough of it for everybody."
        return refused(ErrorCode.OUT_OF_STOCK, ("input", "variantId"), message)


def _order(priced: Priced, caller: GiftCaller, now: datetime, parts: GiftParts) -> GiftOrder:
    return GiftOrder(
        id=parts.ids.new("gor"),
        caller=caller.scope,
        key=priced.plan.request.idempotency_key,
        fingerprint=_fingerprint(priced.plan.request, parts),
        gift_ids=tuple(parts.ids.new("gft") for _ in priced.plan.recipients),
        created_at=now,
    )


async def _withdrawn(order: GiftOrder, database: Database) -> None:
    """Refusals are not kept: the same key may be tried again."""
    async with database.begin() as work:
        await work.gift_orders.withdraw(order.id)


async def _charged(
    priced: Priced, order: GiftOrder, caller: GiftCaller, now: datetime, parts: GiftParts
) -> list[Gift] | UserError:
    """The gifts, each with its hold where one is due; when one is refused all are let go."""
    gifts: list[Gift] = []
    pairs = zip(order.gift_ids, priced.plan.recipients, strict=True)
    for gift_id, recipient in pairs:
        gift = _gift(gift_id, order, recipient, priced, caller, now)
        charged = await _with_hold(gift, priced, parts)
        if charged is None:
            await _released(gifts, parts)
            message = "The payment was refused."
            return UserError(ErrorCode.PAYMENT_DECLINED, ("input", "paymentMethodId"), message)
        gifts.append(charged)
    return gifts


async def _with_hold(gift: Gift, priced: Priced, parts: GiftParts) -> Gift | None:
    if gift.charges.payment is GiftPaymentState.MANDATE:
        return gift
    amount = hold_amount(gift.charges.high, gift.charges.cap)
    outcome = await hold(gift, priced.method, amount, parts=parts)
    if isinstance(outcome, ActionRequired):
        # Refused all the same: a confirmation that comes later must not hold anything.
        await let_go(outcome.charge_id, parts=parts)
    if not isinstance(outcome, Hold):
        return None
    charges = replace(gift.charges, charge_id=outcome.charge_id, held=amount)
    return replace(gift, charges=charges)


async def _released(gifts: list[Gift], parts: GiftParts) -> None:
    for gift in gifts:
        if gift.charges.charge_id is not None:
            await parts.payments.release(gift.charges.charge_id)


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
        charges=_charges(priced, now),
        created_at=now,
        starts_at=plan.starts_at,
        deadline=plan.deadline,
        contact_recipient=request.contact_recipient,
        note=Note(plan.message, priced.sender),
        channels=known.channels,
        candidates=(known.candidate,) if known.candidate else (),
        reserved=priced.estimate.demand,
    )


def _charges(priced: Priced, now: datetime) -> Charges:
    return Charges(
        low=priced.estimate.low,
        high=priced.estimate.high,
        cap=priced.cap,
        payment=first_payment_state(priced.plan.deadline - now),
        payment_method_id=priced.method.id,
    )


class _TooLittle(Exception):
    """There is less in stock than the gifts need: nothing of them is kept."""


async def _begun(gifts: list[Gift], order: GiftOrder, parts: GiftParts) -> tuple[Gift, ...]:
    """The gifts as they stand once their first screening is done, their goods reserved.

    Raises:
        _TooLittle: there are not enough goods.
        Stale: somebody else has begun them.

    """
    async with parts.database.begin() as work:
        # First of all: whoever comes second must not find the stock gone to the very same gifts.
        await work.gift_orders.finish(order.id)
        if await work.stock.reserve(_demand(gifts)):
            raise _TooLittle(order.id)
        begun = [await _begin(gift, work, parts) for gift in gifts]
    for gift in begun:
        await announce(gift, parts=parts)
    return tuple(begun)


def _demand(gifts: list[Gift]) -> dict[str, int]:
    """What all of them take from stock."""
    demand: Counter[str] = Counter()
    for gift in gifts:
        demand.update(dict(gift.reserved))
    return dict(demand)


async def _begin(gift: Gift, work: Work, parts: GiftParts) -> Gift:
    wanted = await _wanted(gift, work, parts)
    blinds = [blind_of(each.contact, parts.cipher)[0] for each in gift.channels]
    await work.gift_contacts.add(gift.id, blinds)
    progress = created(wanted, parts.rules)
    held = await keep(progress, None, gift.created_at, work=work, parts=parts)
    return held.gift


async def _wanted(gift: Gift, work: Work, parts: GiftParts) -> Gift:
    """``gift`` without channels to contacts that want no messages; the giver is not told."""
    open_ = []
    for channel in gift.channels:
        blinds = blind_of(channel.contact, parts.cipher)
        if not await work.gift_contacts.blocked(blinds, gift.giver_id):
            open_.append(channel)
    return replace(gift, channels=tuple(open_))
