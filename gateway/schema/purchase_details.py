"""What purchases tell beside their figures, as clients see it."""

import strawberry

from gateway.engine.addresses import address
from gateway.engine.pricing import purchase_details
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.scalars import CountryCode
from gateway.schema.value_types import mirrors

describe_enum(
    purchase_details.Calculator,
    "Where shipping, tax and codes were computed.",
    TABLE="By the gateway's own tables.",
    MERCHANT="By the merchant's own system.",
    FALLBACK="By the gateway's own tables, because the merchant's system did not answer.",
)
describe_enum(
    purchase_details.TaxIdState,
    "How far a tax id was checked. Its form always is.",
    CONFIRMED="It is registered.",
    FORMAT_ONLY="Its form is right; nobody was asked whether it is registered.",
    UNAVAILABLE="Its form is right; whoever knows whether it is registered did not answer.",
)


@strawberry.type(description="As whom the buyer is taxed.")
class TaxCustomer:
    """A buyer as the tax rules see them."""

    is_type_of = mirrors(purchase_details.TaxCustomer)

    kind: CustomerKind = strawberry.field(description="The kind of customer.")
    tax_id: str | None = strawberry.field(description="Their tax id, if they gave one.")
    tax_id_state: purchase_details.TaxIdState | None = strawberry.field(
        description="How far the tax id was checked; null where there is none."
    )


@strawberry.type(description="A note of the client's own, by key.")
class Attribute:
    """A note."""

    is_type_of = mirrors(purchase_details.Attribute)

    key: str = strawberry.field(description="Its key.")
    value: str = strawberry.field(description="What it says.")


@strawberry.type(description="An area that a purchase goes to, as far as tax and shipping ask.")
class Destination:
    """A destination."""

    is_type_of = mirrors(address.Destination)

    country: CountryCode = strawberry.field(description="The country.")
    region: str | None = strawberry.field(description="The region, if it is known.")
    postal_code: str | None = strawberry.field(description="The postal code, if it is known.")
    city: str | None = strawberry.field(description="The city, if it is known.")


@strawberry.type(description="Where an order goes.")
class PostalAddress:
    """A full address."""

    is_type_of = mirrors(address.PostalAddress)

    name: str = strawberry.field(description="Who receives it.")
    country: CountryCode = strawberry.field(description="The country.")
    region: str | None = strawberry.field(description="The region, where the country has any.")
    city: str | None = strawberry.field(description="The city.")
    postal_code: str | None = strawberry.field(description="The postal code.")
    lines: list[str] = strawberry.field(description="Street and house, line by line.")
    phone: str | None = strawberry.field(description="A phone number in E.164 form, if any.")
