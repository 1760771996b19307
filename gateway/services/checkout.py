"""Checking a cart out: by a purchaser who names an address and a method, or by a guest."""

from dataclasses import dataclass, field
from decimal import Decimal

from gateway.engine.assurance import Assurance
from gateway.engine.bargains import Shown, Terms
from gateway.engine.buying import (
    AddressInsufficient,
    Buyer,
    CartAt,
    Consent,
    InvalidPurchase,
    PaymentDeclined,
    PurchaseOutcome,
    ReauthenticationRequired,
    Refusal,
    SignInRequired,
)
from gateway.engine.carts import Cart
from gateway.engine.complaints import Complaints
from gateway.engine.places import PostalAddress
from gateway.engine.problems import METHOD_EXPIRED, ErrorCode, UserError
from gateway.services import buying, purchasing
from gateway.services.fingerprints import fingerprints
from gateway.services.identity.address_checks import checked
from gateway.services.identity.addresses import saved_address
from gateway.services.identity.callers import Caller
from gateway.services.identity.emails import normalised
from gateway.services.identity.payment_methods import saved_method
from gateway.services.identity.registering import by_id
from gateway.services.identity.texts import kept_text
from gateway.services.parts import Parts
from gateway.services.purchasing import Key

OPERATION = "cartCheckout"
CART = ("input", "cartId")
VERSION = ("input", "expectedVersion")
GUEST = ("input", "guest")
LONGEST_TOKEN = 255


@dataclass(frozen=True, slots=True)
class Guest:
    """Someone who buys without being known."""

    email: str = field(repr=False)
    address: PostalAddress = field(repr=False)
    provider_token: str = field(repr=False)
    confirm_warnings: bool = False


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a checkout asks for."""

    cart_id: str
    expected_version: int
    expected_total: Decimal
    idempotency_key: str
    expected_due: Decimal | None = None
    address_id: str | None = None
    payment_method_id: str | None = None
    guest: Guest | None = None
    enable_one_click: bool = False


async def check_out(wanted: Checkout, *, caller: Caller, parts: Parts) -> PurchaseOutcome:
    """What checking the cart out comes to."""
    refused = _refusal(wanted, caller, parts)
    if refused is not None:
        return refused
    scope = f"cart {wanted.cart_id}" if wanted.guest else caller.purchaser_id or ""
    key = Key(scope, wanted.idempotency_key, _fingerprints(wanted, parts))
    return await purchasing.earlier(key, parts) or await _new(wanted, key, caller, parts)


def _refusal(wanted: Checkout, caller: Caller, parts: Parts) -> Refusal | None:
    """What keeps the caller from asking this at all."""
    complaints = buying.key_complaints(wanted.idempotency_key)
    named = wanted.address_id is not None or wanted.payment_method_id is not None
    if named == (wanted.guest is not None):
        complaints.add(GUEST, "Give either `addressId` and `paymentMethodId`, or `guest`.")
    elif named and (wanted.address_id is None or wanted.payment_method_id is None):
        missing = "addressId" if wanted.address_id is None else "paymentMethodId"
        complaints.add(("input", missing), "Give both an address and a payment method.")
    if wanted.guest and wanted.enable_one_click:
        complaints.add(("input", "enableOneClick"), "A guest has nothing to enable.")
    if complaints.found:
        return buying.invalid(complaints)
    return None if wanted.guest else _too_low(wanted, caller, parts)


def _too_low(wanted: Checkout, caller: Caller, parts: Parts) -> Refusal | None:
    needed = Assurance.RECENT if wanted.enable_one_click else Assurance.AUTHENTICATED
    held = caller.assurance(parts.clock.now(), parts.policy.reauthenticate_after)
    if held >= needed:
        return None
    if held is Assurance.UNKNOWN:
        return SignInRequired("Sign in first, or check out as a guest.")
    return ReauthenticationRequired("Sign in again, to be sure.")


def _fingerprints(wanted: Checkout, parts: Parts) -> tuple[str, ...]:
    guest = wanted.guest
    body = {
        "cartId": wanted.cart_id,
        "expectedVersion": wanted.expected_version,
        "expectedTotal": purchasing.plain(wanted.expected_total),
        "addressId": wanted.address_id,
        "paymentMethodId": wanted.payment_method_id,
        "guestEmail": guest.email if guest else None,
        "guestAddress": str(_plain(guest.address)) if guest else None,
        "guestToken": guest.provider_token if guest else None,
        "enableOneClick": wanted.enable_one_click,
        # Absent where it is not so: keys that are older than this input keep their requests.
        **({"confirmWarnings": True} if guest and guest.confirm_warnings else {}),
    }
    if wanted.expected_due is not None:
        body["expectedDue"] = purchasing.plain(wanted.expected_due)
    return fingerprints(OPERATION, body, parts.cipher)


def _plain(address: PostalAddress) -> list[object]:
    return [
        address.name,
        address.country,
        address.region,
        address.city,
        address.postal_code,
        list(address.lines),
        address.phone,
    ]


async def _new(wanted: Checkout, key: Key, caller: Caller, parts: Parts) -> PurchaseOutcome:
    cart = await _cart(wanted, parts)
    if not isinstance(cart, Cart):
        return cart
    complaints = Complaints()
    total, due = (
        buying.expected(given, path, cart.currency, complaints)
        for given, path in (
            (wanted.expected_total, buying.EXPECTED_TOTAL),
            (wanted.expected_due, buying.EXPECTED_DUE),
        )
    )
    if complaints.found:
        return buying.invalid(complaints)
    payer = await _payer(wanted, caller, parts)
    if not isinstance(payer, Payer):
        return payer
    at = CartAt(cart.id, cart.version)
    consent = _consent(wanted, caller)
    terms = Terms(
        payer.buyer,
        payer.address,
        payer.method,
        expected_total=total,
        expected_due=due,
        shown=await _shown(cart, parts),
        cart=at,
        consent=consent,
    )
    # Shipping and tax are for where it really goes, whatever area the cart was looked at for.
    going = Cart(
        cart.id,
        cart.version,
        cart.currency,
        cart.lines,
        payer.address.destination,
        cart.codes,
        cart.method_id,
    )
    return await buying.buy(going, terms, key, parts)


async def _cart(wanted: Checkout, parts: Parts) -> Cart | Refusal:
    async with parts.database.read() as reading:
        cart = await reading.carts.find(wanted.cart_id)
    if cart is None:
        return buying.wrong(ErrorCode.NOT_FOUND, CART, "There is no such cart.")
    if not cart.changeable:
        message = "The cart is bought or being bought."
        return buying.wrong(ErrorCode.NOT_MODIFIABLE, CART, message)
    if cart.version != wanted.expected_version:
        message = f"The cart is at version {cart.version}."
        return buying.wrong(ErrorCode.VERSION_CONFLICT, VERSION, message)
    return cart


async def _shown(cart: Cart, parts: Parts) -> Shown | None:
    if not cart.codes:
        return None
    async with parts.database.read() as reading:
        return await reading.carts.shown(cart.id, cart.version)


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, with what, and where it goes."""

    buyer: Buyer
    address: PostalAddress = field(repr=False)
    method: str = field(repr=False)


async def _payer(wanted: Checkout, caller: Caller, parts: Parts) -> Payer | Refusal:
    if wanted.guest is not None:
        return _guest(wanted.guest, parts)
    return await _purchaser(wanted, caller, parts)


def _guest(guest: Guest, parts: Parts) -> Payer | Refusal:
    complaints = Complaints()
    email = normalised(guest.email)
    if email is None:
        complaints.add((*GUEST, "email"), "This is not an e-mail address.")
    path = (*GUEST, "providerToken")
    token = kept_text(guest.provider_token, path, complaints, longest=LONGEST_TOKEN)
    if complaints.found:
        return buying.invalid(complaints)
    address = checked(
        guest.address,
        (*GUEST, "address"),
        confirmed=guest.confirm_warnings,
        countries=parts.countries,
        phones=parts.identity.phones,
    )
    if address.value is None:
        return _address_refusal(address.user_errors)
    return Payer(Buyer(None, None, email), address.value, token)


def _address_refusal(errors: tuple[UserError, ...]) -> InvalidPurchase | AddressInsufficient:
    if all(error.code is ErrorCode.ADDRESS_INSUFFICIENT for error in errors):
        return AddressInsufficient(errors)
    return InvalidPurchase(errors)


async def _purchaser(wanted: Checkout, caller: Caller, parts: Parts) -> Payer | Refusal:
    owner = caller.purchaser_id or ""
    async with parts.database.read() as reading:
        address = await saved_address(
            wanted.address_id or "", owner, reading=reading, cipher=parts.cipher
        )
        method = await saved_method(
            wanted.payment_method_id or "", owner, reading=reading, cipher=parts.cipher
        )
        purchaser = await by_id(owner, reading=reading, cipher=parts.cipher)
    if address is None:
        message = "You have no such address."
        return buying.wrong(ErrorCode.NOT_FOUND, ("input", "addressId"), message)
    if method is None:
        message = "You have no such payment method."
        return buying.wrong(ErrorCode.NOT_FOUND, ("input", "paymentMethodId"), message)
    if method.expired(parts.clock.now().date()):
        return PaymentDeclined(METHOD_EXPIRED)
    email = purchaser.email if purchaser else None
    buyer = Buyer(owner, caller.client.id, email or None, signed_in=True)
    return Payer(buyer, address.postal, method.provider_token)


def _consent(wanted: Checkout, caller: Caller) -> Consent | None:
    """To turn one-click on with what the checkout names, once it is bought."""
    if not wanted.enable_one_click:
        return None
    return Consent(wanted.address_id or "", wanted.payment_method_id or "", caller.client.digest)
