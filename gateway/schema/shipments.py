"""Shipments as clients see them."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.engine.orders import shipments
from gateway.resolvers import shipment_details as resolvers
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.payloads import outcome_value
from gateway.schema.catalogue import Variant
from gateway.schema.gifts import Gift
from gateway.schema.nodes import Node
from gateway.schema.purchase_details import Attribute, PostalAddress
from gateway.schema.user_errors import Payload
from gateway.schema.value_types import mirrors

# Orders hold shipments, which hold orders: the name is resolved when both are there.
LaterOrder = Annotated["Order", strawberry.lazy("gateway.schema.orders")]  # type: ignore[name-defined] # noqa: F821

describe_enum(
    shipments.ShipmentState,
    "How far a parcel has come.",
    READY="Packed or to be packed; it has not left.",
    DISPATCHED="On its way; its share of the money is captured.",
    DELIVERED="Arrived. Nothing follows.",
    RETURNED="It came back.",
    CANCELLED="It will not leave.",
)


@strawberry.type(description="So many of one thing in a parcel.")
class ShipmentLine:
    """A line of a parcel."""

    is_type_of = mirrors(shipments.ShipmentLine)

    sku: str = strawberry.field(description="The merchant's own number; may be empty.")
    title: str = strawberry.field(description="What it is called.")
    quantity: int = strawberry.field(description="How many.")
    line_id: strawberry.ID | None = strawberry.field(
        description="The order's line; null in a gift's parcel."
    )
    attributes = strawberry.field(
        resolver=resolvers.line_attributes,
        graphql_type=list[Attribute],
        description="What its buyer wants written on it, for who may see the order.",
    )
    order = strawberry.field(
        resolver=resolvers.line_order,
        graphql_type=LaterOrder | None,
        description="The order it is of; null in a gift's parcel.",
    )
    variant = strawberry.field(
        resolver=resolvers.line_variant,
        graphql_type=Variant | None,
        description="The variant, as it is sold now.",
    )


@strawberry.type(
    description="One parcel: what of which orders, or which gift, goes where. Orders of one "
    "purchaser to one destination share parcels."
)
class Shipment(Node):
    """A parcel."""

    is_type_of = mirrors(shipments.Shipment)

    state: shipments.ShipmentState = strawberry.field(
        name="status", description="How far it has come."
    )
    lines = strawberry.field(
        resolver=resolvers.lines,
        graphql_type=list[ShipmentLine],
        description="What is in it; for a purchaser what is of their orders.",
    )
    ship_to = strawberry.field(
        resolver=resolvers.ship_to,
        graphql_type=PostalAddress | None,
        description="Where it goes: for staff, for the signed-in purchaser of its orders, and "
        "for who holds the link of a guest's. Never for a gift's giver; null once the data was "
        "erased.",
    )
    shipping_method = strawberry.field(
        resolver=resolvers.shipping_method,
        graphql_type=str | None,
        description="How it is shipped; null where its address is.",
    )
    carrier = strawberry.field(
        resolver=resolvers.carrier,
        graphql_type=str | None,
        description="Who carries it; for whom the address is.",
    )
    tracking_number = strawberry.field(
        resolver=resolvers.tracking_number,
        graphql_type=str | None,
        description="The carrier's number for it; for whom the address is.",
    )
    tracking_url = strawberry.field(
        resolver=resolvers.tracking_url,
        graphql_type=str | None,
        description="The carrier's page; for whom the address is.",
    )
    due_at: datetime | None = strawberry.field(description="When it should leave.")
    dispatched_at: datetime | None = strawberry.field(description="When it left.")
    delivered_at: datetime | None = strawberry.field(description="When it arrived.")
    gift = strawberry.field(
        resolver=resolvers.gift,
        graphql_type=Gift | None,
        description="The gift that it is; for staff only.",
    )


@strawberry.type(description="The parcel, or why it stays.")
class ShipmentDispatchPayload(Payload):
    """The answer of a dispatch."""

    shipment = strawberry.field(
        resolver=outcome_value,
        graphql_type=Shipment | None,
        description="The parcel; null if the request was refused.",
    )
