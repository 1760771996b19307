"""Inputs that say where something goes."""

import strawberry

from gateway.resolvers.scalars import CountryCode


@strawberry.input(
    description="An area, precise enough for shipping and tax. The more is given, the surer the "
    "tax: what a tax rule tests and is not given makes it an estimate."
)
class DestinationInput:
    """An area."""

    country: CountryCode = strawberry.field(description="The country.")
    region: str | None = strawberry.field(
        description='The region by the country\'s own code or by name: "CA", "California".'
    )
    postal_code: str | None = strawberry.field(
        description="The postal code as it is written there."
    )
    city: str | None = strawberry.field(description="The town.")
