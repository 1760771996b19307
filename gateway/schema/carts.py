"""Carts as clients see them."""

import strawberry

from gateway.engine import carts
from gateway.resolvers import carts as resolvers
from gateway.resolvers.outcomes import value
from gateway.schema import problems
from gateway.schema.mirrors import mirrors
from gateway.schema.money import TaxedMoney
from gateway.schema.nodes import Node
from gateway.schema.purchases import Purchase


@strawberry.type(description="A way to ship a cart.")
class ShippingOption:
    """A shipping option."""

    is_type_of = mirrors(carts.ShippingOption)

    id: strawberry.ID = strawberry.field(description="Opaque; unique to the cart.")
    name: str = strawberry.field(description="What it is called.")
    price: TaxedMoney = strawberry.field(description="What it costs.")
    selected: bool = strawberry.field(description="Whether the cart is shipped so.")


@strawberry.type(
    description="What a buyer has gathered. Its id is the key to it: whoever knows the id reads "
    "and changes the cart. It holds no personal data beyond the area it goes to."
)
class Cart(Node, Purchase):
    """A cart."""

    is_type_of = mirrors(carts.PricedCart)

    version: int = strawberry.field(description="Goes up by one at each change.")
    shipping_options: list[ShippingOption] = strawberry.field(
        description="The ways to ship that fit, cheapest first. The cheapest is taken until "
        "another is selected."
    )


@strawberry.type(description="The changed cart, or why it stays as it is.")
class CartPayload(problems.Refusable):
    """The answer of cart mutations."""

    warnings = strawberry.field(
        resolver=resolvers.warnings,
        graphql_type=list[problems.Warning],
        description="What to know about a request that was carried out.",
    )
    cart = strawberry.field(
        resolver=value,
        graphql_type=Cart | None,
        description="The cart with all figures anew; null if the request was refused.",
    )
