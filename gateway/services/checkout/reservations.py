"""Reservations: stock, stored value, codes, cart and day's allowance set aside for an attempt."""

from dataclasses import replace
from datetime import timedelta

from gateway.engine.checkout.outcomes import (
    DraftOrder,
    InvalidPurchase,
    LimitExceeded,
    OutOfStock,
    PriceChanged,
    PriceGuard,
    PurchaseRefusal,
    SignInRequired,
)
from gateway.engine.money import Money
from gateway.engine.pricing.discount_codes import ALREADY_USED_MESSAGE, StoredValuePayment
from gateway.engine.pricing.promotions import PromotionUse
from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.checkout import drafts
from gateway.services.dependencies import Dependencies
from gateway.services.identity import one_click_profiles
from gateway.services.orders import code_uses, promotion_uses
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.purchase_attempts import PurchaseAttempt

DAY_CAP_PERIOD = timedelta(hours=24)
CART_PATH = ("input", "cartId")
VERSION_PATH = ("input", "expectedVersion")


class ReservationRefused(Exception):
    """Something cannot be reserved: the transaction is rolled back."""

    def __init__(self, refusal: PurchaseRefusal) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


async def lock_purchaser(draft: DraftOrder, work: UnitOfWork) -> None:
    """Let nobody else buy for the draft's purchaser, or erase them, until ``work`` ends.

    Raises:
        ReservationRefused: they were erased meanwhile.

    """
    purchaser_id = draft.buyer.purchaser_id
    if purchaser_id is not None and not await work.purchasers.lock(purchaser_id):
        raise ReservationRefused(SignInRequired("This account was erased. Sign in anew to buy."))


async def reserve(
    attempt: PurchaseAttempt, draft: DraftOrder, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Reserve everything that ``draft`` needs, in the transaction ``work``.

    Raises:
        ReservationRefused: something is missing or taken.

    """
    await _check_day_cap(attempt, draft, work, dependencies)
    for shortage in await work.stock.reserve(dict(draft.demand)):
        raise ReservationRefused(OutOfStock(shortage.variant_id, shortage.available))
    for stored_payment in draft.stored:
        if not await work.stored_values.debit(stored_payment.code, stored_payment.minor):
            raise ReservationRefused(await _stored_value_spent(stored_payment, draft, work))
    await _reserve_codes(attempt, draft, work, dependencies)
    used_up = await promotion_uses.record_uses(draft, attempt.id, work, dependencies)
    if used_up is not None:
        raise ReservationRefused(_promotion_used_up(used_up, draft))
    cart = draft.cart
    if cart is not None and not await work.carts.lock_for_attempt(
        cart.id, cart.version, attempt.id
    ):
        conflict = UserError(
            ErrorCode.VERSION_CONFLICT,
            VERSION_PATH,
            "The cart was changed meanwhile; nothing was bought. Look at it, then buy it again.",
        )
        raise ReservationRefused(InvalidPurchase((conflict,)))
    if draft.consent is not None:
        await one_click_profiles.remember_client(
            draft.buyer, draft.consent, work=work, dependencies=dependencies.identity
        )


async def _stored_value_spent(
    stored_payment: StoredValuePayment, draft: DraftOrder, work: UnitOfWork
) -> PriceChanged:
    """The refusal that tells the amount due without the stored value that was spent elsewhere."""
    balance = sum(
        stored_value.balance
        for stored_value in await work.stored_values.find_many([stored_payment.code])
    )
    shortfall = Money(stored_payment.minor - min(stored_payment.minor, balance), draft.due.currency)
    cause = f"{stored_payment.code}: the stored value was used meanwhile."
    return PriceChanged(draft.due, draft.due + shortfall, PriceGuard.DUE, (cause,))


def _promotion_used_up(use: PromotionUse, draft: DraftOrder) -> PriceChanged:
    """The refusal that tells the amount due without the promotion that others have used up."""
    dearer_due = replace(draft.due, minor=draft.due.minor + use.amount_off)
    return PriceChanged(draft.due, dearer_due, PriceGuard.DUE, (f"{use.name}: it is used up.",))


async def assign_to_order(
    attempt: PurchaseAttempt,
    draft: DraftOrder,
    order_id: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Hand the reservation over to the order; enable one-click purchases if the buyer consented."""
    if draft.cart is not None:
        await work.carts.mark_purchased(draft.cart.id, attempt.id, order_id)
    if draft.codes:
        await work.code_uses.reassign(attempt.id, order_id)
    if draft.promotions:
        await work.promotion_uses.reassign(attempt.id, order_id)
    if draft.consent is not None:
        await one_click_profiles.enable_after_purchase(
            draft.buyer, draft.consent, work=work, dependencies=dependencies.identity
        )


async def _reserve_codes(
    attempt: PurchaseAttempt, draft: DraftOrder, work: UnitOfWork, dependencies: Dependencies
) -> None:
    if await code_uses.record_uses(draft, attempt.id, work, dependencies) is not None:
        error = UserError(ErrorCode.INVALID_INPUT, CART_PATH, ALREADY_USED_MESSAGE)
        raise ReservationRefused(InvalidPurchase((error,)))


async def _check_day_cap(
    attempt: PurchaseAttempt, draft: DraftOrder, work: UnitOfWork, dependencies: Dependencies
) -> None:
    purchaser_id, cap = draft.buyer.purchaser_id, dependencies.policy.day_cap
    if purchaser_id is None or not _counts_for_day_cap(draft):
        return
    currency = draft.due.currency.code
    spent_minor = await work.orders.sum_spent(
        purchaser_id, dependencies.clock.now() - DAY_CAP_PERIOD, currency
    )
    for open_attempt in await work.purchase_attempts.list_open_for(purchaser_id):
        open_draft = (
            draft
            if open_attempt.id == attempt.id
            else await drafts.unseal_draft(open_attempt, work, dependencies)
        )
        if _counts_for_day_cap(open_draft) and open_draft.due.currency.code == currency:
            spent_minor += _gross_minor(open_draft)
    if spent_minor > cap.minor:
        limit = f"{cap.amount} {cap.currency.code}"
        # Without the sum: a device must not learn what was bought on others.
        added = Money(_gross_minor(draft), draft.due.currency)
        message = (
            f"Without a sign-in, orders may cost at most {limit} in 24 hours; this one of "
            f"{added.amount} {currency} would be over that."
        )
        raise ReservationRefused(LimitExceeded(f"{message} Sign in, then retry."))


def _counts_for_day_cap(draft: DraftOrder) -> bool:
    """Whether it counts for the day cap: a one-click order without a sign-in."""
    return not draft.buyer.signed_in and draft.cart is None


def _gross_minor(draft: DraftOrder) -> int:
    gross = draft.figures.total.gross
    return 0 if gross is None else gross.minor


async def release(attempt: PurchaseAttempt, draft: DraftOrder, work: UnitOfWork) -> None:
    """Give back what was reserved for an attempt that becomes no order."""
    await work.stock.release(dict(draft.demand))
    for stored_payment in draft.stored:
        await work.stored_values.credit(stored_payment.code, stored_payment.minor)
    if draft.codes:
        await work.code_uses.delete(attempt.id)
    if draft.promotions:
        await work.promotion_uses.release(attempt.id)
    if draft.cart is not None:
        await work.carts.unlock(draft.cart.id, attempt.id)
