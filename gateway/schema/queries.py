"""The operations that read."""

import strawberry

from gateway.resolvers import (
    carts,
    catalogue,
    checkout,
    claims,
    collections,
    gift_orders,
    gifts,
    identity,
    nodes,
    orders,
    product_pages,
    quotes,
    shipments,
    staff,
)
from gateway.schema.carts import Cart
from gateway.schema.catalogue import Collection, Product, ProductConnection
from gateway.schema.claims import AddressFormat, CountryName, GiftClaim
from gateway.schema.gifts import (
    Gift,
    GiftEstimate,
    GiftOrder,
    WebhookEndpoint,
)
from gateway.schema.nodes import Connection, Node
from gateway.schema.orders import Order
from gateway.schema.purchase_outcomes import PaymentProvider
from gateway.schema.quotes import QuotePayload
from gateway.schema.staff import Staff
from gateway.schema.viewer import Viewer


@strawberry.type(description="Reading: nothing here changes anything.")
class Query:
    """The queries."""

    quote = strawberry.field(
        resolver=quotes.quote,
        graphql_type=QuotePayload,
        description="Prices a described purchase without storing anything.",
    )
    node = strawberry.field(
        resolver=nodes.node,
        graphql_type=Node | None,
        description="Anything by its id; null where there is nothing that the caller may see.",
    )
    nodes = strawberry.field(
        resolver=nodes.nodes,
        graphql_type=list[Node | None],
        description="Several things by their ids, in the order of the ids; null where there is "
        "nothing that the caller may see.",
    )
    viewer = strawberry.field(
        resolver=identity.viewer,
        graphql_type=Viewer,
        description="Whoever is asking.",
    )
    cart = strawberry.field(
        resolver=carts.cart,
        graphql_type=Cart | None,
        description="The cart of that id; null where there is none.",
    )
    products = strawberry.field(
        resolver=catalogue.products,
        graphql_type=ProductConnection,
        description="What is sold, page by page.",
    )
    product = strawberry.field(
        resolver=product_pages.product,
        graphql_type=Product | None,
        description="A product by exactly one of its names; null where none is listed.",
    )
    collection = strawberry.field(
        resolver=collections.collection,
        graphql_type=Collection | None,
        description="A collection by exactly one of its names; null where there is none.",
    )
    collections = strawberry.field(
        resolver=collections.collections,
        graphql_type=Connection[Collection],
        description="All collections, in the merchant's order, page by page.",
    )
    order = strawberry.field(
        resolver=orders.order,
        graphql_type=Order | None,
        description="The order of that id; null where there is none that the caller may see.",
    )
    order_by_idempotency_key = strawberry.field(
        resolver=orders.order_by_idempotency_key,
        graphql_type=Order | None,
        description="The order that the caller's purchase under that key became, if it did.",
    )
    gift = strawberry.field(
        resolver=gifts.gift,
        graphql_type=Gift | None,
        description="A gift by exactly one of its names: by id for its giver (whoever pays it) or "
        "the partner that made it; by tracking number for anybody, who sees id, number and status.",
    )
    gift_order = strawberry.field(
        resolver=gift_orders.gift_order,
        graphql_type=GiftOrder | None,
        description="Gifts ordered at once, for their giver or the partner that made them; null "
        "where there are none that the caller may see.",
    )
    gift_estimate = strawberry.field(
        resolver=gifts.gift_estimate,
        graphql_type=GiftEstimate | None,
        description="What a gift would be charged as, before it is ordered; null for what cannot "
        "be given: unknown, not enough of it, or not shipped anywhere.",
    )
    payment_provider = strawberry.field(
        resolver=checkout.payment_provider,
        graphql_type=PaymentProvider,
        description="What a browser needs to hand card data to the payment provider.",
    )
    gift_claim = strawberry.field(
        resolver=claims.gift_claim,
        graphql_type=GiftClaim | None,
        description="A gift as its recipient sees it, by the secret of their link. Reading changes "
        "nothing. Null for a link that is not valid. Ask by POST: addresses are kept and logged.",
    )
    staff = strawberry.field(
        resolver=staff.staff,
        graphql_type=Staff | None,
        description="The shop as its staff sees it; null for whoever has no staff key.",
    )
    webhooks = strawberry.field(
        resolver=shipments.webhooks,
        graphql_type=list[WebhookEndpoint],
        description="The webhooks of the partner whose key asks; none for anybody else.",
    )
    countries = strawberry.field(
        resolver=claims.countries,
        graphql_type=list[CountryName],
        description="Every country, in the order of their names.",
    )
    address_format = strawberry.field(
        resolver=claims.address_format,
        graphql_type=AddressFormat | None,
        description="What an address in a country is made of; null where there is no such country.",
    )
