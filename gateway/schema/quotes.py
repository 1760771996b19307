"""Quotes as clients see them."""

import strawberry

from gateway.engine.pricing import priced_purchase
from gateway.resolvers.payloads import outcome_value
from gateway.schema.purchases import Purchase
from gateway.schema.user_errors import Payload
from gateway.schema.value_types import mirrors


@strawberry.type(description="A described purchase with its figures; nothing of it is stored.")
class Quote(Purchase):
    """A quote."""

    is_type_of = mirrors(priced_purchase.PricedPurchase)


@strawberry.type(description="A quote, or why there is none.")
class QuotePayload(Payload):
    """The answer of `quote`."""

    quote = strawberry.field(
        resolver=outcome_value,
        graphql_type=Quote | None,
        description="The priced purchase; null if the input was refused.",
    )
