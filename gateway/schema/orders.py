"""Orders as clients see them."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.engine.orders import order as orders
from gateway.engine.orders.payments import PaymentStage
from gateway.engine.pricing import purchase_details
from gateway.resolvers import disputes as dispute_resolvers
from gateway.resolvers import order_details, order_updates, shipment_details
from gateway.resolvers import orders as resolvers
from gateway.resolvers import refunds as refund_resolvers
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.payloads import outcome_value
from gateway.schema.disputes import Dispute
from gateway.schema.money import Money
from gateway.schema.nodes import Connection, Node
from gateway.schema.purchase_details import Attribute, PostalAddress, TaxCustomer
from gateway.schema.purchases import Explanation, Purchase, PurchaseItem, TaxSummaryRow
from gateway.schema.refunds import Refund, Return
from gateway.schema.shipments import Shipment
from gateway.schema.user_errors import Payload
from gateway.schema.value_types import mirrors

describe_enum(
    orders.OrderStatus,
    "How far an order has come.",
    OPEN="Placed; what of it is in no parcel yet can still be changed or cancelled.",
    SCHEDULED="All of it is in parcels; it can no longer be changed or cancelled.",
    SHIPPED="On its way, and paid for.",
    DELIVERED="Arrived. Nothing follows.",
    CANCELLED="Cancelled before it was scheduled; nothing was charged. Nothing follows.",
)
describe_enum(
    orders.OrderBucket,
    "Whether an order is expected to ship soon or later.",
    SHORT_TERM="Expected to ship within days: within a week, unless the shop set otherwise.",
    LONG_TERM="Expected to ship later.",
)


@strawberry.type(
    description="An order, with its figures as they were when it was placed: no later price or "
    "rule changes them."
)
class Order(Node, Purchase):
    """An order."""

    is_type_of = mirrors(orders.Order)

    number: str = strawberry.field(description="A number for people.")
    status: orders.OrderStatus = strawberry.field(description="How far it has come.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    bucket: orders.OrderBucket | None = strawberry.field(
        description="Whether it is expected to ship soon or later."
    )
    channel: orders.ActionChannel = strawberry.field(description="By what action it was placed.")
    # What tells where it goes is resolved here for each caller, not read as in other purchases.
    items = strawberry.field(  # type: ignore[assignment]
        resolver=resolvers.items,
        graphql_type=list[PurchaseItem],
        description="The lines. Their taxes are null for who has not signed in: they tell where it "
        "goes.",
    )
    all_items = strawberry.field(  # type: ignore[assignment]
        resolver=resolvers.all_items,
        graphql_type=list[PurchaseItem],
        description="Every line and part in one list, parents before their parts. Their taxes are "
        "null for who has not signed in.",
    )
    tax_summary = strawberry.field(  # type: ignore[assignment]
        resolver=resolvers.tax_summary,
        graphql_type=list[TaxSummaryRow] | None,
        description="The taxes by name and rate: the rows sum to the tax of the total. Null for "
        "who has not signed in.",
    )
    explanations = strawberry.field(  # type: ignore[assignment]
        resolver=resolvers.explanations,
        graphql_type=list[Explanation] | None,
        description="How each figure came about. Null for who has not signed in.",
    )
    can_modify = strawberry.field(
        resolver=resolvers.can_modify,
        graphql_type=bool,
        description="Whether you can still change or cancel something of it: as long as something "
        "is in no parcel.",
    )
    modifiable_until = strawberry.field(
        resolver=resolvers.modifiable_until,
        graphql_type=datetime | None,
        description="Until when you can change all of it; null past that, also while something can "
        "still be changed.",
    )
    tracking_url = strawberry.field(
        resolver=resolvers.tracking_url,
        graphql_type=str | None,
        description="The carrier's page, once the order is on its way; null where the carrier has "
        "none, and for everybody but its purchaser, signed in.",
    )
    email = strawberry.field(
        resolver=order_details.email,
        graphql_type=str | None,
        description="Where its buyer is written to. For its purchaser, signed in, and for staff; "
        "null for everybody else, and once the buyer's data was erased.",
    )
    shipping_address = strawberry.field(
        resolver=order_details.shipping_address,
        graphql_type=PostalAddress | None,
        description="Where it goes. For its purchaser, signed in, and for staff; null for "
        "everybody else, and once the buyer's data was erased.",
    )
    shipping_method = strawberry.field(
        resolver=order_details.shipping_method,
        graphql_type=str | None,
        description="How it is shipped; null where nothing is, and for who has not signed in.",
    )
    shipments = strawberry.field(
        resolver=shipment_details.order_shipments,
        graphql_type=list[Shipment],
        description="Its parcels, the earliest first.",
    )
    payment_state = strawberry.field(
        resolver=refund_resolvers.payment_state,
        graphql_type=PaymentStage,
        description="How its money stands.",
    )
    captured = strawberry.field(
        resolver=refund_resolvers.captured_amount,
        graphql_type=Money,
        description="What was captured so far, refunds not taken off.",
    )
    refunded = strawberry.field(
        resolver=refund_resolvers.refunded_amount,
        graphql_type=Money,
        description="What was given back of it.",
    )
    outstanding = strawberry.field(
        resolver=refund_resolvers.outstanding_amount,
        graphql_type=Money,
        description="Due less what is held or captured: what a raised order still lacks, below "
        "zero what will not be captured. Refunds do not change it.",
    )
    refunds = strawberry.field(
        resolver=refund_resolvers.order_refunds,
        graphql_type=list[Refund],
        description="Its refunds, the oldest first.",
    )
    returns = strawberry.field(
        resolver=refund_resolvers.order_returns,
        graphql_type=list[Return],
        description="Its returns, the oldest first.",
    )
    disputes = strawberry.field(
        resolver=dispute_resolvers.order_disputes,
        graphql_type=list[Dispute],
        description="Its payments that were contested at the payer's bank, the oldest first. For "
        "staff; empty for everybody else.",
    )
    customer = strawberry.field(
        resolver=order_details.customer,
        graphql_type=TaxCustomer,
        description="As whom the buyer is taxed.",
    )
    calculated_by = strawberry.field(
        resolver=order_details.calculated_by,
        graphql_type=purchase_details.Calculator,
        description="Where shipping, tax and codes were computed.",
    )
    note = strawberry.field(
        resolver=order_details.note,
        graphql_type=str | None,
        description="What the buyer added in words; null once their data was erased.",
    )
    attributes = strawberry.field(
        resolver=order_details.attributes,
        graphql_type=list[Attribute],
        description="The client's own notes on the order, those of the cart; none once the "
        "buyer's data was erased.",
    )
    events = strawberry.field(
        resolver=order_details.events,
        graphql_type=Connection[Annotated["OrderEvent", strawberry.lazy("gateway.schema.orders")]],
        description="What happened to it, in order, from its beginning.",
    )


@strawberry.type(description="Something that happened to an order.")
class OrderEvent(Node):
    """An event of an order."""

    is_type_of = mirrors(orders.OrderEvent)

    sequence: int = strawberry.field(description="Its number among the order's events, from 1.")
    type: str = strawberry.field(
        description='What happened: "placed", "joined", "split", "scheduled", "shipped" (a parcel '
        'left), "delivered", "returned", "line_changed", "address_changed", "cancelled", '
        '"refunded", "refund_failed" (after it seemed done), "disputed" (a payment, at the bank), '
        '"hold_not_renewed" (before the goods left; the amount is asked for anew then).'
    )
    status: orders.OrderStatus = strawberry.field(description="How far the order came by it.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    actor = strawberry.field(
        resolver=order_updates.event_actor,
        graphql_type=str | None,
        name="by",
        description='Who did it: "buyer", "shop", "carrier", or "staff:" and the name of a key. '
        "For staff; null for everybody else.",
    )
    detail = strawberry.field(
        resolver=order_updates.event_detail,
        graphql_type=str | None,
        description="What was done and why, in words. For staff; null for everybody else.",
    )
    order = strawberry.field(
        resolver=order_updates.event_order,
        graphql_type=Order,
        description="The order as it is now.",
    )


@strawberry.type(description="The order, or why it stays as it is.")
class OrderPayload(Payload):
    """The answer of order mutations."""

    order = strawberry.field(
        resolver=outcome_value,
        graphql_type=Order | None,
        description="The order after the change; as it stands if the request was refused and the "
        "caller may see it.",
    )
