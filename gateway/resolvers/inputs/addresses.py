"""A full postal address as a client sends it."""

import strawberry

from gateway.engine.addresses.address import PostalAddress
from gateway.resolvers.bounds import MAX_ADDRESS_LINES, list_bound
from gateway.resolvers.scalars import CountryCode


@strawberry.input(description="A full postal address, with the name of who receives.")
class AddressInput:
    """An address."""

    name: str = strawberry.field(description="Who receives there.")
    country: CountryCode = strawberry.field(description="The country.")
    region: str | None = strawberry.field(
        description="The region, where the country's addresses have one: by code or name."
    )
    city: str | None = strawberry.field(description="The town.")
    postal_code: str | None = strawberry.field(description="The postal code as it is written.")
    lines: list[str] = strawberry.field(
        description="Street and house, in the order of a label.",
        metadata=list_bound(MAX_ADDRESS_LINES),
    )
    phone: str | None = strawberry.field(description="A telephone number for the carrier.")


def postal_address(address: AddressInput) -> PostalAddress:
    """``address`` as it was typed, not yet checked."""
    return PostalAddress(
        name=address.name,
        country=address.country,
        region=address.region,
        city=address.city,
        postal_code=address.postal_code,
        lines=tuple(address.lines),
        phone=address.phone,
    )
