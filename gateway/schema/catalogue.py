"""What is sold, as clients see it."""

import strawberry

from gateway.engine.catalogue import products
from gateway.resolvers import catalogue as resolvers
from gateway.resolvers import offers
from gateway.schema.money import Money
from gateway.schema.nodes import Node
from gateway.schema.offers import OneClickOffer
from gateway.schema.value_types import mirrors


@strawberry.type(description="Something that can be bought.")
class Variant(Node):
    """A variant."""

    is_type_of = mirrors(products.Variant)

    sku: str = strawberry.field(
        description="The merchant's own key of it; empty where there is none. Several may have "
        "the same."
    )
    title: str = strawberry.field(description="What it is called.")
    price = strawberry.field(
        resolver=resolvers.price,
        graphql_type=Money,
        description="What one costs in the merchant's own currency, a bundle with its parts; "
        "before tax where prices exclude it.",
    )
    available: int | None = strawberry.field(
        name="availableQuantity",
        description="How many can be had now; null: without limit.",
    )
    one_click = strawberry.field(
        resolver=offers.one_click,
        graphql_type=OneClickOffer,
        description="What buying it by one click would do here.",
    )


@strawberry.type(description="Something that is listed, with the variants it comes in.")
class Product(Node):
    """A product."""

    is_type_of = mirrors(products.Product)

    title: str = strawberry.field(description="What it is called.")
    variants = strawberry.field(
        resolver=resolvers.variants,
        graphql_type=list[Variant],
        description="What it comes in.",
    )
