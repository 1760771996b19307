"""What clients see: types, unions, scalars, operations. No logic."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from gateway.resolvers.scalars import SCALARS
from gateway.schema.operations import Mutation, Query, Subscription

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
)
