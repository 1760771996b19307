"""Carts as clients see them."""

import strawberry

from gateway.engine import priced_carts
from gateway.engine.pricing import discount_codes, purchase_details
from gateway.resolvers import calculations
from gateway.resolvers import carts as resolvers
from gateway.resolvers.enums import describe_enum
from gateway.schema import user_errors
from gateway.schema.money import Money, TaxedMoney
from gateway.schema.nodes import Node
from gateway.schema.orders import Order
from gateway.schema.purchase_details import Attribute, Destination, TaxCustomer
from gateway.schema.purchases import Purchase, PurchaseDisplay
from gateway.schema.value_types import mirrors


@strawberry.type(description="A way to ship a cart.")
class ShippingOption:
    """A shipping option."""

    is_type_of = mirrors(priced_carts.ShippingOption)

    id: strawberry.ID = strawberry.field(description="Opaque; unique to the cart.")
    name: str = strawberry.field(description="What it is called.")
    price: TaxedMoney = strawberry.field(description="What it costs.")
    selected: bool = strawberry.field(description="Whether the cart is shipped so.")


describe_enum(
    discount_codes.CodeKind,
    "What a code is.",
    DISCOUNT="It takes something off the price.",
    STORED_VALUE="It is money paid in before, and pays.",
)


@strawberry.type(description="A code of a cart, and what it does there.")
class CartCode:
    """A code."""

    is_type_of = mirrors(discount_codes.CartCode)

    code: str = strawberry.field(description="The code as it was entered.")
    kind: discount_codes.CodeKind = strawberry.field(description="What it is.")
    applied: bool = strawberry.field(description="Whether it counts as the cart is now.")
    reason: str | None = strawberry.field(description="Why it does not count, for people.")
    amount: Money | None = strawberry.field(
        description="What it takes off or pays, not negative; null where it does not count, and "
        "for stored value until the tax is known."
    )


@strawberry.type(
    description="What a buyer has gathered. Its id is the key to it: whoever knows the id reads "
    "and changes the cart, its note and attributes included, until `cartClaim` makes it the own of "
    "a purchaser or a device; from then on it is null for everybody else."
)
class Cart(Node, Purchase):
    """A cart."""

    is_type_of = mirrors(priced_carts.PricedCart, lasting=(priced_carts.PricedCart,))

    version: int = strawberry.field(description="Goes up by one at each change.")
    total_quantity: int = strawberry.field(description="How many units all lines have together.")
    customer: TaxCustomer = strawberry.field(description="As whom the buyer is taxed.")
    calculated_by: purchase_details.Calculator = strawberry.field(
        description="Where shipping, tax and codes were computed."
    )
    destination: Destination | None = strawberry.field(
        description="The area it goes to; null until that was said."
    )
    note: str | None = strawberry.field(description="What the buyer added in words.")
    attributes: list[Attribute] = strawberry.field(description="The client's own notes on it.")
    order = strawberry.field(
        resolver=resolvers.order,
        graphql_type=Order | None,
        description="The order that it became, once it is bought; null for who may not see that.",
    )
    shipping_options: list[ShippingOption] = strawberry.field(
        description="The ways to ship that fit, cheapest first. The cheapest is taken until "
        "another is selected."
    )
    due = strawberry.field(  # type: ignore[assignment]
        resolver=resolvers.due,
        graphql_type=Money | None,
        description="What stored value leaves to pay.",
    )
    display = strawberry.field(
        resolver=resolvers.display,
        graphql_type=PurchaseDisplay | None,
        description="The purchase prepared for showing it to a buyer.",
    )
    codes = strawberry.field(
        resolver=resolvers.codes,
        graphql_type=list[CartCode],
        description="The codes it has, those that do not count now included, as they were entered.",
    )


@strawberry.type(description="The changed cart, or why it stays as it is.")
class CartPayload(user_errors.Refusable):
    """The answer of cart mutations."""

    warnings = strawberry.field(
        resolver=resolvers.warnings,
        graphql_type=list[user_errors.Warning],
        description="What to know about a request that was carried out.",
    )
    cart = strawberry.field(
        resolver=calculations.payload_cart,
        graphql_type=Cart | None,
        description="The cart with all figures anew; as it stands if the request was refused and "
        "there is such a cart that the caller may see.",
    )
