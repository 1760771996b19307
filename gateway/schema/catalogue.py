"""What is sold, as clients see it."""

import strawberry

from gateway.engine.catalogue import products
from gateway.resolvers import catalogue as resolvers
from gateway.resolvers import offers
from gateway.resolvers.payloads import outcome_value
from gateway.schema.money import Money
from gateway.schema.nodes import Node
from gateway.schema.offers import OneClickOffer
from gateway.schema.user_errors import Payload
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
        description="What one costs in the currency asked for where there is such a price, else in "
        "the merchant's own; a bundle with its parts; before tax where prices exclude it.",
    )
    compare_at_price = strawberry.field(
        resolver=resolvers.compare_at_price,
        graphql_type=Money | None,
        description="What one cost before, in the currency of `price`; null unless that is more.",
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


@strawberry.type(description="What came of a change that staff made.")
class VariantPayload(Payload):
    """The answer to a change of a variant."""

    variant = strawberry.field(
        resolver=outcome_value,
        graphql_type=Variant | None,
        description="The variant as it now stands, also where the change was refused; null where "
        "there is none, or for others than staff.",
    )
