"""The shop as its staff sees it."""

import strawberry

from gateway.resolvers import staff as resolvers
from gateway.schema.gifts import Gift
from gateway.schema.nodes import Connection
from gateway.schema.orders import Order
from gateway.schema.value_types import mirrors
from gateway.services import staff


@strawberry.type(description="The shop as its staff sees it.")
class Staff:
    """What staff sees."""

    is_type_of = mirrors(staff.Staff)

    orders = strawberry.field(
        resolver=resolvers.orders,
        graphql_type=Connection[Order],
        description="All orders, the latest first.",
    )
    gifts = strawberry.field(
        resolver=resolvers.gifts,
        graphql_type=Connection[Gift],
        description="All gifts, the latest first, as their givers see them.",
    )
