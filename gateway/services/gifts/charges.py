"""The giver's money: held, taken and given back at the provider, never inside a transaction."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from gateway.engine.gifts.charges import (
    Charges,
    GiftPaymentState,
    PendingHold,
    is_within_cap,
    without_hold,
    without_pending_hold,
)
from gateway.engine.gifts.events import AddressValidated, ChargeStopped
from gateway.engine.gifts.gift import AddressCandidate, Gift
from gateway.engine.gifts.paying import with_granted_hold, with_requested_action
from gateway.engine.gifts.statuses import EventType
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.engine.money import Money
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationRequest,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureCompleted,
    CaptureUnknown,
    DeclineReason,
    ProviderUnavailable,
    RefundFailed,
    RefundPending,
)


class ChargeOutcomeUnknown(Exception):
    """The provider has not yet told what became of a charge: look again later."""


class RefundOutcomeUnknown(Exception):
    """The provider has accepted the giver's refund, which may still fail: look again later."""


class RefundRefused(Exception):
    """The provider could not give the giver's money back."""


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount held under the provider's ``charge_id`` until ``held_until``, if that is known."""

    charge_id: str
    amount: Money
    held_until: datetime | None = None


HoldOutcome: TypeAlias = Hold | AuthorizationActionRequired | AuthorizationDeclined


async def authorize_hold(
    gift: Gift, method: PaymentMethod, amount: Money, *, dependencies: GiftDependencies
) -> HoldOutcome:
    """``amount`` held on ``method``; the same attempt at the same amount is held once."""
    key = hold_key(gift.id, gift.charges.payment_method_id, amount.minor, gift.charges.attempts + 1)
    request = AuthorizationRequest(amount, method.provider_token, key, gift.giver_id)
    return await _authorize(request, dependencies)


def hold_key(gift_id: str, method_id: str, minor: int, attempt: int = 1) -> str:
    """The idempotency key of a hold: what is held anew on purpose has another."""
    return f"{gift_id}.{method_id}.{minor}.{attempt}"


async def _authorize(request: AuthorizationRequest, dependencies: GiftDependencies) -> HoldOutcome:
    authorization: AuthorizationResult | None = await dependencies.payments.authorize(request)
    if isinstance(authorization, AuthorizationUnknown | AuthorizationActionRequired):
        # Never authorise anew on silence, nor on what the payer may have confirmed meanwhile.
        authorization = await dependencies.payments.find_by_key(request.idempotency_key)
    match authorization:
        case AuthorizationGranted(charge_id=charge_id, held_until=held_until):
            return Hold(charge_id, request.amount, held_until)
        case AuthorizationActionRequired() | AuthorizationDeclined():
            return authorization
    raise ChargeOutcomeUnknown(request.idempotency_key)


async def authorize_final_total(
    gift: Gift, candidate: AddressCandidate, now: datetime, *, dependencies: GiftDependencies
) -> AddressValidated | ChargeStopped | PendingHold:
    """The charge for ``candidate``, authorized; or the reason to ask the giver.

    Or the hold that is to be asked for: it is kept first, then this is done again.
    """
    charges = gift.charges
    if charges.payment is GiftPaymentState.CAPTURED and charges.final is not None:
        return AddressValidated(now, candidate.key, charges.final, None, None)
    final_total = await _price_final_total(gift, candidate, dependencies)
    if not is_within_cap(charges, final_total):
        return ChargeStopped(EventType.OVER_CAP, now, final_total)
    if final_total.minor == 0:
        return AddressValidated(now, candidate.key, final_total, None, None)
    if dependencies.payments.find_amount_refusal(final_total) is not None:
        return ChargeStopped(EventType.AMOUNT_REFUSED, now, final_total)
    if charges.held is not None and charges.held.minor >= final_total.minor:
        return AddressValidated(now, candidate.key, final_total, None, None)
    return await _authorize_total(gift, candidate, final_total, now, dependencies)


async def _price_final_total(
    gift: Gift, candidate: AddressCandidate, dependencies: GiftDependencies
) -> Money:
    item = gift.item
    return await dependencies.pricing.final_total(
        item.variant_id, item.quantity, wrap=item.wrap is not None, address=candidate.address
    )


async def _authorize_total(
    gift: Gift,
    candidate: AddressCandidate,
    final_total: Money,
    now: datetime,
    dependencies: GiftDependencies,
) -> AddressValidated | ChargeStopped | PendingHold:
    method = await _load_payment_method(gift, dependencies)
    if method is None:
        return ChargeStopped(EventType.CHARGE_REFUSED, now, final_total)
    pending_hold = gift.charges.pending_hold
    if pending_hold is None or not _is_hold_sufficient(pending_hold, gift, final_total):
        return _build_next_hold(gift, final_total)
    request = _build_authorization_request(pending_hold, method, gift)
    outcome = await _authorize(request, dependencies)
    if isinstance(outcome, AuthorizationDeclined) and pending_hold.shown:
        # Its time was over: who gives the method again means a new hold.
        return _build_next_hold(gift, final_total)
    return _charge_event(outcome, candidate, final_total, now)


def _charge_event(
    outcome: HoldOutcome, candidate: AddressCandidate, final_total: Money, now: datetime
) -> AddressValidated | ChargeStopped:
    match outcome:
        case Hold(charge_id=charge_id, amount=amount, held_until=held_until):
            return AddressValidated(now, candidate.key, final_total, charge_id, amount, held_until)
        case AuthorizationActionRequired(url=url):
            return ChargeStopped(EventType.CHARGE_REFUSED, now, final_total, url)
        case AuthorizationDeclined(reason=DeclineReason.AMOUNT_REFUSED):
            return ChargeStopped(EventType.AMOUNT_REFUSED, now, final_total)
    return ChargeStopped(EventType.CHARGE_REFUSED, now, final_total)


def _is_hold_sufficient(pending_hold: PendingHold, gift: Gift, final_total: Money) -> bool:
    """Whether ``pending_hold`` is on the giver's method, and enough."""
    is_same_method = pending_hold.method_id == gift.charges.payment_method_id
    return is_same_method and pending_hold.amount.minor >= final_total.minor


def _build_next_hold(gift: Gift, amount: Money) -> PendingHold:
    charges = gift.charges
    attempt = charges.attempts + 1 + (charges.pending_hold is not None)
    key = hold_key(gift.id, charges.payment_method_id, amount.minor, attempt)
    return PendingHold(key, charges.payment_method_id, amount)


def _build_authorization_request(
    pending_hold: PendingHold,
    method: PaymentMethod,
    gift: Gift,
    renewed_charge_id: str | None = None,
) -> AuthorizationRequest:
    provider_token = method.provider_token
    return AuthorizationRequest(
        pending_hold.amount,
        provider_token,
        pending_hold.key,
        gift.giver_id,
        renewed_charge_id=renewed_charge_id,
    )


async def _load_payment_method(gift: Gift, dependencies: GiftDependencies) -> PaymentMethod | None:
    """The gift's payment method; nothing if it was deleted or has expired."""
    method_id = gift.charges.payment_method_id
    async with dependencies.database.read() as reading:
        method = await dependencies.givers.find_payment_method(gift.giver_id, method_id, reading)
    is_expired = method is not None and method.is_expired(dependencies.clock.now().date())
    return None if is_expired else method


async def authorize_pending_hold(
    gift: Gift, *, dependencies: GiftDependencies
) -> HoldOutcome | None:
    """The outcome of the gift's pending hold; None if there is none, or its method is gone.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of it.

    """
    pending_hold, method = gift.charges.pending_hold, await _load_payment_method(gift, dependencies)
    if pending_hold is None or method is None:
        return None
    request = _build_authorization_request(pending_hold, method, gift, gift.charges.charge_id)
    return await _authorize(request, dependencies)


async def find_confirmed_hold(gift: Gift, *, dependencies: GiftDependencies) -> Hold | None:
    """The pending hold, once its payer has confirmed it with the bank; nothing if it ended.

    Raises:
        ChargeOutcomeUnknown: the payer is still expected to confirm.

    """
    pending_hold = gift.charges.pending_hold
    if pending_hold is None:
        return None
    match await dependencies.payments.find_by_key(pending_hold.key):
        case AuthorizationGranted(charge_id=charge_id, held_until=held_until):
            return Hold(charge_id, pending_hold.amount, held_until)
        case AuthorizationDeclined() | None:
            return None
    raise ChargeOutcomeUnknown(gift.id)


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """Whether the gift's final total was taken, and its charges after that."""

    is_captured: bool
    charges: Charges


async def capture_final_total(
    gift: Gift, now: datetime, *, dependencies: GiftDependencies
) -> CaptureResult:
    """The outcome of capturing the gift's final total.

    A hold may have expired, or there is a mandate only: the amount is held anew once, which the
    giver may have to confirm.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of it.

    """
    charges = gift.charges
    if charges.final is None:
        return CaptureResult(is_captured=False, charges=charges)
    if charges.final.minor == 0:
        return CaptureResult(is_captured=True, charges=without_hold(without_pending_hold(charges)))
    if charges.charge_id is not None and await _try_capture(
        charges.charge_id, charges.final, dependencies
    ):
        # A renewal of the hold may be under way, which is no longer needed.
        return CaptureResult(is_captured=True, charges=without_pending_hold(charges))
    return await _renew_and_capture(gift, charges.charge_id, charges.final, now, dependencies)


async def _renew_and_capture(
    gift: Gift,
    expired_charge_id: str | None,
    final_total: Money,
    now: datetime,
    dependencies: GiftDependencies,
) -> CaptureResult:
    charges, method = gift.charges, await _load_payment_method(gift, dependencies)
    if method is None:
        return CaptureResult(is_captured=False, charges=charges)
    pending_hold = charges.pending_hold
    if pending_hold is None or not _is_hold_sufficient(pending_hold, gift, final_total):
        key = f"{gift.id}.renewed.{gift.sequence}.{charges.attempts}"
        pending_hold = PendingHold(key, charges.payment_method_id, final_total)
    charges = replace(charges, pending_hold=pending_hold)
    match await _authorize(
        _build_authorization_request(pending_hold, method, gift, expired_charge_id), dependencies
    ):
        case Hold(charge_id=charge_id, held_until=held_until) if await _try_capture(
            charge_id, final_total, dependencies
        ):
            # The expired one holds nothing that could be let go.
            charges = replace(charges, charge_id=charge_id)
            charges = with_granted_hold(charges, charge_id, pending_hold.amount, held_until)
            return CaptureResult(is_captured=True, charges=charges)
        case AuthorizationActionRequired(url=url):
            return CaptureResult(
                is_captured=False, charges=with_requested_action(charges, url, now)
            )
    return CaptureResult(is_captured=False, charges=without_pending_hold(charges))


async def _try_capture(charge_id: str, amount: Money, dependencies: GiftDependencies) -> bool:
    """Whether ``amount`` was captured, and what remains held let go.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of it.

    """
    result = await dependencies.payments.capture(
        charge_id, amount, f"{charge_id}.capture", final=True
    )
    if isinstance(result, CaptureUnknown):
        raise ChargeOutcomeUnknown(charge_id)
    return isinstance(result, CaptureCompleted)


async def return_money(gift: Gift, *, dependencies: GiftDependencies) -> None:
    """Release what is held of the gift's charge, or refund what was taken.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of it.
        RefundOutcomeUnknown: the refund may still fail.
        RefundRefused: the refund has failed.

    """
    charges = gift.charges
    if charges.charge_id is None:
        return
    if charges.payment is GiftPaymentState.CAPTURED and charges.final is not None:
        await _refund(charges.charge_id, charges.final, dependencies)
    else:
        await release_hold(charges.charge_id, dependencies=dependencies)


async def release_hold(charge_id: str, *, dependencies: GiftDependencies) -> None:
    """Release what is held as ``charge_id``.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of it.

    """
    try:
        await dependencies.payments.release(charge_id)
    except ProviderUnavailable as error:
        raise ChargeOutcomeUnknown(charge_id) from error


async def _refund(charge_id: str, amount: Money, dependencies: GiftDependencies) -> None:
    try:
        result = await dependencies.payments.refund(charge_id, amount, f"{charge_id}.refund")
    except ProviderUnavailable as error:
        raise ChargeOutcomeUnknown(charge_id) from error
    match result:
        case RefundPending():
            raise RefundOutcomeUnknown(charge_id)
        case RefundFailed(reason):
            raise RefundRefused(f"{charge_id}: {reason}")


async def release_stray_holds(gift: Gift, *, dependencies: GiftDependencies) -> None:
    """Release the holds that the gift no longer wants.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of one.

    """
    for charge_id in gift.charges.stray_charges:
        await release_hold(charge_id, dependencies=dependencies)
    for key in gift.charges.stray_keys:
        await release_hold_by_key(key, dependencies=dependencies)


async def release_hold_by_key(key: str, *, dependencies: GiftDependencies) -> None:
    """Release what the provider holds, or would hold once it is confirmed, under ``key``.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of it.

    """
    match await dependencies.payments.find_by_key(key):
        case (
            AuthorizationGranted(charge_id=charge_id)
            | AuthorizationActionRequired(charge_id=charge_id)
        ):
            await release_hold(charge_id, dependencies=dependencies)
        case AuthorizationUnknown():
            raise ChargeOutcomeUnknown(key)
