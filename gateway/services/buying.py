"""Buying a cart's worth, whoever asks: priced anew, checked, and run to its result."""

from decimal import Decimal

from gateway.engine.bargains import Terms, draft, obstacle
from gateway.engine.buying import (
    Draft,
    InvalidPurchase,
    LimitExceeded,
    PriceChanged,
    PurchaseOutcome,
    Refusal,
)
from gateway.engine.carts import Cart, PricedCart, describe
from gateway.engine.complaints import Complaints, Path
from gateway.engine.money import Currency, Money, UnfitAmount, money
from gateway.engine.problems import ErrorCode, UserError
from gateway.services import carts, code_uses, purchasing
from gateway.services.parts import Parts
from gateway.services.purchasing import Key

LONGEST_KEY = 255
KEY: Path = ("input", "idempotencyKey")
EXPECTED_TOTAL: Path = ("input", "expectedTotal")
EXPECTED_DUE: Path = ("input", "expectedDue")
# How often a purchase is priced anew because another took the stored value it counted on.
MOST_PRICINGS = 3


def key_complaints(key: str) -> Complaints:
    """What is wrong with an idempotency key."""
    complaints = Complaints()
    if len(key) > LONGEST_KEY or not key.strip() or not key.isprintable():
        complaints.add(KEY, f"A key has 1 to {LONGEST_KEY} printable characters.")
    return complaints


def expected(
    given: Decimal | None, path: Path, currency: Currency, complaints: Complaints
) -> Money | None:
    """The most that the buyer expects a sum to be, read from ``path``."""
    if given is None:
        return None
    try:
        return money(given, currency)
    except UnfitAmount as unfit:
        complaints.add(path, f"Not an amount to pay: {unfit}.")
        return None


async def buy(cart: Cart, terms: Terms, key: Key, parts: Parts) -> PurchaseOutcome:
    """What buying ``cart`` under ``terms`` comes to."""
    for _ in range(MOST_PRICINGS):
        found = await _drafted(cart, terms, parts)
        if not isinstance(found, Draft):
            return found
        outcome = await purchasing.run(key, found, parts)
        if not isinstance(outcome, PriceChanged):
            break
    return outcome


async def _drafted(cart: Cart, terms: Terms, parts: Parts) -> Draft | Refusal:
    """The order that ``cart`` would be at this moment's prices, or what stands in its way."""
    async with parts.database.read() as reading:
        used = await code_uses.used_before(cart.codes, terms.buyer, reading, parts.cipher)
        setting = await carts.setting(cart, reading, parts, used)
    priced = PricedCart(cart, describe(cart, setting))
    found = obstacle(priced, setting, terms) or _over_cap(priced, terms, parts)
    return draft(priced, setting, terms) if found is None else found


def _over_cap(cart: PricedCart, terms: Terms, parts: Parts) -> LimitExceeded | None:
    """One-click orders without a sign-in are small; the cap speaks of its own currency only."""
    gross, cap = cart.total.gross, parts.policy.order_cap
    if terms.cart is not None or terms.buyer.signed_in or gross is None:
        return None
    if gross.currency == cap.currency and gross.minor <= cap.minor:
        return None
    return LimitExceeded("That is more than an order without a sign-in may cost; sign in first.")


def invalid(complaints: Complaints) -> InvalidPurchase:
    """The refusal of a request that is wrong."""
    return InvalidPurchase(tuple(complaints.found))


def wrong(code: ErrorCode, path: Path | None, message: str) -> InvalidPurchase:
    """The refusal of a request for one reason."""
    return InvalidPurchase((UserError(code, path, message),))
