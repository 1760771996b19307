"""The checks, prices and payment method of a gift request, before anything is stored."""

from dataclasses import dataclass
from datetime import datetime

from gateway.engine.gifts.charges import GiftPaymentState, hold_amount, initial_payment_state
from gateway.engine.gifts.message_text import sanitize_name
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.engine.money import Money
from gateway.engine.user_errors import METHOD_EXPIRED_MESSAGE, ErrorCode, UserError
from gateway.services.charge_amounts import describe_refusal
from gateway.services.gifts.charge_caps import CHARGE_CAP_PATH, parse_charge_cap
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.giver_limits import check_daily_recipients
from gateway.services.gifts.request_checks import CheckedGiftRequest, check_request
from gateway.services.gifts.requests import GiftCaller, GiftRequest
from gateway.services.ports.gift_pricing import GiftEstimate, GiftUnavailable
from gateway.services.ports.givers import Giver


@dataclass(frozen=True, slots=True)
class PricedGiftRequest:
    """A checked gift request with its estimate, payment method and sender.

    ``hold`` is the amount that is authorized at once for each gift; None if none is.
    """

    checked_request: CheckedGiftRequest
    estimate: GiftEstimate
    cap: Money
    method: PaymentMethod
    sender: str | None
    hold: Money | None


async def estimate_gift(
    variant_id: str, quantity: int, *, dependencies: GiftDependencies
) -> GiftEstimate | None:
    """What a gift to one recipient would show as its charges; None if it cannot be given."""
    estimate = await dependencies.pricing.estimate(variant_id, quantity, wrap=False)
    return None if isinstance(estimate, GiftUnavailable) else estimate


async def price_request(
    request: GiftRequest, caller: GiftCaller, now: datetime, *, dependencies: GiftDependencies
) -> PricedGiftRequest | tuple[UserError, ...]:
    """``request`` checked and priced at ``now``, or all its errors."""
    checked_request = check_request(request, now, dependencies)
    if not isinstance(checked_request, CheckedGiftRequest):
        return checked_request
    priced_request = await _price_checked_request(checked_request, caller, now, dependencies)
    return (priced_request,) if isinstance(priced_request, UserError) else priced_request


async def _price_checked_request(
    checked_request: CheckedGiftRequest,
    caller: GiftCaller,
    now: datetime,
    dependencies: GiftDependencies,
) -> PricedGiftRequest | UserError:
    request = checked_request.request
    estimate = await dependencies.pricing.estimate(
        request.variant_id, request.quantity, wrap=checked_request.wrap is not None
    )
    if isinstance(estimate, GiftUnavailable):
        return UserError(estimate.code, VARIANT_PATH, estimate.message)
    cap = _parse_charge_cap(request, estimate)
    if isinstance(cap, UserError):
        return cap
    async with dependencies.database.read() as reading:
        limit_error = await check_daily_recipients(
            caller, len(checked_request.recipients), now, reading=reading, dependencies=dependencies
        )
        method_id = request.payment_method_id
        method = await dependencies.givers.find_payment_method(
            caller.purchaser_id, method_id, reading
        )
        giver = await dependencies.givers.find_giver(caller.purchaser_id, reading)
    if limit_error is not None:
        return limit_error
    method_error = payment_method_error(method, method_id, now)
    if method is None or method_error is not None:
        return method_error or NO_METHOD_ERROR
    hold = _initial_hold(checked_request, estimate, cap, now, dependencies)
    amount_error = _find_amount_error(request, estimate, cap, hold, dependencies)
    if amount_error is not None:
        return amount_error
    return PricedGiftRequest(
        checked_request,
        estimate,
        cap,
        method,
        None if request.anonymous else _sender(checked_request, giver),
        hold,
    )


def _sender(checked_request: CheckedGiftRequest, giver: Giver | None) -> str | None:
    """The name that recipients see: the one for this gift, else the giver's."""
    return checked_request.sender or sanitize_name(giver.name if giver else "") or None


def _initial_hold(
    checked_request: CheckedGiftRequest,
    estimate: GiftEstimate,
    cap: Money,
    now: datetime,
    dependencies: GiftDependencies,
) -> Money | None:
    lifetime, hold_lifetime = checked_request.deadline - now, dependencies.payments.hold_lifetime
    if initial_payment_state(lifetime, hold_lifetime) is GiftPaymentState.MANDATE:
        return None
    amount = hold_amount(estimate.high, cap)
    return amount if amount.minor else None


def _find_amount_error(
    request: GiftRequest,
    estimate: GiftEstimate,
    cap: Money,
    hold: Money | None,
    dependencies: GiftDependencies,
) -> UserError | None:
    """The error if the provider does not charge what is to be held, or nothing up to the cap.

    With a mandate, a total that is not to be charged may still become another one.
    """
    amount = hold or hold_amount(estimate.high, cap)
    refusal = dependencies.payments.find_amount_refusal(amount) if amount.minor else None
    is_certain = hold is not None or estimate.low == amount
    if refusal is None or (refusal.step_minor is not None and not is_certain):
        return None
    path = VARIANT_PATH if request.charge_cap is None else CHARGE_CAP_PATH
    return UserError(ErrorCode.INVALID_INPUT, path, describe_refusal(amount, refusal))


VARIANT_PATH = ("input", "variantId")
METHOD_PATH = ("input", "paymentMethodId")
NO_METHOD_ERROR = UserError(ErrorCode.INVALID_INPUT, METHOD_PATH, "Save a payment method first.")


def payment_method_error(
    method: PaymentMethod | None, method_id: str | None, now: datetime
) -> UserError | None:
    """The error if gifts cannot be charged to ``method``, which was found by ``method_id``."""
    if method is None and method_id is None:
        return NO_METHOD_ERROR
    if method is None:
        return UserError(ErrorCode.NOT_FOUND, METHOD_PATH, "You have no such payment method.")
    if method.is_expired(now.date()):
        return UserError(ErrorCode.PAYMENT_DECLINED, METHOD_PATH, METHOD_EXPIRED_MESSAGE)
    return None


def _parse_charge_cap(request: GiftRequest, estimate: GiftEstimate) -> Money | UserError:
    if request.charge_cap is None:
        return estimate.high
    return parse_charge_cap(request.charge_cap, estimate.low)
