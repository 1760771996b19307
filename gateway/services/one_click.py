"""Buying by one click: the server knows who, how and where; the client sends an identifier."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from gateway.engine.assurance import Assurance
from gateway.engine.bargains import Terms
from gateway.engine.buying import (
    AddressInsufficient,
    Buyer,
    InvalidPurchase,
    OrderPlaced,
    PaymentDeclined,
    PurchaseOutcome,
    ReauthenticationRequired,
    Refusal,
    SignInRequired,
)
from gateway.engine.carts import MOST_QUANTITY, Cart, CartLine
from gateway.engine.complaints import Complaints
from gateway.engine.offers import Standing
from gateway.engine.orders import ActionChannel
from gateway.engine.problems import ErrorCode, UserError
from gateway.engine.purchasers import Profile, default_profile
from gateway.services import buying, purchasing
from gateway.services.fingerprints import fingerprints
from gateway.services.identity.callers import Caller
from gateway.services.identity.one_click import standing
from gateway.services.identity.registering import by_id
from gateway.services.identity.texts import label_key
from gateway.services.order_access import may_see
from gateway.services.parts import Parts
from gateway.services.purchasing import Key

OPERATION = "oneClickPurchase"


@dataclass(frozen=True, slots=True)
class OneClick:
    """What one press of the button asks for."""

    variant_id: str
    quantity: int
    idempotency_key: str
    expected_total: Decimal | None = None
    profile_label: str | None = None
    channel: ActionChannel = ActionChannel.CLICK
    expected_due: Decimal | None = None


async def purchase(wanted: OneClick, *, caller: Caller, parts: Parts) -> PurchaseOutcome:
    """What pressing the button comes to."""
    owner = caller.purchaser_id
    if owner is None:
        return SignInRequired("Sign in to buy by one click.")
    complaints = _complaints(wanted)
    if complaints.found:
        return buying.invalid(complaints)
    key = Key(owner, wanted.idempotency_key, _fingerprints(wanted, parts))
    earlier = await purchasing.earlier(key, parts)
    if isinstance(earlier, OrderPlaced) and not may_see(earlier.order, caller, parts):
        # Placed from another device: whoever only holds this one may not see it.
        return ReauthenticationRequired("Sign in again to see what this was bought as.")
    return earlier or await _new(wanted, key, owner, caller, parts)


def _complaints(wanted: OneClick) -> Complaints:
    complaints = buying.key_complaints(wanted.idempotency_key)
    if not 1 <= wanted.quantity <= MOST_QUANTITY:
        message = f"The quantity must be between 1 and {MOST_QUANTITY}."
        complaints.add(("input", "quantity"), message)
    return complaints


def _fingerprints(wanted: OneClick, parts: Parts) -> tuple[str, ...]:
    body = {
        "variantId": wanted.variant_id,
        "quantity": wanted.quantity,
        "expectedTotal": purchasing.plain(wanted.expected_total),
        "profileLabel": wanted.profile_label,
        "channel": wanted.channel.value,
    }
    if wanted.expected_due is not None:
        body["expectedDue"] = purchasing.plain(wanted.expected_due)
    return fingerprints(OPERATION, body, parts.cipher)


async def _new(
    wanted: OneClick, key: Key, owner: str, caller: Caller, parts: Parts
) -> PurchaseOutcome:
    async with parts.database.read() as reading:
        found = await standing(caller=caller, reading=reading, cipher=parts.cipher)
        purchaser = await by_id(owner, reading=reading, cipher=parts.cipher)
        known = await reading.catalogue.variants([wanted.variant_id])
    email = purchaser.email if purchaser else None
    buyer = Buyer(owner, caller.client.id, email or None, signed_in=_signed_in(caller, parts))
    terms = _terms(wanted, found or Standing(), buyer, parts)
    if not isinstance(terms, Terms):
        return terms
    if wanted.variant_id not in known:
        path = ("input", "variantId")
        return buying.wrong(ErrorCode.NOT_FOUND, path, "There is no such variant.")
    return await buying.buy(_cart(wanted, terms, parts), terms, key, parts)


def _signed_in(caller: Caller, parts: Parts) -> bool:
    # A bearer of any age: the caps are for orders that the identifier alone places.
    return caller.assurance(parts.clock.now(), timedelta()) >= Assurance.AUTHENTICATED


def _terms(wanted: OneClick, found: Standing, buyer: Buyer, parts: Parts) -> Terms | Refusal:
    """What the profile means now, or what of it is of no use."""
    profile = _profile(found, wanted.profile_label)
    if profile is None:
        message = "Buying by one click is not turned on here."
        return buying.wrong(ErrorCode.FORBIDDEN, None, message)
    address = found.address(profile.address_id)
    if address is None:
        error = UserError(ErrorCode.ADDRESS_INSUFFICIENT, None, "The address was deleted.")
        return AddressInsufficient((error,))
    method = found.payment_method(profile.payment_method_id, parts.clock.now().date())
    if method is None:
        return PaymentDeclined("The payment method was deleted or has expired.")
    complaints = Complaints()
    currency = parts.policy.currency
    total, due = (
        buying.expected(given, path, currency, complaints)
        for given, path in (
            (wanted.expected_total, buying.EXPECTED_TOTAL),
            (wanted.expected_due, buying.EXPECTED_DUE),
        )
    )
    if complaints.found:
        return InvalidPurchase(tuple(complaints.found))
    token = method.provider_token
    return Terms(buyer, address.postal, token, total, due, channel=wanted.channel)


def _profile(found: Standing, label: str | None) -> Profile | None:
    if label is None:
        return default_profile(found.profiles)
    wanted = label_key(label)
    return next((each for each in found.profiles if label_key(each.label) == wanted), None)


def _cart(wanted: OneClick, terms: Terms, parts: Parts) -> Cart:
    """The purchase as a cart that is nowhere kept."""
    line = CartLine(wanted.variant_id, wanted.quantity)
    currency = parts.policy.currency
    return Cart("", 1, currency, (line,), terms.address.destination)
