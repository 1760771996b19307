"""Quotes as clients see them."""

import strawberry

from gateway.engine import pricing
from gateway.resolvers.outcomes import outcome_value
from gateway.schema.mirrors import mirrors
from gateway.schema.problems import Payload
from gateway.schema.purchases import Purchase


@strawberry.type(description="A described purchase with its figures; nothing of it is stored.")
class Quote(Purchase):
    """A quote."""

    is_type_of = mirrors(pricing.PricedPurchase)


@strawberry.type(description="A quote, or why there is none.")
class QuotePayload(Payload):
    """The answer of `quote`."""

    quote = strawberry.field(
        resolver=outcome_value,
        graphql_type=Quote | None,
        description="The priced purchase; null if the input was refused.",
    )
