"""What is asked to change of orders."""

from decimal import Decimal

import strawberry

from gateway.engine.carts import MAX_LINE_QUANTITY
from gateway.resolvers.bounds import count_bound, text_bound
from gateway.resolvers.inputs.addresses import AddressInput

EXPECTED_TOTAL_DESCRIPTION = (
    "The most that the order may cost afterwards: at a higher total nothing is changed, and the "
    "error is PRICE_CHANGED. Absent: it may not cost more than now."
)
DRY_RUN_DESCRIPTION = "Answers the order as it would be, dearer too, and changes nothing."
KEY_DESCRIPTION = (
    "Your own key of this change, 1 to 255 characters: the same change with the same key is made "
    "once, for seven days. It is kept as it is: put nothing of a person into it."
)


@strawberry.input(description="An order to cancel.")
class OrderCancelInput:
    """An order to cancel."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    expected_total: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="The most that what stays of the order may cost: at a higher total nothing is "
        "changed, and the error is PRICE_CHANGED. In no case does it cost more than now.",
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN_DESCRIPTION)


@strawberry.input(description="Another quantity of a line.")
class OrderLineUpdateInput:
    """A line to change."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    line_id: strawberry.ID = strawberry.field(description="Its line: `PurchaseItem.lineId`.")
    quantity: int = strawberry.field(
        description="How many it is to be, those in parcels included. 0 removes the line; the last "
        "line cancels the order.",
        metadata=count_bound(0, MAX_LINE_QUANTITY),
    )
    expected_total: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description=EXPECTED_TOTAL_DESCRIPTION
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN_DESCRIPTION)
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description=KEY_DESCRIPTION, metadata=text_bound(255)
    )


@strawberry.input(
    description="Where an order is to go instead: `addressId` for a purchaser's order, `address` "
    "for a guest's."
)
class OrderAddressSetInput:
    """Another address of an order."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    address_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="One of the purchaser's addresses."
    )
    address: AddressInput | None = strawberry.field(
        default=strawberry.UNSET, description="Where a guest's order goes."
    )
    confirm_warnings: bool = strawberry.field(
        default=False,
        description="Whether to send it there although it may not arrive, as a first answer said. "
        "What is missing or malformed cannot be confirmed.",
    )
    expected_total: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description=EXPECTED_TOTAL_DESCRIPTION
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN_DESCRIPTION)
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description=KEY_DESCRIPTION, metadata=text_bound(255)
    )


@strawberry.input(description="The way back to a guest's order.")
class OrderAccessInput:
    """A link."""

    token: str = strawberry.field(
        description="The secret of the link in the buyer's mail: what follows the `#`.",
        metadata=text_bound(255),
    )
