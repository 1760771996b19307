"""Checkout of a cart: by a purchaser with a saved address and payment method, or by a guest."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.carts import Cart
from gateway.engine.checkout.checks import DisplayedDue, PurchaseTerms
from gateway.engine.checkout.outcomes import (
    AddressInsufficient,
    Buyer,
    CartVersion,
    InvalidPurchase,
    OneClickConsent,
    PaymentDeclined,
    PurchaseOutcome,
    PurchaseRefusal,
    ReauthenticationRequired,
    SignInRequired,
)
from gateway.engine.identity.assurance import Assurance, reauthentication_message
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.engine.user_errors import ErrorCode, ErrorCollector, UserError
from gateway.services.cart_access import can_access
from gateway.services.cart_edits import (
    CART_PATH,
    NOT_FOUND_MESSAGE,
    NOT_MODIFIABLE_MESSAGE,
    VERSION_PATH,
)
from gateway.services.checkout import cart_purchase, payment_attempts
from gateway.services.checkout.drafts import METHOD_UNUSABLE_MESSAGE
from gateway.services.checkout.payment_attempts import IdempotencyKey
from gateway.services.checkout.payment_refusals import GUEST_TOKEN_PATH, refuse_guest_token
from gateway.services.dependencies import Dependencies
from gateway.services.idempotency import check_idempotency_key, request_fingerprints
from gateway.services.identity.address_checks import check_address
from gateway.services.identity.addresses import find_address
from gateway.services.identity.callers import Caller
from gateway.services.identity.emails import normalize_email
from gateway.services.identity.payment_methods import find_method
from gateway.services.identity.registration import find_purchaser
from gateway.services.identity.tax_exemptions import find_tax_exemption
from gateway.services.identity.text_input import check_token

OPERATION = "cartCheckout"
GUEST_PATH = ("input", "guest")
MAX_TOKEN_LENGTH = 255
GUEST_ONE_CLICK_MESSAGE = "One-click purchases need a sign-in. Sign in, or set this to false."


@dataclass(frozen=True, slots=True)
class GuestBuyer:
    """A buyer without an account: what the guest typed, not yet checked.

    ``confirm_warnings`` accepts an address that is only doubtful.
    """

    email: str = field(repr=False)
    address: PostalAddress = field(repr=False)
    provider_token: str = field(repr=False)
    confirm_warnings: bool = False


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """The input of `cartCheckout`.

    Either ``guest`` or both ids must be set. ``expected_total`` and ``expected_due`` are limits in
    major units: if it would cost more, nothing is bought.
    """

    cart_id: str
    expected_version: int
    expected_total: Decimal
    idempotency_key: str
    expected_due: Decimal | None = None
    address_id: str | None = None
    payment_method_id: str | None = None
    guest: GuestBuyer | None = None
    enable_one_click: bool = False


async def check_out_cart(
    request: CheckoutRequest, *, caller: Caller, dependencies: Dependencies
) -> PurchaseOutcome:
    """Buy the cart, or return the outcome of an earlier request with the same key."""
    refusal = _check_request(request, caller, dependencies)
    if refusal is not None:
        return refusal
    fingerprints = _fingerprints(request, dependencies)
    key = (
        IdempotencyKey(
            f"cart {request.cart_id}", request.idempotency_key, fingerprints, caller.client.id
        )
        if request.guest
        else IdempotencyKey(caller.purchaser_id or "", request.idempotency_key, fingerprints)
    )
    earlier_outcome = await payment_attempts.find_earlier_outcome(key, dependencies)
    if earlier_outcome is not None:
        return earlier_outcome
    outcome = await _run_checkout(request, key, caller, dependencies)
    return await payment_attempts.prefer_earlier_outcome(outcome, key, dependencies)


def _check_request(
    request: CheckoutRequest, caller: Caller, dependencies: Dependencies
) -> PurchaseRefusal | None:
    """The refusal of an inconsistent request, or of a caller who may not make it."""
    collector = check_idempotency_key(request.idempotency_key)
    names_saved_details = request.address_id is not None or request.payment_method_id is not None
    if names_saved_details == (request.guest is not None):
        collector.add(GUEST_PATH, "Give either `addressId` and `paymentMethodId`, or `guest`.")
    elif names_saved_details and (request.address_id is None or request.payment_method_id is None):
        missing_field = "addressId" if request.address_id is None else "paymentMethodId"
        collector.add(("input", missing_field), "Give both `addressId` and `paymentMethodId`.")
    if request.guest and request.enable_one_click:
        collector.add(("input", "enableOneClick"), GUEST_ONE_CLICK_MESSAGE)
    if collector.errors:
        return cart_purchase.invalid_purchase(collector)
    return None if request.guest else _check_assurance(request, caller, dependencies)


def _check_assurance(
    request: CheckoutRequest, caller: Caller, dependencies: Dependencies
) -> PurchaseRefusal | None:
    required = Assurance.RECENT if request.enable_one_click else Assurance.AUTHENTICATED
    max_age = dependencies.policy.reauthenticate_after
    assurance = caller.assurance(dependencies.clock.now(), max_age)
    if assurance >= required:
        return None
    if assurance is Assurance.UNKNOWN:
        return SignInRequired("Sign in first, or check out as a guest.")
    return ReauthenticationRequired(reauthentication_message(required, max_age))


def _fingerprints(request: CheckoutRequest, dependencies: Dependencies) -> tuple[str, ...]:
    guest = request.guest
    body = {
        "cartId": request.cart_id,
        "expectedVersion": request.expected_version,
        "expectedTotal": payment_attempts.canonical_amount(request.expected_total),
        "addressId": request.address_id,
        "paymentMethodId": request.payment_method_id,
        "guestEmail": guest.email if guest else None,
        "guestAddress": str(_address_values(guest.address)) if guest else None,
        "guestToken": guest.provider_token if guest else None,
        "enableOneClick": request.enable_one_click,
        # Absent unless true: requests from before this input existed keep their fingerprints.
        **({"confirmWarnings": True} if guest and guest.confirm_warnings else {}),
    }
    if request.expected_due is not None:
        body["expectedDue"] = payment_attempts.canonical_amount(request.expected_due)
    return request_fingerprints(OPERATION, body, dependencies.cipher)


def _address_values(address: PostalAddress) -> list[object]:
    return [
        address.name,
        address.country,
        address.region,
        address.city,
        address.postal_code,
        list(address.lines),
        address.phone,
    ]


async def _run_checkout(
    request: CheckoutRequest, key: IdempotencyKey, caller: Caller, dependencies: Dependencies
) -> PurchaseOutcome:
    cart = await _load_cart(request, caller, dependencies)
    if not isinstance(cart, Cart):
        return cart
    collector = ErrorCollector()
    total, due = (
        cart_purchase.parse_expected_amount(amount, path, cart.currency, collector)
        for amount, path in (
            (request.expected_total, cart_purchase.EXPECTED_TOTAL_PATH),
            (request.expected_due, cart_purchase.EXPECTED_DUE_PATH),
        )
    )
    if collector.errors:
        return cart_purchase.invalid_purchase(collector)
    payer = await _load_payer(request, caller, dependencies)
    if not isinstance(payer, Payer):
        return payer
    refusal = await _check_exemption(cart, payer, dependencies)
    if refusal is not None:
        return refusal
    cart_version = CartVersion(cart.id, cart.version)
    consent = _one_click_consent(request, caller)
    terms = PurchaseTerms(
        payer.buyer,
        payer.address,
        payer.provider_token,
        expected_total=total,
        expected_due=due,
        displayed_due=await _load_displayed_due(cart, dependencies),
        cart=cart_version,
        consent=consent,
    )
    # Shipping and tax follow the real address, not the destination that the cart was shown for.
    cart_for_payer = replace(cart, destination=payer.address.destination)
    return await cart_purchase.purchase_cart(cart_for_payer, terms, key, dependencies)


async def _load_cart(
    request: CheckoutRequest, caller: Caller, dependencies: Dependencies
) -> Cart | PurchaseRefusal:
    async with dependencies.database.read() as reading:
        cart = await reading.carts.find(request.cart_id)
    if cart is None or not can_access(cart, caller):
        return cart_purchase.invalid_purchase_for(ErrorCode.NOT_FOUND, CART_PATH, NOT_FOUND_MESSAGE)
    if not cart.is_editable:
        return cart_purchase.invalid_purchase_for(
            ErrorCode.NOT_MODIFIABLE, CART_PATH, NOT_MODIFIABLE_MESSAGE
        )
    if cart.version != request.expected_version:
        message = f"The cart is at version {cart.version}."
        return cart_purchase.invalid_purchase_for(ErrorCode.VERSION_CONFLICT, VERSION_PATH, message)
    return cart


async def _check_exemption(
    cart: Cart, payer: "Payer", dependencies: Dependencies
) -> InvalidPurchase | None:
    """The refusal of an exempt cart that somebody else buys, or whose exemption has ended."""
    if cart.customer.kind is not CustomerKind.EXEMPT:
        return None
    purchaser_id = payer.buyer.purchaser_id
    async with dependencies.database.read() as reading:
        reason = await find_tax_exemption(purchaser_id, reading=reading, cipher=dependencies.cipher)
    if reason is not None:
        return None
    message = "The cart is exempt from tax, its buyer is not. Set its customer anew."
    return cart_purchase.invalid_purchase_for(ErrorCode.FORBIDDEN, CART_PATH, message)


async def _load_displayed_due(cart: Cart, dependencies: Dependencies) -> DisplayedDue | None:
    if not cart.codes:
        return None
    async with dependencies.database.read() as reading:
        return await reading.carts.find_displayed_due(cart.id, cart.version)


@dataclass(frozen=True, slots=True)
class Payer:
    """The buyer, the address to ship to, and the provider's token of the payment method."""

    buyer: Buyer
    address: PostalAddress = field(repr=False)
    provider_token: str = field(repr=False)


async def _load_payer(
    request: CheckoutRequest, caller: Caller, dependencies: Dependencies
) -> Payer | PurchaseRefusal:
    if request.guest is not None:
        return _guest_payer(request.guest, caller, dependencies)
    return await _load_purchaser_payer(request, caller, dependencies)


def _guest_payer(
    guest: GuestBuyer, caller: Caller, dependencies: Dependencies
) -> Payer | PurchaseRefusal:
    collector = ErrorCollector()
    email = normalize_email(guest.email)
    if email is None:
        collector.add((*GUEST_PATH, "email"), "This is not an e-mail address.")
    token = check_token(
        guest.provider_token, GUEST_TOKEN_PATH, collector, max_length=MAX_TOKEN_LENGTH
    )
    if collector.errors:
        return cart_purchase.invalid_purchase(collector)
    if not token.startswith(dependencies.payment_provider.details.token_prefix):
        return refuse_guest_token()
    outcome = check_address(
        guest.address,
        (*GUEST_PATH, "address"),
        confirmed=guest.confirm_warnings,
        countries=dependencies.countries,
        phones=dependencies.identity.phones,
    )
    if outcome.value is None:
        return _address_refusal(outcome.user_errors)
    return Payer(Buyer(None, caller.client.id, email), outcome.value, token)


def _address_refusal(errors: tuple[UserError, ...]) -> InvalidPurchase | AddressInsufficient:
    if all(error.code is ErrorCode.ADDRESS_INSUFFICIENT for error in errors):
        return AddressInsufficient(errors)
    return InvalidPurchase(errors)


async def _load_purchaser_payer(
    request: CheckoutRequest, caller: Caller, dependencies: Dependencies
) -> Payer | PurchaseRefusal:
    purchaser_id = caller.purchaser_id or ""
    async with dependencies.database.read() as reading:
        address = await find_address(
            request.address_id or "", purchaser_id, reading=reading, cipher=dependencies.cipher
        )
        method = await find_method(
            request.payment_method_id or "",
            purchaser_id,
            reading=reading,
            cipher=dependencies.cipher,
        )
        purchaser = await find_purchaser(purchaser_id, reading=reading, cipher=dependencies.cipher)
    if address is None:
        message = "You have no such address."
        return cart_purchase.invalid_purchase_for(
            ErrorCode.NOT_FOUND, ("input", "addressId"), message
        )
    if method is None:
        message = "You have no such payment method."
        return cart_purchase.invalid_purchase_for(
            ErrorCode.NOT_FOUND, ("input", "paymentMethodId"), message
        )
    if method.is_expired(dependencies.clock.now().date()):
        return PaymentDeclined(METHOD_UNUSABLE_MESSAGE)
    email = purchaser.email if purchaser else None
    buyer = Buyer(purchaser_id, caller.client.id, email or None, signed_in=True)
    return Payer(buyer, address.postal, method.provider_token)


def _one_click_consent(request: CheckoutRequest, caller: Caller) -> OneClickConsent | None:
    """The consent to enable one-click purchases after the purchase; None if it was not given."""
    if not request.enable_one_click:
        return None
    return OneClickConsent(
        request.address_id or "", request.payment_method_id or "", caller.client.digest
    )
