"""Buying a cart's worth, whoever asks: priced anew, checked, and run to its result."""

from decimal import Decimal

from gateway.engine.bargains import Terms, draft, obstacle
from gateway.engine.buying import InvalidPurchase, LimitExceeded, PurchaseOutcome
from gateway.engine.carts import Cart, PricedCart, describe
from gateway.engine.complaints import Complaints, Path
from gateway.engine.money import Currency, Money, TooPrecise, money
from gateway.engine.problems import ErrorCode, UserError
from gateway.services import carts, purchasing
from gateway.services.parts import Parts
from gateway.services.purchasing import Key

LONGEST_KEY = 255
KEY: Path = ("input", "idempotencyKey")
EXPECTED: Path = ("input", "expectedTotal")


def key_complaints(key: str) -> Complaints:
    """What is wrong with an idempotency key."""
    complaints = Complaints()
    if len(key) > LONGEST_KEY or not key.strip() or not key.isprintable():
        complaints.add(KEY, f"A key has 1 to {LONGEST_KEY} printable characters.")
    return complaints


def expected_total(
    given: Decimal | None, currency: Currency, complaints: Complaints
) -> Money | None:
    """The most that the buyer expects to pay."""
    if given is None:
        return None
    try:
        return money(given, currency)
    except TooPrecise as precise:
        complaints.add(EXPECTED, f"Too many decimals: {precise}.")
        return None


async def buy(cart: Cart, terms: Terms, key: Key, parts: Parts) -> PurchaseOutcome:
    """What buying ``cart`` under ``terms`` comes to."""
    async with parts.database.read() as reading:
        setting = await carts.setting(cart, reading, parts, terms.buyer.purchaser_id)
    priced = PricedCart(cart, describe(cart, setting))
    found = obstacle(priced, setting, terms) or _over_cap(priced, terms, parts)
    if found is not None:
        return found
    return await purchasing.run(key, draft(priced, setting, terms), parts)


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
