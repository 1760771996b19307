"""The operations: where every request begins."""

import strawberry

from gateway.resolvers import (
    carts,
    checkout,
    claims,
    gifts,
    identity,
    one_click,
    order_changes,
    order_updates,
    refunds,
    shipments,
    staff,
)
from gateway.schema.carts import CartPayload
from gateway.schema.catalogue import VariantPayload
from gateway.schema.claims import GiftClaimPayload
from gateway.schema.gifts import (
    GiftCreatePayload,
    GiftEvent,
    GiftPayload,
    ShipmentPayload,
    WebhookDeletePayload,
    WebhookPayload,
)
from gateway.schema.identity import (
    AddressPayload,
    OneClickPayload,
    PaymentMethodPayload,
    PaymentSetupPayload,
    PurchaserPayload,
    SignInPayload,
    SignInRequestPayload,
    SignOutPayload,
)
from gateway.schema.orders import OrderEvent, OrderPayload
from gateway.schema.purchase_outcomes import PurchaseOutcome
from gateway.schema.queries import Query
from gateway.schema.refunds import RefundPayload, ReturnPayload
from gateway.schema.shipments import ShipmentDispatchPayload

__all__ = ["Mutation", "Query", "Subscription"]


@strawberry.type(description="Changing: each takes one input and answers what came of it.")
class Mutation:
    """The mutations."""

    sign_in_request = strawberry.mutation(
        resolver=identity.sign_in_request,
        graphql_type=SignInRequestPayload,
        description="Sends a sign-in code by e-mail. The answer is the same whether the address is "
        "known or not. A code lives ten minutes; a newer one ends it.",
    )
    sign_in = strawberry.mutation(
        resolver=identity.sign_in,
        graphql_type=SignInPayload,
        description="Signs in by a code; the purchaser is made at the first sign-in. The device "
        "gets a new identifier, and what was enabled on it stays.",
    )
    sign_out = strawberry.mutation(
        resolver=identity.sign_out,
        graphql_type=SignOutPayload,
        description="Ends the token's life; the device stands for nobody from then on.",
    )
    purchaser_update = strawberry.mutation(
        resolver=identity.purchaser_update,
        graphql_type=PurchaserPayload,
        description="Changes the purchaser's own name, telephone number and language. Takes a "
        "valid bearer of any age.",
    )
    purchaser_erase = strawberry.mutation(
        resolver=identity.purchaser_erase,
        graphql_type=PurchaserPayload,
        description="Erases the account with all that is personal in it: name, number, e-mail, "
        "addresses, payment methods, sign-ins, what was enabled for one click; API keys that it "
        "pays are revoked. Orders stay without a person. Refused while an order, gift, return or "
        "refund has not ended; the message says which. Needs a recent sign-in; whoever signs in "
        "by the same e-mail address later is somebody new.",
    )
    address_save = strawberry.mutation(
        resolver=identity.address_save,
        graphql_type=AddressPayload,
        description="Keeps an address, checked by its country's rules. Needs a recent sign-in.",
    )
    address_delete = strawberry.mutation(
        resolver=identity.address_delete,
        graphql_type=AddressPayload,
        description="Deletes an address; placed orders keep theirs. Needs a recent sign-in.",
    )
    payment_setup = strawberry.mutation(
        resolver=identity.payment_setup,
        graphql_type=PaymentSetupPayload,
        description="What a browser needs to enter a payment method at the provider, which "
        "`paymentMethodSave` then keeps. Needs a recent sign-in.",
    )
    payment_method_save = strawberry.mutation(
        resolver=identity.payment_method_save,
        graphql_type=PaymentMethodPayload,
        description="Keeps a payment method by the provider's token. Needs a recent sign-in.",
    )
    payment_method_delete = strawberry.mutation(
        resolver=identity.payment_method_delete,
        graphql_type=PaymentMethodPayload,
        description="Deletes a payment method. Needs a recent sign-in.",
    )
    one_click_enable = strawberry.mutation(
        resolver=one_click.one_click_enable,
        graphql_type=OneClickPayload,
        description="Turns buying by one click on for this device and purchaser. Needs a recent "
        "sign-in.",
    )
    one_click_disable = strawberry.mutation(
        resolver=one_click.one_click_disable,
        graphql_type=OneClickPayload,
        description="Turns buying by one click off.",
    )
    cart_create = strawberry.mutation(
        resolver=carts.cart_create,
        graphql_type=CartPayload,
        description="Makes a cart. Its id is the key to it.",
    )
    cart_lines_add = strawberry.mutation(
        resolver=carts.cart_lines_add,
        graphql_type=CartPayload,
        description="Adds lines to a cart.",
    )
    cart_lines_update = strawberry.mutation(
        resolver=carts.cart_lines_update,
        graphql_type=CartPayload,
        description="Changes the quantities and attributes of a cart's lines.",
    )
    cart_destination_set = strawberry.mutation(
        resolver=carts.cart_destination_set,
        graphql_type=CartPayload,
        description="Says where a cart goes.",
    )
    cart_details_set = strawberry.mutation(
        resolver=carts.cart_details_set,
        graphql_type=CartPayload,
        description="Gives a cart its note and attributes, which its order keeps.",
    )
    cart_customer_set = strawberry.mutation(
        resolver=carts.cart_customer_set,
        graphql_type=CartPayload,
        description="Says as whom a cart's buyer is taxed. A register that does not answer within "
        "seconds leaves a tax id unconfirmed, never refused.",
    )
    cart_codes_set = strawberry.mutation(
        resolver=carts.cart_codes_set,
        graphql_type=CartPayload,
        description="Gives a cart its codes, in place of those it had.",
    )
    cart_shipping_select = strawberry.mutation(
        resolver=carts.cart_shipping_select,
        graphql_type=CartPayload,
        description="Selects how a cart is shipped.",
    )
    cart_claim = strawberry.mutation(
        resolver=carts.cart_claim,
        graphql_type=CartPayload,
        description="Makes a cart the caller's own: the purchaser's, without a sign-in the "
        "device's. What the caller's earlier cart has moves into it, all or nothing; the earlier "
        "cart is gone then. From now on everybody else finds nothing by the cart's id.",
    )
    cart_checkout = strawberry.mutation(
        resolver=checkout.cart_checkout,
        graphql_type=PurchaseOutcome,
        description="Buys a cart, priced anew.",
    )
    one_click_purchase = strawberry.mutation(
        resolver=checkout.one_click_purchase,
        graphql_type=PurchaseOutcome,
        description="Buys by one click: the server knows who pays, how, and where it goes. No cart "
        "is made or changed.",
    )
    order_cancel = strawberry.mutation(
        resolver=order_changes.order_cancel,
        graphql_type=OrderPayload,
        description="Cancels what of an order is in no parcel yet: all of it, until it is "
        "scheduled.",
    )
    order_line_update = strawberry.mutation(
        resolver=order_changes.order_line_update,
        graphql_type=OrderPayload,
        description="Changes the quantity of a line that is not yet in a parcel, or removes it. "
        "The whole order is priced anew at the prices bought at; a dearer one is charged the "
        "difference.",
    )
    order_address_set = strawberry.mutation(
        resolver=order_changes.order_address_set,
        graphql_type=OrderPayload,
        description="Sends an order elsewhere, until it is scheduled. Takes a recent sign-in; of a "
        "guest's order its link.",
    )
    order_access = strawberry.mutation(
        resolver=order_changes.order_access,
        graphql_type=OrderPayload,
        description="Opens a guest's order to this client, by the link in the buyer's mail.",
    )
    gift_create = strawberry.mutation(
        resolver=gifts.gift_create,
        graphql_type=GiftCreatePayload,
        description="Makes gifts, one for each recipient, known by as little as an e-mail address.",
    )
    gift_info_supply = strawberry.mutation(
        resolver=gifts.gift_info_supply,
        graphql_type=GiftPayload,
        description="Adds what a gift that needs its giver is lacking.",
    )
    gift_cancel = strawberry.mutation(
        resolver=gifts.gift_cancel,
        graphql_type=GiftPayload,
        description="Cancels a gift, until it is dispatched.",
    )
    gift_accept = strawberry.mutation(
        resolver=claims.gift_accept,
        graphql_type=GiftClaimPayload,
        description="Accepts a gift and says where it shall go.",
    )
    gift_decline = strawberry.mutation(
        resolver=claims.gift_decline,
        graphql_type=GiftClaimPayload,
        description="Declines a gift, until it is dispatched.",
    )
    gift_thank = strawberry.mutation(
        resolver=claims.gift_thank,
        graphql_type=GiftClaimPayload,
        description="Thanks whoever gave a gift.",
    )
    gift_report = strawberry.mutation(
        resolver=claims.gift_report,
        graphql_type=GiftClaimPayload,
        description="Reports a gift and blocks its giver.",
    )
    gift_exchange = strawberry.mutation(
        resolver=claims.gift_exchange,
        graphql_type=GiftClaimPayload,
        description="Takes something else instead of a gift; whoever gave it is not told.",
    )
    gift_forget = strawberry.mutation(
        resolver=claims.gift_forget,
        graphql_type=GiftClaimPayload,
        description="Forgets a gift's recipient.",
    )
    shipment_update = strawberry.mutation(
        resolver=shipments.shipment_update,
        graphql_type=ShipmentPayload,
        description="Tells what the carrier says of a gift, a shipment, or all parcels of an "
        "order. For staff keys only.",
    )
    shipment_dispatch = strawberry.mutation(
        resolver=shipments.shipment_dispatch,
        graphql_type=ShipmentDispatchPayload,
        description="A parcel leaves: its share of the money is captured first. For staff keys "
        "only.",
    )
    order_refund = strawberry.mutation(
        resolver=refunds.order_refund,
        graphql_type=RefundPayload,
        description="Gives money of an order back, in part or all that is left; never more than "
        "was captured. Recorded in `Staff.auditLog`. For staff keys only.",
    )
    return_request = strawberry.mutation(
        resolver=refunds.return_request,
        graphql_type=ReturnPayload,
        description="Asks to send back what was delivered of an order that the caller may see.",
    )
    return_update = strawberry.mutation(
        resolver=refunds.return_update,
        graphql_type=ReturnPayload,
        description="Takes a return a step further; what came in is refunded and put back into "
        "stock. Recorded in `Staff.auditLog`. For staff keys only.",
    )
    gift_contact_failed = strawberry.mutation(
        resolver=shipments.gift_contact_failed,
        graphql_type=ShipmentPayload,
        description="Tells that a message to a recipient came back. For staff keys only.",
    )
    stock_adjust = strawberry.mutation(
        resolver=staff.stock_adjust,
        graphql_type=VariantPayload,
        description="Changes how many of a variant are there by what came in or went missing; "
        "never below what orders have reserved. What comes in is given to orders that wait for "
        "it. Recorded in `Staff.auditLog`. For staff keys only.",
    )
    variant_update = strawberry.mutation(
        resolver=staff.variant_update,
        graphql_type=VariantPayload,
        description="Changes what a variant costs from now on; orders keep the prices they were "
        "bought at. Recorded in `Staff.auditLog`. For staff keys only.",
    )
    webhook_save = strawberry.mutation(
        resolver=shipments.webhook_save,
        graphql_type=WebhookPayload,
        description="Adds a webhook. For partner keys only.",
    )
    webhook_delete = strawberry.mutation(
        resolver=shipments.webhook_delete,
        graphql_type=WebhookDeletePayload,
        description="Deletes a webhook. For partner keys only.",
    )


@strawberry.type(
    description="Following: each event once and in order, across reconnections and restarts."
)
class Subscription:
    """The subscriptions."""

    order_updates = strawberry.subscription(
        resolver=order_updates.order_updates,
        graphql_type=OrderEvent,
        description="What happens to an order. Without `after` its last event comes first, then "
        "each later one; with it exactly those after that sequence number. Completes when the "
        "order is delivered or cancelled.",
    )
    gift_updates = strawberry.subscription(
        resolver=gifts.gift_updates,
        graphql_type=GiftEvent,
        description="What happens to a gift: without `after` its last event first, then each once "
        "and in order; with it exactly those after that sequence. Ends with the gift.",
    )
    gift_feed = strawberry.subscription(
        resolver=gifts.gift_feed,
        graphql_type=GiftEvent,
        description="What happens to all gifts of the calling partner: without `after` the last "
        "event of each open gift first; with it, the id of the last event seen, all later ones.",
    )
