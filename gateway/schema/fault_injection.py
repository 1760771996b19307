"""The schema with operations that crash and tick on demand: for tests of clients and operations.

Schemas share their types: a process serves this one or the plain one, never both.
"""

import strawberry
from strawberry.schema.config import StrawberryConfig

from gateway.resolvers import fault_injection
from gateway.resolvers.scalars import SCALARS
from gateway.schema.bound_descriptions import with_bounds_told
from gateway.schema.operations import Mutation, Query, Subscription


@strawberry.type(name="Query", description="Reading: nothing here changes anything.")
class FaultyQuery(Query):
    """The queries, and one that crashes."""

    fault = strawberry.field(
        resolver=fault_injection.fault, graphql_type=str | None, description="Crashes, on purpose."
    )


@strawberry.type(name="Subscription", description="Following: each event once and in order.")
class TickingSubscription(Subscription):
    """The subscriptions, and one that needs nothing to happen."""

    ticks = strawberry.subscription(
        resolver=fault_injection.ticks, graphql_type=int, description="Counts up from zero."
    )


faulty_schema = with_bounds_told(
    strawberry.Schema(
        query=FaultyQuery,
        mutation=Mutation,
        subscription=TickingSubscription,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
)
