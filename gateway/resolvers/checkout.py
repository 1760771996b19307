"""Resolvers of one-click purchases and checkouts."""

from typing import Annotated

import strawberry

from gateway.engine.checkout.outcomes import PurchaseOutcome
from gateway.resolvers.argument_guards import check_bounds, purchase_with_errors
from gateway.resolvers.context import Info
from gateway.resolvers.inputs.addresses import postal_address
from gateway.resolvers.inputs.carts import CartCheckoutInput, GuestInput, OneClickPurchaseInput
from gateway.services.checkout.cart_checkout import CheckoutRequest, GuestBuyer, check_out_cart
from gateway.services.checkout.one_click_purchase import OneClickRequest, purchase_by_one_click
from gateway.services.ports.payments import ProviderDetails


@check_bounds(purchase_with_errors)
async def one_click_purchase(
    info: Info,
    input: Annotated[OneClickPurchaseInput, strawberry.argument(description="What to buy.")],
) -> PurchaseOutcome:
    """The outcome of a one-click purchase."""
    request = OneClickRequest(
        variant_id=input.variant_id,
        quantity=input.quantity,
        idempotency_key=input.idempotency_key,
        expected_total=input.expected_total,
        expected_due=input.expected_due,
        profile_label=input.profile_label,
        channel=input.channel,
    )
    context = info.context
    return await purchase_by_one_click(
        request, caller=context.caller, dependencies=context.dependencies
    )


@check_bounds(purchase_with_errors)
async def cart_checkout(
    info: Info,
    input: Annotated[CartCheckoutInput, strawberry.argument(description="The cart to buy.")],
) -> PurchaseOutcome:
    """The outcome of a checkout."""
    request = CheckoutRequest(
        cart_id=input.cart_id,
        expected_version=input.expected_version,
        expected_total=input.expected_total,
        expected_due=input.expected_due,
        idempotency_key=input.idempotency_key,
        address_id=input.address_id,
        payment_method_id=input.payment_method_id,
        guest=_guest_buyer(input.guest),
        enable_one_click=input.enable_one_click,
    )
    context = info.context
    return await check_out_cart(request, caller=context.caller, dependencies=context.dependencies)


def payment_provider(info: Info) -> ProviderDetails:
    """The payment provider, as far as a browser may know it."""
    return info.context.dependencies.payment_provider.details


def _guest_buyer(guest: GuestInput | None) -> GuestBuyer | None:
    if guest is None:
        return None
    address = postal_address(guest.address)
    return GuestBuyer(guest.email, address, guest.provider_token, guest.confirm_warnings)
