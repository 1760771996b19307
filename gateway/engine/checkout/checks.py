"""Checks of a priced cart before checkout, and the draft order built from it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.carts import PricingContext
from gateway.engine.checkout.outcomes import (
    AddressInsufficient,
    Buyer,
    CartVersion,
    DraftOrder,
    InvalidPurchase,
    OneClickConsent,
    OutOfStock,
    PriceChanged,
    PriceGuard,
)
from gateway.engine.money import Money
from gateway.engine.orders.lines import DraftLine, OrderTerms, total_demand
from gateway.engine.orders.order import ActionChannel
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.discount_codes import allocate_stored_value
from gateway.engine.pricing.discounts import OrderDiscount
from gateway.engine.pricing.pipeline import SHIPPING
from gateway.engine.pricing.promotions import Promotion, PromotionUse
from gateway.engine.pricing.purchase import Item
from gateway.engine.pricing.runs import StrategyFailed
from gateway.engine.pricing.snapshots import take_snapshot
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.user_errors import ErrorCode, UserError


@dataclass(frozen=True, slots=True)
class DisplayedDue:
    """The amount left to pay that was last shown for a cart, in minor units.

    ``covered`` is the part that stored value paid; the whole balance if the total was not known.
    ``due`` is None if the total was not known.
    """

    covered: int
    due: int | None


def displayed_due(cart: PricedCart) -> DisplayedDue:
    """The amount left to pay that is shown for ``cart`` now."""
    try:
        gross, due = cart.total.gross, cart.due
    except StrategyFailed:
        gross = due = None
    if gross is None or due is None:
        return DisplayedDue(cart.applied_codes.stored_value_total or 0, None)
    return DisplayedDue(gross.minor - due.minor, due.minor)


@dataclass(frozen=True, slots=True)
class PurchaseTerms:
    """The terms of a purchase: buyer, address, payment method, and the expected amounts.

    ``expected_total`` is the highest total that the buyer accepts, ``expected_due`` the highest
    amount left to pay. Without ``expected_due`` the limit comes from ``displayed_due``. ``method``
    is the provider's token.
    """

    buyer: Buyer
    address: PostalAddress = field(repr=False)
    method: str = field(repr=False)
    expected_total: Money | None = None
    expected_due: Money | None = None
    displayed_due: DisplayedDue | None = None
    channel: ActionChannel = ActionChannel.CLICK
    cart: CartVersion | None = None
    consent: OneClickConsent | None = None


class TaxNotComputable(Exception):
    """The tax of a purchase cannot be computed although all its data is known."""


CheckoutObstacle = OutOfStock | AddressInsufficient | InvalidPurchase


def find_obstacle(cart: PricedCart, context: PricingContext) -> CheckoutObstacle | None:
    """The first reason why ``cart`` cannot be bought at any price; None if there is none."""
    return find_goods_obstacle(cart, context) or _check_shipping(cart)


def find_goods_obstacle(
    cart: PricedCart, context: PricingContext
) -> OutOfStock | InvalidPurchase | None:
    """The first such reason that lies in its goods: whoever computes its figures, it stays."""
    if not cart.items:
        return _invalid_purchase(("input", "cartId"), "There is nothing in the cart.")
    return _check_stock(cart, context)


def _invalid_purchase(path: tuple[str, ...], message: str) -> InvalidPurchase:
    return InvalidPurchase((UserError(ErrorCode.INVALID_INPUT, path, message),))


def _check_stock(cart: PricedCart, context: PricingContext) -> OutOfStock | None:
    for item in cart.unavailable_items:
        variant = context.variants.get(item.reference)
        return OutOfStock(item.reference, (variant.available if variant else 0) or 0)
    return None


def _check_shipping(cart: PricedCart) -> AddressInsufficient | None:
    problem = cart.ledger_after(SHIPPING).shipping.problem
    if problem is None:
        return None
    message = f"{problem.value.capitalize()}. Choose another address."
    error = UserError(ErrorCode.ADDRESS_INSUFFICIENT, None, message)
    return AddressInsufficient((error,))


def find_price_change(
    total: Money, due: Money, cart: PricedCart, terms: PurchaseTerms
) -> PriceChanged | None:
    """The refusal if ``total`` or ``due`` is above what the buyer expects; None if neither is.

    ``total`` is the amount that the purchase adds, with tax; ``due`` is the part of it that is left
    to pay.
    """
    expected = terms.expected_total
    causes = tuple(f"{warning.target}: {warning.message}" for warning in cart.refused_codes)
    if expected is not None and total.minor > expected.minor:
        return PriceChanged(expected, total, causes=causes)
    limit = _max_due(total, terms, cart.purchase.rounding.payable_step)
    if limit is None or due.minor <= limit:
        return None
    return PriceChanged(replace(total, minor=limit), due, PriceGuard.DUE, causes)


def _max_due(actual: Money, terms: PurchaseTerms, payable_step: int) -> int | None:
    """The highest amount that may be charged, in minor units; None without a promise about it.

    Stored value must pay at least the amount that was shown, unless the amount left to pay is not
    higher than shown. If someone else has spent the stored value since, the buyer is not charged
    for it. What is left is rounded to ``payable_step`` minor units, so up to a step more is right.
    """
    if terms.expected_due is not None:
        return terms.expected_due.minor
    displayed, expected = terms.displayed_due, terms.expected_total
    if displayed is None:
        return None

    def amount_to_pay(total: Money) -> int:
        return payable_step * -((displayed.covered - total.minor) // payable_step)

    limit = max(displayed.due or 0, amount_to_pay(actual))
    return limit if expected is None else min(limit, max(0, amount_to_pay(expected)))


def gross_total(cart: PricedCart) -> Money:
    """The total of ``cart`` with tax, for a known destination.

    Raises:
        TaxNotComputable: its tax cannot be computed.

    """
    gross = cart.total.gross
    if gross is None or cart.tax_state is TaxState.FAILED:
        raise TaxNotComputable(cart.tax_state)
    return gross


def build_draft_order(
    cart: PricedCart, context: PricingContext, terms: PurchaseTerms
) -> DraftOrder:
    """Build the order that ``cart`` becomes under ``terms`` if the payment succeeds."""
    gross = gross_total(cart)
    due = cart.due or gross
    quantities = cart.cart.variant_quantities
    lines = tuple(
        _draft_line(line.variant_id, quantities[line.variant_id], item, context)
        for line, item in zip(cart.cart.lines, cart.purchase.items, strict=True)
    )
    outcomes = [outcome for outcome in cart.promotion_outcomes if outcome.is_applied]
    promotions = [outcome.promotion for outcome in outcomes]
    uses = tuple(
        PromotionUse(
            outcome.promotion.name,
            outcome.amount_off,
            outcome.promotion.limit,
            outcome.promotion.limit_per_buyer,
        )
        for outcome in outcomes
        if outcome.promotion.is_limited
    )
    discounts: tuple[OrderDiscount | Promotion, ...] = (*cart.applied_codes.discounts, *promotions)
    codes = tuple(discount.code for discount in discounts if discount.code)
    paid = cart.paid_by_stored_value or replace(gross, minor=0)
    payments = allocate_stored_value(cart.applied_codes.stored_values, paid.minor)
    single_use_codes = {
        coupon.code
        for coupon in context.market.coupons
        if coupon.once_per_purchaser and not context.calculated.judges_codes
    }
    return DraftOrder(
        buyer=terms.buyer,
        figures=take_snapshot(cart),
        due=due,
        demand=total_demand(lines),
        address=terms.address,
        method=terms.method,
        ships_in=max(line.ships_in for line in lines),
        channel=terms.channel,
        # Sorted, so that purchases lock codes in the same order and cannot wait for each other.
        stored=tuple(sorted(payments, key=lambda each: each.code)),
        codes=codes,
        once=tuple(code for code in codes if code in single_use_codes),
        promotions=uses,
        cart=terms.cart,
        consent=terms.consent,
        clicked=None if terms.cart else cart.cart.lines[0].variant_id,
        lines=lines,
        terms=OrderTerms(
            context.day,
            codes,
            cart.cart.method_id,
            sum(payment.minor for payment in payments),
            promotions=tuple(use.name for use in uses),
            customer=cart.purchase.customer,
            standing=cart.purchase.standing,
            customer_groups=tuple(sorted(cart.purchase.customer_groups)),
        ),
        note=cart.note,
        attributes=cart.attributes,
        customer=cart.customer,
    )


def _draft_line(
    variant_id: str, variant_quantity: int, item: Item, context: PricingContext
) -> DraftLine:
    """The line of ``item``; all lines of its variant need ``variant_quantity`` from one stock."""
    variant = context.variants[variant_id]
    return DraftLine(
        item,
        tuple(variant.stock_demand(1).items()),
        timedelta(days=variant.days_to_ship(variant_quantity)),
    )
