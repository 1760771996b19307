"""What staff say of parcels."""

import strawberry

from gateway.engine.carts import MAX_CART_LINES, MAX_LINE_QUANTITY
from gateway.resolvers.bounds import count_bound, list_bound, text_bound
from gateway.resolvers.inputs.staff import KEY_DESCRIPTION

MAX_CARRIER_LENGTH = 200
MAX_URL_LENGTH = 2_000


@strawberry.input(description="So many of an order's line.")
class OrderLineQuantityInput:
    """A quantity of a line."""

    line_id: strawberry.ID = strawberry.field(description="The order's line.")
    quantity: int = strawberry.field(
        description="How many of it.", metadata=count_bound(1, MAX_LINE_QUANTITY)
    )


@strawberry.input(
    description="A parcel leaves. Without lines all of it; with fewer, the rest becomes a shipment "
    "of its own."
)
class ShipmentDispatchInput:
    """A dispatch."""

    shipment_id: strawberry.ID = strawberry.field(description="The parcel; it has to be READY.")
    lines: list[OrderLineQuantityInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="What leaves; absent: all of it.",
        metadata=list_bound(MAX_CART_LINES),
    )
    carrier: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Who carries it.",
        metadata=text_bound(MAX_CARRIER_LENGTH),
    )
    tracking_number: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The carrier's number for it.",
        metadata=text_bound(MAX_CARRIER_LENGTH),
    )
    tracking_url: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The carrier's page, by http or https.",
        metadata=text_bound(MAX_URL_LENGTH),
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description=KEY_DESCRIPTION, metadata=text_bound(255)
    )
