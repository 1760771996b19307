"""What staff change."""

from decimal import Decimal

import strawberry

from gateway.engine.catalogue.stock_adjustments import MAX_ADJUSTED_UNITS
from gateway.resolvers.bounds import MAX_PROSE_LENGTH, count_bound, text_bound
from gateway.resolvers.scalars import CurrencyCode

KEY_DESCRIPTION = (
    "Your own key of this request, 1 to 255 characters: the same request with the same key is "
    "carried out once, for seven days. It is kept as it is: put nothing of a person into it."
)


@strawberry.input(description="What came in or went missing.")
class StockAdjustInput:
    """A change of stock."""

    variant_id: strawberry.ID = strawberry.field(description="The variant; a bundle's own stock.")
    by: int = strawberry.field(
        description="How many came in or, below zero, went missing; not 0.",
        metadata=count_bound(-MAX_ADJUSTED_UNITS, MAX_ADJUSTED_UNITS),
    )
    reason: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why, for the log; name no person.",
        metadata=text_bound(MAX_PROSE_LENGTH),
    )
    idempotency_key: str = strawberry.field(description=KEY_DESCRIPTION, metadata=text_bound(255))


@strawberry.input(description="What a variant costs from now on; at least one price is given.")
class VariantUpdateInput:
    """A change of prices."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    price: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="What one costs; for a bundle, what it costs itself, its parts left out. "
        "Absent: stays as it is.",
    )
    currency: CurrencyCode | None = strawberry.field(
        default=strawberry.UNSET, description="Of both prices; absent: the shop's own."
    )
    compare_at_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="What one cost before, a bundle with its parts; above the price. Null removes "
        "it, absent it stays as it is.",
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description=KEY_DESCRIPTION, metadata=text_bound(255)
    )
