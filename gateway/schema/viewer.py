"""Whoever is asking, as they see themselves."""

import strawberry

from gateway.resolvers import carts, gifts, identity, orders
from gateway.schema.carts import Cart
from gateway.schema.gifts import Gift
from gateway.schema.identity import Client, Purchaser
from gateway.schema.nodes import Connection
from gateway.schema.orders import Order
from gateway.schema.value_types import mirrors
from gateway.services.identity import callers


@strawberry.type(
    description="Whoever is asking. A device that is known without a sign-in may buy by one click "
    "and sees hints, no more."
)
class Viewer:
    """Who is asking."""

    is_type_of = mirrors(callers.Caller)

    client: Client = strawberry.field(description="The device.")
    purchaser = strawberry.field(
        resolver=identity.purchaser,
        graphql_type=Purchaser | None,
        description="The purchaser; null without a valid bearer.",
    )
    cart = strawberry.field(
        resolver=carts.own_cart,
        graphql_type=Cart | None,
        description="The cart that was claimed last and is not bought: of the purchaser, on every "
        "device; without a sign-in that of this device.",
    )
    open_orders = strawberry.field(
        resolver=orders.open_orders,
        graphql_type=list[Order],
        description="Orders that can still be changed: those expected to ship soon, then others. "
        "Without a sign-in only those placed from this device.",
    )
    orders = strawberry.field(
        resolver=orders.all_orders,
        graphql_type=Connection[Order],
        description="All orders, the latest first; empty without a sign-in.",
    )
    gifts = strawberry.field(
        resolver=gifts.all_gifts,
        graphql_type=Connection[Gift],
        description="All gifts the purchaser gives, the latest first, those that apps made at "
        "their expense too; empty without a sign-in.",
    )
