"""Purchases that cannot be paid as they were asked for: by their amount, or by a guest's token."""

from gateway.engine.checkout.outcomes import (
    CartVersion,
    DraftOrder,
    InvalidPurchase,
    PaymentDeclined,
)
from gateway.engine.money import Money
from gateway.engine.user_errors import ErrorCode, InputPath, UserError
from gateway.services.charge_amounts import describe_refusal
from gateway.services.checkout import drafts
from gateway.services.ports.payments import AmountRefusal, DeclineReason, PaymentProvider

CART_PATH: InputPath = ("input", "cartId")
VARIANT_PATH: InputPath = ("input", "variantId")
GUEST_TOKEN_PATH: InputPath = ("input", "guest", "providerToken")
UNKNOWN_CARD_MESSAGE = (
    "The payment provider of this shop does not know this token; nothing was bought. Enter the "
    "card again, by the form that the shop leads to."
)


def find_amount_refusal(due: Money, provider: PaymentProvider) -> AmountRefusal | None:
    """Why ``provider`` cannot charge ``due``, as far as is known before; None if nothing is due."""
    return None if due.minor == 0 else provider.find_amount_refusal(due)


def refuse_amount(due: Money, refusal: AmountRefusal, cart: CartVersion | None) -> InvalidPurchase:
    """The refusal of a purchase, of ``cart`` or by one click, of which ``due`` is not charged."""
    path = VARIANT_PATH if cart is None else CART_PATH
    message = f"{describe_refusal(due, refusal)} Nothing was bought."
    error = UserError(ErrorCode.INVALID_INPUT, path, message)
    return InvalidPurchase((error,))


def decline_purchase(reason: DeclineReason, draft: DraftOrder) -> PaymentDeclined | InvalidPurchase:
    """The outcome of ``draft``, whose payment the provider declined.

    Where the request itself is wrong, by its amount or by a guest's token, it says so.
    """
    if reason is DeclineReason.AMOUNT_REFUSED:
        return refuse_amount(draft.due, AmountRefusal(), draft.cart)
    if reason is DeclineReason.UNKNOWN_METHOD and draft.buyer.purchaser_id is None:
        return refuse_guest_token()
    return drafts.decline(reason)


def refuse_guest_token() -> InvalidPurchase:
    """The refusal of a guest's token that the provider does not know."""
    error = UserError(ErrorCode.INVALID_INPUT, GUEST_TOKEN_PATH, UNKNOWN_CARD_MESSAGE)
    return InvalidPurchase((error,))
