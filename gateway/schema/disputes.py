"""Disputes of payments as staff see them."""

from datetime import datetime

import strawberry

from gateway.resolvers.enums import describe_enum
from gateway.schema.money import Money
from gateway.schema.value_types import mirrors
from gateway.services.ports import disputes

describe_enum(
    disputes.DisputeStatus,
    "How far a dispute has come.",
    NEEDS_RESPONSE="The shop can answer with evidence, at the payment provider.",
    UNDER_REVIEW="The bank decides.",
    WON="The shop keeps the money.",
    LOST="The payer has the money back.",
    CLOSED="It ended without a decision: nothing is taken.",
)


@strawberry.type(description="A payment that its payer contests at the bank; for staff.")
class Dispute:
    """A dispute."""

    is_type_of = mirrors(disputes.Dispute)

    reference: str = strawberry.field(description="What the payment provider calls it.")
    amount: Money = strawberry.field(
        description="What is contested. The provider may take it back until the end; it does not "
        "count as refunded."
    )
    reason: str = strawberry.field(
        description="Why, in the provider's code: `fraudulent`, `product_not_received`."
    )
    status: disputes.DisputeStatus = strawberry.field(description="How far it has come.")
    opened_at: datetime = strawberry.field(description="When the payer contested it.")
    respond_by: datetime | None = strawberry.field(
        description="Until when the shop can answer; null where it cannot."
    )
    order_id: strawberry.ID | None = strawberry.field(
        description="The order that was paid; null for a gift, and where it is not known."
    )
    gift_id: strawberry.ID | None = strawberry.field(
        description="The gift that was paid; null for an order, and where it is not known."
    )
