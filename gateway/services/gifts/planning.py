"""What making gifts comes to before anything is kept: checked, priced, and by which method."""

from dataclasses import dataclass
from datetime import datetime

from gateway.engine.gifts.charges import GiftPaymentState, first_payment_state, hold_amount
from gateway.engine.gifts.words import harmless_name
from gateway.engine.money import Money, UnfitAmount, money
from gateway.engine.problems import METHOD_EXPIRED, ErrorCode, UserError
from gateway.engine.purchasers import PaymentMethod
from gateway.services.gifts.checking import GiftPlan, checked
from gateway.services.gifts.giver_limits import too_many
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import GiftCaller, GiftRequest
from gateway.services.ports.gift_pricing import GiftEstimate, NotGivable


@dataclass(frozen=True, slots=True)
class Priced:
    """A plan with what it costs, how it is paid and who is named as its sender.

    ``hold`` is what is held at once for each gift; nothing where the money can wait.
    """

    plan: GiftPlan
    estimate: GiftEstimate
    cap: Money
    method: PaymentMethod
    sender: str | None
    hold: Money | None


async def prepared(
    request: GiftRequest, caller: GiftCaller, now: datetime, *, parts: GiftParts
) -> Priced | tuple[UserError, ...]:
    """What ``request`` comes to at ``now``, or everything that is wrong with it."""
    plan = checked(request, now, parts)
    if not isinstance(plan, GiftPlan):
        return plan
    priced = await _priced(plan, caller, now, parts)
    return (priced,) if isinstance(priced, UserError) else priced


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
        over = await too_many(caller, len(plan.recipients), now, reading=reading, parts=parts)
        wished = request.payment_method_id
        method = await parts.givers.payment_method(caller.purchaser_id, wished, reading)
        giver = await parts.givers.giver(caller.purchaser_id, reading)
    if over is not None:
        return over
    refusal = method_refusal(method, wished, now)
    if method is None or refusal is not None:
        return refusal or NO_METHOD
    sender = None if request.anonymous or giver is None else harmless_name(giver.name) or None
    return Priced(plan, estimate, cap, method, sender, _hold(plan, estimate, cap, now))


def _hold(plan: GiftPlan, estimate: GiftEstimate, cap: Money, now: datetime) -> Money | None:
    if first_payment_state(plan.deadline - now) is GiftPaymentState.MANDATE:
        return None
    return hold_amount(estimate.high, cap)


METHOD = ("input", "paymentMethodId")
NO_METHOD = UserError(ErrorCode.INVALID_INPUT, METHOD, "Save a payment method first.")


def method_refusal(
    method: PaymentMethod | None, wished: str | None, now: datetime
) -> UserError | None:
    """Why a gift cannot be charged to ``method``, found by the id ``wished`` if one was."""
    if method is None and wished is None:
        return NO_METHOD
    if method is None:
        return UserError(ErrorCode.NOT_FOUND, METHOD, "You have no such payment method.")
    if method.expired(now.date()):
        return UserError(ErrorCode.PAYMENT_DECLINED, METHOD, METHOD_EXPIRED)
    return None


def _cap(request: GiftRequest, estimate: GiftEstimate) -> Money | UserError:
    if request.charge_cap is None:
        return estimate.high
    path = ("input", "chargeCap")
    try:
        cap = money(request.charge_cap, estimate.low.currency)
    except UnfitAmount as refusal:
        return UserError(ErrorCode.INVALID_INPUT, path, str(refusal))
    if cap.minor < estimate.low.minor:
        return UserError(ErrorCode.INVALID_INPUT, path, "Less than the gift costs anywhere.")
    return cap
