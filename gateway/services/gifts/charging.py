"""The giver's money: held, taken and given back at the provider, never inside a transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from gateway.engine.gifts.charges import GiftPaymentState, within_cap
from gateway.engine.gifts.events import ChargeStopped, GiverAnswered, Validated
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
    if isinstance(answer, Unknown):
        # Never authorise anew on silence: ask what became of it.
        answer = await parts.payments.lookup(request.idempotency_key)
    match answer:
        case Authorized(charge_id=charge_id):
            return Hold(charge_id, request.amount)
        case ActionRequired() | Declined():
            return answer
    raise ChargeUnknown(request.idempotency_key)


async def settle(
    gift: Gift, candidate: Candidate, now: datetime, *, parts: GiftParts
) -> Validated | ChargeStopped:
    """What the gift costs at ``candidate``, held; or why the giver has to be asked."""
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
) -> Validated | ChargeStopped:
    method = await _method(gift, parts)
    if method is None:
        return ChargeStopped(EventType.CHARGE_REFUSED, now, final)
    match await hold(gift, method, final, parts=parts):
        case Hold(charge_id=charge_id, amount=amount):
            return Validated(now, candidate.key, final, charge_id, amount)
        case ActionRequired(url=url):
            return ChargeStopped(EventType.CHARGE_REFUSED, now, final, url)
    return ChargeStopped(EventType.CHARGE_REFUSED, now, final)


async def _method(gift: Gift, parts: GiftParts) -> PaymentMethod | None:
    """The gift's payment method; nothing if it was deleted."""
    wished = gift.charges.payment_method_id
    async with parts.database.read() as reading:
        return await parts.givers.payment_method(gift.giver_id, wished, reading)


async def confirmed(gift: Gift, now: datetime, *, parts: GiftParts) -> GiverAnswered | None:
    """The giver's confirmation of the payment with the bank, if it has come.

    Raises:
        ChargeUnknown: the giver is still expected to confirm.

    """
    needed = gift.charges.needed
    if needed is None:
        return None
    charges = gift.charges
    key = hold_key(gift.id, charges.payment_method_id, needed.minor, charges.attempts)
    answer = await parts.payments.lookup(key)
    match answer:
        case Authorized(charge_id=charge_id):
            return GiverAnswered(now, held=needed, charge_id=charge_id)
        case Declined() | None:
            return None
    raise ChargeUnknown(gift.id)


async def captured(gift: Gift, *, parts: GiftParts) -> str | None:
    """The charge under which the gift's final total was taken; nothing if it was refused twice.

    A hold may have expired: it is renewed once.
    """
    charges = gift.charges
    if charges.final is None or charges.charge_id is None:
        return None
    if isinstance(await parts.payments.capture(charges.charge_id, charges.final), Captured):
        return charges.charge_id
    return await _captured_anew(gift, charges.charge_id, charges.final, parts)


async def _captured_anew(gift: Gift, expired: str, final: Money, parts: GiftParts) -> str | None:
    method = await _method(gift, parts)
    if method is None:
        return None
    key = f"{gift.id}.renewed.{gift.sequence}"
    token = method.provider_token
    request = AuthorizationRequest(final, token, key, gift.giver_id, renews=expired)
    outcome = await _authorised(request, parts)
    if not isinstance(outcome, Hold):
        return None
    taken = await parts.payments.capture(outcome.charge_id, final)
    return outcome.charge_id if isinstance(taken, Captured) else None


async def give_back(gift: Gift, *, parts: GiftParts) -> None:
    """Release what is held of the gift's charge, or refund what was taken."""
    charge_id = gift.charges.charge_id
    if charge_id is None:
        return
    if gift.charges.payment is GiftPaymentState.CAPTURED:
        await parts.payments.refund(charge_id)
    else:
        await parts.payments.release(charge_id)


async def let_go(charge_id: str | None, *, parts: GiftParts) -> None:
    """Release a hold that another has replaced, or that nobody has recorded."""
    if charge_id is not None:
        await parts.payments.release(charge_id)
