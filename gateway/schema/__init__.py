"""What clients see: types, unions, scalars, operations. No logic."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from gateway.resolvers.scalars import SCALARS
from gateway.schema.bound_descriptions import with_bounds_told
from gateway.schema.operations import Mutation, Query, Subscription

schema = with_bounds_told(
    strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
)
