"""What lists of products are narrowed by."""

from decimal import Decimal

import strawberry

from gateway.resolvers.bounds import TextBound, list_bound, text_bound
from gateway.resolvers.scalars import CurrencyCode

MAX_FILTER_VALUES = 100
MAX_FILTER_OPTIONS = 10
MAX_VALUE_LENGTH = 255
VALUES = list_bound(MAX_FILTER_VALUES, TextBound(MAX_VALUE_LENGTH))


@strawberry.input(description="An option, and the values of it of which a variant has one.")
class OptionFilterInput:
    """A condition on an option."""

    name: str = strawberry.field(
        description="The option's name, as the merchant writes it.",
        metadata=text_bound(MAX_VALUE_LENGTH),
    )
    values: list[str] = strawberry.field(
        description="The values, as the merchant writes them; of several any. An empty list is no "
        "condition.",
        metadata=VALUES,
    )


@strawberry.input(
    description="All given conditions hold; of the values of one list any. Those on options, price "
    "and availability hold for one variant together. An empty list is no condition."
)
class ProductFilterInput:
    """Conditions of products."""

    available: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether a variant can be bought now."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of the prices here and of an order by price; absent: the shop's own.",
    )
    price_min: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="The lowest price of a variant."
    )
    price_max: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="The highest price of a variant."
    )
    vendors: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Of one of these vendors.", metadata=VALUES
    )
    types: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Of one of these types.", metadata=VALUES
    )
    tags: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="With one of these tags.", metadata=VALUES
    )
    options: list[OptionFilterInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="What a variant must have; all of them, one value of each.",
        metadata=list_bound(MAX_FILTER_OPTIONS),
    )
