"""One-click purchase: address and payment method come from the profile of the caller's client."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.engine.carts import MAX_LINE_QUANTITY, Cart, CartLine
from gateway.engine.checkout.checks import PurchaseTerms
from gateway.engine.checkout.outcomes import (
    AddressInsufficient,
    Buyer,
    InvalidPurchase,
    OrderPlaced,
    PaymentDeclined,
    PurchaseOutcome,
    PurchaseRefusal,
    ReauthenticationRequired,
    SignInRequired,
)
from gateway.engine.identity.one_click_offers import OneClickSetup
from gateway.engine.identity.purchasers import OneClickProfile, default_profile
from gateway.engine.orders.order import ActionChannel
from gateway.engine.user_errors import ErrorCode, ErrorCollector, UserError
from gateway.services.checkout import cart_purchase, payment_attempts
from gateway.services.checkout.drafts import METHOD_UNUSABLE_MESSAGE
from gateway.services.checkout.payment_attempts import IdempotencyKey
from gateway.services.dependencies import Dependencies
from gateway.services.idempotency import check_idempotency_key, request_fingerprints
from gateway.services.identity.callers import Caller
from gateway.services.identity.one_click_profiles import load_setup
from gateway.services.identity.registration import find_purchaser
from gateway.services.identity.text_input import label_key
from gateway.services.orders.access import can_view

OPERATION = "oneClickPurchase"


@dataclass(frozen=True, slots=True)
class OneClickRequest:
    """The input of `oneClickPurchase`.

    ``profile_label`` None selects the default profile. ``expected_total`` and ``expected_due`` are
    limits in major units: if it would cost more, nothing is bought.
    """

    variant_id: str
    quantity: int
    idempotency_key: str
    expected_total: Decimal | None = None
    profile_label: str | None = None
    channel: ActionChannel = ActionChannel.CLICK
    expected_due: Decimal | None = None


async def purchase_by_one_click(
    request: OneClickRequest, *, caller: Caller, dependencies: Dependencies
) -> PurchaseOutcome:
    """Buy the variant, or return the outcome of an earlier request with the same key."""
    purchaser_id = caller.purchaser_id
    if purchaser_id is None:
        return SignInRequired("Sign in to buy by one click.")
    collector = _check_request(request)
    if collector.errors:
        return cart_purchase.invalid_purchase(collector)
    key = IdempotencyKey(
        purchaser_id,
        request.idempotency_key,
        _fingerprints(request, dependencies),
        client_id=None if caller.is_signed_in else caller.client.id,
    )
    earlier_outcome = await payment_attempts.find_earlier_outcome(key, dependencies)
    if isinstance(earlier_outcome, OrderPlaced) and not can_view(earlier_outcome.order, caller):
        # Bought on another device: a recognised device sees only its own orders.
        message = "This was bought on another device. Sign in to see the order."
        return ReauthenticationRequired(message)
    if earlier_outcome is not None:
        return earlier_outcome
    outcome = await _run_purchase(request, key, purchaser_id, caller, dependencies)
    return await payment_attempts.prefer_earlier_outcome(outcome, key, dependencies)


def _check_request(request: OneClickRequest) -> ErrorCollector:
    collector = check_idempotency_key(request.idempotency_key)
    if not 1 <= request.quantity <= MAX_LINE_QUANTITY:
        message = f"The quantity must be between 1 and {MAX_LINE_QUANTITY}."
        collector.add(("input", "quantity"), message)
    return collector


def _fingerprints(request: OneClickRequest, dependencies: Dependencies) -> tuple[str, ...]:
    body = {
        "variantId": request.variant_id,
        "quantity": request.quantity,
        "expectedTotal": payment_attempts.canonical_amount(request.expected_total),
        "profileLabel": request.profile_label,
        "channel": request.channel.value,
    }
    if request.expected_due is not None:
        body["expectedDue"] = payment_attempts.canonical_amount(request.expected_due)
    return request_fingerprints(OPERATION, body, dependencies.cipher)


async def _run_purchase(
    request: OneClickRequest,
    key: IdempotencyKey,
    purchaser_id: str,
    caller: Caller,
    dependencies: Dependencies,
) -> PurchaseOutcome:
    async with dependencies.database.read() as reading:
        setup = await load_setup(caller=caller, reading=reading, cipher=dependencies.cipher)
        purchaser = await find_purchaser(purchaser_id, reading=reading, cipher=dependencies.cipher)
        variants = await reading.catalogue.load_variants([request.variant_id])
    email = purchaser.email if purchaser else None
    buyer = Buyer(purchaser_id, caller.client.id, email or None, signed_in=caller.is_signed_in)
    terms = _build_terms(request, setup or OneClickSetup(), buyer, dependencies)
    if not isinstance(terms, PurchaseTerms):
        return terms
    if request.variant_id not in variants:
        path = ("input", "variantId")
        return cart_purchase.invalid_purchase_for(
            ErrorCode.NOT_FOUND, path, "There is no such variant."
        )
    return await cart_purchase.purchase_cart(
        _build_cart(request, terms, dependencies), terms, key, dependencies
    )


def _build_terms(
    request: OneClickRequest, setup: OneClickSetup, buyer: Buyer, dependencies: Dependencies
) -> PurchaseTerms | PurchaseRefusal:
    """The terms that the profile gives, or the refusal if its address or method cannot be used."""
    profile = _find_profile(setup, request.profile_label)
    if profile is None:
        message = (
            "One-click purchases are not enabled on this device."
            if request.profile_label is None
            else "This device has no one-click profile with this label."
        )
        return cart_purchase.invalid_purchase_for(ErrorCode.FORBIDDEN, None, message)
    address = setup.find_address(profile.address_id)
    if address is None:
        message = (
            "The address of the one-click profile was deleted; nothing was bought. Choose another "
            "address."
        )
        return AddressInsufficient((UserError(ErrorCode.ADDRESS_INSUFFICIENT, None, message),))
    method = setup.find_payment_method(profile.payment_method_id, dependencies.clock.now().date())
    if method is None:
        return PaymentDeclined(METHOD_UNUSABLE_MESSAGE)
    collector = ErrorCollector()
    currency = dependencies.policy.currency
    total, due = (
        cart_purchase.parse_expected_amount(amount, path, currency, collector)
        for amount, path in (
            (request.expected_total, cart_purchase.EXPECTED_TOTAL_PATH),
            (request.expected_due, cart_purchase.EXPECTED_DUE_PATH),
        )
    )
    if collector.errors:
        return InvalidPurchase(tuple(collector.errors))
    provider_token = method.provider_token
    return PurchaseTerms(buyer, address.postal, provider_token, total, due, channel=request.channel)


def _find_profile(setup: OneClickSetup, label: str | None) -> OneClickProfile | None:
    if label is None:
        return default_profile(setup.profiles)
    wanted_key = label_key(label)
    return next(
        (profile for profile in setup.profiles if label_key(profile.label) == wanted_key), None
    )


def _build_cart(request: OneClickRequest, terms: PurchaseTerms, dependencies: Dependencies) -> Cart:
    """The purchase as a cart that is not stored; its id is empty."""
    line = CartLine(request.variant_id, request.quantity)
    currency = dependencies.policy.currency
    return Cart("", 1, currency, (line,), terms.address.destination)
