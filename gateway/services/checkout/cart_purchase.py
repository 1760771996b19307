"""The purchase of a cart, stored or made of one click: price it, check it, run the payment."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.engine.carts import Cart, build_purchase
from gateway.engine.checkout.checks import (
    CheckoutObstacle,
    PurchaseTerms,
    build_draft_order,
    find_goods_obstacle,
    find_obstacle,
    find_price_change,
)
from gateway.engine.checkout.outcomes import (
    DraftOrder,
    InvalidPurchase,
    LimitExceeded,
    PriceChanged,
    PurchaseOutcome,
    PurchaseRefusal,
)
from gateway.engine.money import Currency, InvalidAmount, Money, money_from_major_units
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.calculations import ALL_PARTS
from gateway.engine.user_errors import ErrorCode, ErrorCollector, InputPath, UserError
from gateway.services import carts
from gateway.services.calculations import calculate_cart
from gateway.services.checkout import payment_attempts
from gateway.services.checkout.payment_attempts import IdempotencyKey
from gateway.services.checkout.payment_refusals import find_amount_refusal, refuse_amount
from gateway.services.checkout.planned_purchases import load_group_for, plan_purchase
from gateway.services.dependencies import Dependencies
from gateway.services.orders import code_uses, promotion_uses
from gateway.services.orders.joining import OpenGroup
from gateway.services.ports.database import ReadSession

EXPECTED_TOTAL_PATH: InputPath = ("input", "expectedTotal")
EXPECTED_DUE_PATH: InputPath = ("input", "expectedDue")
MAX_PRICINGS = 3
"""Attempts to price a purchase while other purchases spend the stored value it would use."""


def parse_expected_amount(
    amount: Decimal | None, path: InputPath, currency: Currency, collector: ErrorCollector
) -> Money | None:
    """``amount``, in major units, as money of ``currency``.

    None if ``amount`` is None, or if it is no such money: then ``collector`` has an error at
    ``path``.
    """
    if amount is None:
        return None
    try:
        return money_from_major_units(amount, currency)
    except InvalidAmount as error:
        collector.add(path, f"Not an amount to pay: {error}.")
        return None


async def purchase_cart(
    cart: Cart, terms: PurchaseTerms, key: IdempotencyKey, dependencies: Dependencies
) -> PurchaseOutcome:
    """Buy ``cart`` under ``terms`` as the attempt with ``key``."""
    for _ in range(MAX_PRICINGS):
        draft_order = await _price_draft_order(cart, terms, dependencies)
        if not isinstance(draft_order, DraftOrder):
            return draft_order
        outcome = await payment_attempts.run_attempt(key, draft_order, dependencies)
        if not isinstance(outcome, PriceChanged):
            break
    return outcome


async def _price_draft_order(
    cart: Cart, terms: PurchaseTerms, dependencies: Dependencies
) -> DraftOrder | PurchaseRefusal:
    """The draft order of ``cart`` at present prices, or the refusal."""
    calculator = dependencies.calculator
    async with dependencies.database.read() as reading:
        priced_cart = await _price_cart(cart, terms, reading, dependencies)
        if calculator is None:
            drafted = await _draft_order(priced_cart, terms, reading, dependencies)
    if calculator is not None:
        obstacle = find_goods_obstacle(priced_cart, priced_cart.context)
        if obstacle is not None:
            return obstacle
        # It may take seconds, in which nothing of the database is kept from others.
        priced_cart = await calculate_cart(priced_cart, ALL_PARTS, calculator)
        async with dependencies.database.read() as reading:
            drafted = await _draft_order(priced_cart, terms, reading, dependencies)
    if not isinstance(drafted, _GroupedDraft):
        return drafted
    planned = await plan_purchase(drafted.draft, priced_cart.context, drafted.group, dependencies)
    refusal = (
        find_price_change(planned.total, planned.draft.due, priced_cart, terms)
        or _check_order_cap(planned.total, terms, dependencies)
        or _check_amount(planned.draft, dependencies)
    )
    return planned.draft if refusal is None else refusal


async def _price_cart(
    cart: Cart, terms: PurchaseTerms, reading: ReadSession, dependencies: Dependencies
) -> PricedCart:
    """``cart`` for the buyer of ``terms``, by the tables."""
    used_codes = await code_uses.find_used_codes(
        cart.codes, terms.buyer, reading, dependencies.cipher
    )
    context = await promotion_uses.load_buyer_terms(
        await carts.load_general_context(cart, reading, dependencies, used_codes),
        cart.codes,
        terms.buyer,
        reading,
        dependencies.cipher,
    )
    return PricedCart(cart, build_purchase(cart, context))


@dataclass(frozen=True, slots=True)
class _GroupedDraft:
    """A draft order, and the open order that it would join."""

    draft: DraftOrder
    group: OpenGroup | None


async def _draft_order(
    priced_cart: PricedCart, terms: PurchaseTerms, reading: ReadSession, dependencies: Dependencies
) -> _GroupedDraft | CheckoutObstacle:
    obstacle = find_obstacle(priced_cart, priced_cart.context)
    if obstacle is not None:
        return obstacle
    draft = build_draft_order(priced_cart, priced_cart.context, terms)
    return _GroupedDraft(draft, await load_group_for(draft, reading, dependencies))


def _check_amount(draft: DraftOrder, dependencies: Dependencies) -> InvalidPurchase | None:
    """The refusal of a draft of which the payment provider cannot charge what is due."""
    refusal = find_amount_refusal(draft.due, dependencies.payment_provider)
    return None if refusal is None else refuse_amount(draft.due, refusal, draft.cart)


def _check_order_cap(
    total: Money, terms: PurchaseTerms, dependencies: Dependencies
) -> LimitExceeded | None:
    """The refusal of a one-click order without a sign-in that costs more than the order cap.

    The cap has one currency; orders in other currencies need a sign-in.
    """
    cap = dependencies.policy.order_cap
    if terms.cart is not None or terms.buyer.signed_in:
        return None
    if total.currency == cap.currency and total.minor <= cap.minor:
        return None
    return LimitExceeded(
        f"Without a sign-in, an order may cost at most {cap.amount} {cap.currency.code}; this one "
        f"costs {total.amount} {total.currency.code}. Sign in, then retry."
    )


def invalid_purchase(collector: ErrorCollector) -> InvalidPurchase:
    """The refusal with the errors of ``collector``."""
    return InvalidPurchase(tuple(collector.errors))


def invalid_purchase_for(code: ErrorCode, path: InputPath | None, message: str) -> InvalidPurchase:
    """The refusal with one error."""
    return InvalidPurchase((UserError(code, path, message),))
