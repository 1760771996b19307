"""What staff give back, and what buyers send back."""

from decimal import Decimal

import strawberry

from gateway.engine.carts import MAX_CART_LINES
from gateway.engine.orders.returns import ReturnStatus
from gateway.resolvers.bounds import MAX_PROSE_LENGTH, list_bound, text_bound
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.inputs.shipments import OrderLineQuantityInput
from gateway.resolvers.inputs.staff import KEY_DESCRIPTION

describe_enum(
    ReturnStatus,
    "How far a return has come.",
    REQUESTED="The buyer asks for it.",
    APPROVED="The goods may be sent back.",
    DECLINED="They may not. Nothing follows.",
    RECEIVED="Goods came in, all of them or a part.",
    CLOSED="Nothing more is to come in. Nothing follows.",
)


@strawberry.input(
    description="What is given back of an order: lines, shipping, or an amount; with neither lines "
    "nor amount all that is left. Never more than was captured."
)
class OrderRefundInput:
    """A refund."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[OrderLineQuantityInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="So many of which lines, each for what was paid for it; [] with `shipping`: "
        "shipping alone.",
        metadata=list_bound(MAX_CART_LINES),
    )
    shipping: bool = strawberry.field(
        default=False, description="Whether what is left of shipping is given back, too."
    )
    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="An amount of the order's currency, tax included, in place of lines and "
        "shipping.",
    )
    reason: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why; the buyer can read it. Name no person.",
        metadata=text_bound(MAX_PROSE_LENGTH),
    )
    restock: bool = strawberry.field(
        default=False, description="Whether the lines are put back into stock: they have left."
    )
    idempotency_key: str = strawberry.field(description=KEY_DESCRIPTION, metadata=text_bound(255))


@strawberry.input(description="What is to come back of an order that was delivered.")
class ReturnRequestInput:
    """A request for a return."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[OrderLineQuantityInput] = strawberry.field(
        description="So many of which lines.", metadata=list_bound(MAX_CART_LINES)
    )
    reason: str | None = strawberry.field(
        default=strawberry.UNSET, description="Why.", metadata=text_bound(MAX_PROSE_LENGTH)
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description=KEY_DESCRIPTION, metadata=text_bound(255)
    )


@strawberry.input(description="What becomes of a return.")
class ReturnUpdateInput:
    """A step of a return."""

    return_id: strawberry.ID = strawberry.field(description="The return.")
    status: ReturnStatus = strawberry.field(
        description="APPROVED or DECLINED once it is requested, RECEIVED as often as something "
        "comes in, CLOSED at the end."
    )
    lines: list[OrderLineQuantityInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="What came in, with RECEIVED alone; it adds up. Absent: all that was missing.",
        metadata=list_bound(MAX_CART_LINES),
    )
    refund: bool = strawberry.field(
        default=True, description="Whether the money of what came in is given back."
    )
    restock: bool = strawberry.field(
        default=True, description="Whether what came in is put back into stock."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description=KEY_DESCRIPTION, metadata=text_bound(255)
    )
