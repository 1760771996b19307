"""The giver's money: held, taken and given back at the provider, never inside a transaction."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from gateway.engine.gifts.charges import (
    CHECK_EVERY,
    Charges,
    GiftPaymentState,
    PendingHold,
    with_hold,
    within_cap,
    without_pending,
)
from gateway.engine.gifts.events import ChargeStopped, Validated
from gateway.engine.gifts.statuses import EventType
from gateway.engine.gifts.values import Candidate, Gift
from gateway.engine.money import Money
from gateway.engine.purchasers import PaymentMethod
from gateway.services.gifts.parts import GiftParts
from gateway.services.ports.payments import (
    ActionRequired,
    Authorization,
    AuthorizationRequest,
    Authorized,
    Captured,
    Declined,
    Unknown,
)


class ChargeUnknown(Exception):
    """The provider has not yet told what became of a charge: look again later."""


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount held under the provider's ``charge_id``."""

    charge_id: str
    amount: Money


HoldOutcome: TypeAlias = Hold | ActionRequired | Declined


async def hold(
    gift: Gift, method: PaymentMethod, amount: Money, *, parts: GiftParts
) -> HoldOutcome:
    """``amount`` held on ``method``; the same attempt at the same amount is held once."""
    key = hold_key(gift.id, gift.charges.payment_method_id, amount.minor, gift.charges.attempts + 1)
    request = AuthorizationRequest(amount, method.provider_token, key, gift.giver_id)
    return await _authorised(request, parts)


def hold_key(gift_id: str, method_id: str, minor: int, attempt: int = 1) -> str:
    """The idempotency key of a hold: what is held anew on purpose has another."""
    return f"{gift_id}.{method_id}.{minor}.{attempt}"


async def _authorised(request: AuthorizationRequest, parts: GiftParts) -> HoldOutcome:
    answer: Authorization | None = await parts.payments.authorize(request)
    if isinstance(answer, Unknown | ActionRequired):
        # Never authorise anew on silence, nor on what the payer may have confirmed meanwhile.
        answer = await parts.payments.lookup(request.idempotency_key)
    match answer:
        case Authorized(charge_id=charge_id):
            return Hold(charge_id, request.amount)
        case ActionRequired() | Declined():
            return answer
    raise ChargeUnknown(request.idempotency_key)


async def settle(
    gift: Gift, candidate: Candidate, now: datetime, *, parts: GiftParts
) -> Validated | ChargeStopped | PendingHold:
    """What the gift costs at ``candidate``, held; or why the giver has to be asked.

    Or the hold that is to be asked for: it is kept first, then this is done again.
    """
    charges = gift.charges
    if charges.payment is GiftPaymentState.CAPTURED and charges.final is not None:
        return Validated(now, candidate.key, charges.final, None, None)
    final = await _final(gift, candidate, parts)
    if not within_cap(charges, final):
        return ChargeStopped(EventType.OVER_CAP, now, final)
    if charges.held is not None and charges.held.minor >= final.minor:
        return Validated(now, candidate.key, final, None, None)
    return await _held_for(gift, candidate, final, now, parts)


async def _final(gift: Gift, candidate: Candidate, parts: GiftParts) -> Money:
    item = gift.item
    return await parts.pricing.final(
        item.variant_id, item.quantity, wrap=item.wrap is not None, address=candidate.address
    )


async def _held_for(
    gift: Gift, candidate: Candidate, final: Money, now: datetime, parts: GiftParts
) -> Validated | ChargeStopped | PendingHold:
    method = await _method(gift, parts)
    if method is None:
        return ChargeStopped(EventType.CHARGE_REFUSED, now, final)
    pending = gift.charges.pending_hold
    if pending is None or not _fits(pending, gift, final):
        return _next_hold(gift, final)
    match await _authorised(_request(pending, method, gift), parts):
        case Hold(charge_id=charge_id, amount=amount):
            return Validated(now, candidate.key, final, charge_id, amount)
        case ActionRequired(url=url):
            return ChargeStopped(EventType.CHARGE_REFUSED, now, final, url)
        case Declined() if pending.shown:
            # Its time was over: who gives the method again means a new hold.
            return _next_hold(gift, final)
    return ChargeStopped(EventType.CHARGE_REFUSED, now, final)


def _fits(pending: PendingHold, gift: Gift, final: Money) -> bool:
    """Whether ``pending`` is on the giver's method, and enough."""
    same = pending.method_id == gift.charges.payment_method_id
    return same and pending.amount.minor >= final.minor


def _next_hold(gift: Gift, amount: Money) -> PendingHold:
    charges = gift.charges
    attempt = charges.attempts + 1 + (charges.pending_hold is not None)
    key = hold_key(gift.id, charges.payment_method_id, amount.minor, attempt)
    return PendingHold(key, charges.payment_method_id, amount)


def _request(
    pending: PendingHold, method: PaymentMethod, gift: Gift, renews: str | None = None
) -> AuthorizationRequest:
    token = method.provider_token
    return AuthorizationRequest(pending.amount, token, pending.key, gift.giver_id, renews=renews)


async def _method(gift: Gift, parts: GiftParts) -> PaymentMethod | None:
    """The gift's payment method; nothing if it was deleted or has expired."""
    wished = gift.charges.payment_method_id
    async with parts.database.read() as reading:
        method = await parts.givers.payment_method(gift.giver_id, wished, reading)
    expired = method is not None and method.expired(parts.clock.now().date())
    return None if expired else method


async def confirmed(gift: Gift, *, parts: GiftParts) -> Hold | None:
    """The pending hold, once its payer has confirmed it with the bank; nothing if it ended.

    Raises:
        ChargeUnknown: the payer is still expected to confirm.

    """
    pending = gift.charges.pending_hold
    if pending is None:
        return None
    match await parts.payments.lookup(pending.key):
        case Authorized(charge_id=charge_id):
            return Hold(charge_id, pending.amount)
        case Declined() | None:
            return None
    raise ChargeUnknown(gift.id)


@dataclass(frozen=True, slots=True)
class Taking:
    """Whether the gift's final total was taken, and its charges after that."""

    done: bool
    charges: Charges


async def captured(gift: Gift, now: datetime, *, parts: GiftParts) -> Taking:
    """What became of taking the gift's final total.

    A hold may have expired: it is renewed once, which the giver may have to confirm.
    """
    charges = gift.charges
    if charges.final is None or charges.charge_id is None:
        return Taking(done=False, charges=charges)
    if isinstance(await parts.payments.capture(charges.charge_id, charges.final), Captured):
        return Taking(done=True, charges=charges)
    return await _captured_anew(gift, charges.charge_id, charges.final, now, parts)


async def _captured_anew(
    gift: Gift, expired: str, final: Money, now: datetime, parts: GiftParts
) -> Taking:
    charges, method = gift.charges, await _method(gift, parts)
    if method is None:
        return Taking(done=False, charges=charges)
    pending = charges.pending_hold
    if pending is None or not _fits(pending, gift, final):
        key = f"{gift.id}.renewed.{gift.sequence}.{charges.attempts}"
        pending = PendingHold(key, charges.payment_method_id, final)
    charges = replace(charges, pending_hold=pending)
    match await _authorised(_request(pending, method, gift, expired), parts):
        case Hold(charge_id=charge_id) if await _taken(charge_id, final, parts):
            # The expired one holds nothing that could be let go.
            charges = replace(charges, charge_id=charge_id)
            return Taking(done=True, charges=with_hold(charges, charge_id, pending.amount))
        case ActionRequired(url=url):
            waiting = replace(charges, action_url=url, check_at=now + CHECK_EVERY)
            return Taking(done=False, charges=waiting)
    return Taking(done=False, charges=without_pending(charges))


async def _taken(charge_id: str, amount: Money, parts: GiftParts) -> bool:
    return isinstance(await parts.payments.capture(charge_id, amount), Captured)


async def give_back(gift: Gift, *, parts: GiftParts) -> None:
    """Release what is held of the gift's charge, or refund what was taken."""
    charge_id = gift.charges.charge_id
    if charge_id is None:
        return
    if gift.charges.payment is GiftPaymentState.CAPTURED:
        await parts.payments.refund(charge_id)
    else:
        await parts.payments.release(charge_id)


async def let_go_strays(gift: Gift, *, parts: GiftParts) -> None:
    """Release the holds that the gift no longer wants.

    Raises:
        ChargeUnknown: the provider does not say what became of one.

    """
    for charge_id in gift.charges.stray_charges:
        await parts.payments.release(charge_id)
    for key in gift.charges.stray_keys:
        await let_go_by_key(key, parts=parts)


async def let_go_by_key(key: str, *, parts: GiftParts) -> None:
    """Release what the provider holds, or would hold once it is confirmed, under ``key``.

    Raises:
        ChargeUnknown: the provider does not say what became of it.

    """
    match await parts.payments.lookup(key):
        case Authorized(charge_id=charge_id) | ActionRequired(charge_id=charge_id):
            await parts.payments.release(charge_id)
        case Unknown():
            raise ChargeUnknown(key)
