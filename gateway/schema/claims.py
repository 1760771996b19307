"""Gifts as their recipients see them, and what an address form needs."""

from datetime import datetime

import strawberry

from gateway.engine.addresses import country_rules
from gateway.engine.gifts import statuses
from gateway.resolvers.payloads import outcome_value
from gateway.resolvers.scalars import CountryCode
from gateway.schema.user_errors import Payload
from gateway.schema.value_types import mirrors
from gateway.services.gifts import claims
from gateway.services.ports import gift_pricing


@strawberry.type(description="What may be taken instead of a gift.")
class ExchangeOption:
    """An exchange."""

    is_type_of = mirrors(gift_pricing.ExchangeOption)

    variant_id: strawberry.ID = strawberry.field(description="Its variant.")
    title: str = strawberry.field(description="What it is.")


@strawberry.type(description="A gift as its recipient sees it.")
class GiftClaim:
    """A claim."""

    is_type_of = mirrors(claims.GiftClaim)

    status: statuses.GiftStatus = strawberry.field(description="How far it has come.")
    sender: str | None = strawberry.field(
        name="from",
        description="Who gives it, by a name nobody has verified; null if they stay unnamed.",
    )
    message: str | None = strawberry.field(description="The words that come with it.")
    item_title: str = strawberry.field(description="What it is.")
    expires_at: datetime | None = strawberry.field(
        description="Until when it can be accepted; null once it has ended."
    )
    can_accept: bool = strawberry.field(description="Whether this link can still accept it.")
    can_decline: bool = strawberry.field(description="Whether it can still be declined.")
    can_exchange: bool = strawberry.field(description="Whether something else may be taken.")
    tracking_url: str | None = strawberry.field(
        description="The carrier's page, once the gift is on its way; null where the carrier has "
        "none, and for a link by which no address was given. Open it without a referrer."
    )
    exchange_options: list[ExchangeOption] = strawberry.field(
        description="What may be taken instead; empty if nothing."
    )


@strawberry.type(description="The claim, or why it stays as it is.")
class GiftClaimPayload(Payload):
    """The answer to a recipient."""

    claim = strawberry.field(
        resolver=outcome_value,
        graphql_type=GiftClaim | None,
        description="The gift as it stands now; null if the link is not valid.",
    )


@strawberry.type(description="A country.")
class CountryName:
    """A country."""

    is_type_of = mirrors(country_rules.FormOption)

    code: CountryCode = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="Its English name.")


@strawberry.type(description="A region of a country.")
class RegionName:
    """A region."""

    is_type_of = mirrors(country_rules.FormOption)

    code: str = strawberry.field(description="What an address holds.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="One field of a country's address form.")
class AddressField:
    """A field."""

    is_type_of = mirrors(country_rules.AddressField)

    name: str = strawberry.field(
        description="Which part of an address: name, lines, city, region, postalCode or phone."
    )
    label: str = strawberry.field(description="What it is called there, in English.")
    required: bool = strawberry.field(description="Whether an address needs it.")
    options: list[RegionName] = strawberry.field(
        description="What may be chosen; empty where anything may be typed."
    )
    example: str | None = strawberry.field(description="A well-formed value.")


@strawberry.type(description="What an address in a country is made of, in the order it is written.")
class AddressFormat:
    """A country's address form."""

    is_type_of = mirrors(country_rules.AddressFormat)

    country: CountryCode = strawberry.field(description="The country's code.")
    fields: list[AddressField] = strawberry.field(description="The fields to ask for.")
