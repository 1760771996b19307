"""Purchasers, what is kept for them, and signing in, as clients see them."""

import strawberry

from gateway.engine.identity import purchasers
from gateway.resolvers import identity as resolvers
from gateway.resolvers import one_click
from gateway.resolvers.payloads import outcome_value
from gateway.resolvers.scalars import CountryCode
from gateway.schema.nodes import Node
from gateway.schema.user_errors import Payload
from gateway.schema.value_types import mirrors
from gateway.services.identity import callers, candidates


@strawberry.type(description="A purchaser's address.")
class Address(Node):
    """An address."""

    is_type_of = mirrors(purchasers.SavedAddress)

    label: str = strawberry.field(description="What the purchaser calls it.")
    name: str = strawberry.field(description="Who receives there.")
    country: CountryCode = strawberry.field(description="The country.")
    region: str | None = strawberry.field(description="The region, by the country's own code.")
    city: str | None = strawberry.field(description="The town.")
    postal_code: str | None = strawberry.field(description="The postal code.")
    lines: list[str] = strawberry.field(description="Street and house, in the order of a label.")
    phone: str | None = strawberry.field(
        description="A telephone number for the carrier, in E.164 form."
    )
    use_for_gifts: bool = strawberry.field(
        description="Whether gifts to this purchaser may be sent there without asking."
    )


@strawberry.type(
    description="A purchaser's payment method. The payment provider keeps it; no card number is "
    "ever known here."
)
class PaymentMethod(Node):
    """A payment method."""

    is_type_of = mirrors(purchasers.PaymentMethod)

    nickname: str | None = strawberry.field(description="What the purchaser calls it.")
    hint: str = strawberry.field(description="The nickname, else at most four digits.")
    brand: str | None = strawberry.field(
        description="A card's brand in the payment provider's word, such as `visa`; null if it is "
        "no card, or the provider does not say."
    )


@strawberry.type(description="An address and a payment method to buy by with one click.")
class Profile:
    """A profile."""

    is_type_of = mirrors(purchasers.ProfileDetails)

    label: str = strawberry.field(description="What the purchaser calls it.")
    address: Address = strawberry.field(description="Where it goes.")
    payment_method: PaymentMethod = strawberry.field(description="How it is paid.")
    is_default: bool = strawberry.field(
        description="Whether one click uses it where no profile is named."
    )


@strawberry.type(description="Someone who buys.")
class Purchaser(Node):
    """A purchaser."""

    is_type_of = mirrors(purchasers.Purchaser)

    email: str = strawberry.field(
        description="Their e-mail address; empty where their identity provider tells none."
    )
    name: str | None = strawberry.field(
        description="What they call themselves; recipients of their gifts see it."
    )
    phone: str | None = strawberry.field(description="Their telephone number, in E.164 form.")
    locale: str | None = strawberry.field(
        description="The language they read, as a BCP 47 tag, for pages to use."
    )
    addresses = strawberry.field(
        resolver=resolvers.purchaser_addresses,
        graphql_type=list[Address],
        description="Their addresses, in the order they were added.",
    )
    payment_methods = strawberry.field(
        resolver=resolvers.purchaser_payment_methods,
        graphql_type=list[PaymentMethod],
        description="Their payment methods, in the order they were added.",
    )
    profiles = strawberry.field(
        resolver=resolvers.purchaser_profiles,
        graphql_type=list[Profile],
        description="What one click buys by on the device that asks, the earliest first; without "
        "those whose address or payment method is deleted or expired.",
    )


@strawberry.type(description="Somebody who has bought on this client.")
class Candidate:
    """A candidate."""

    is_type_of = mirrors(candidates.PurchaserCandidate)

    hint: str = strawberry.field(
        description="A part of their name, or their e-mail's first letter: enough for them to know "
        "themselves by."
    )
    current: bool = strawberry.field(description="Whether the client stands for them now.")


@strawberry.type(description="The device that is asking.")
class Client:
    """A device."""

    is_type_of = mirrors(callers.CallingClient)

    id: strawberry.ID = strawberry.field(
        description="A public handle of the device, never the secret it is known by."
    )
    candidates = strawberry.field(
        resolver=resolvers.candidates,
        graphql_type=list[Candidate],
        description="Those who have bought on this device and have not signed out, latest first.",
    )


@strawberry.type(description="The answer to asking for a code: the same whether it is known.")
class SignInRequestPayload(Payload):
    """The answer of `signInRequest`."""


@strawberry.type(description="Who has signed in, or why nobody has.")
class SignInPayload(Payload):
    """The answer of `signIn`."""

    purchaser = strawberry.field(
        resolver=resolvers.signed_in_purchaser,
        graphql_type=Purchaser | None,
        description="The purchaser; null if the request was refused.",
    )
    token = strawberry.field(
        resolver=resolvers.session_token,
        graphql_type=str | None,
        description="Send it as `Authorization: Bearer …` from now on; null if refused.",
    )
    client_identifier = strawberry.field(
        resolver=resolvers.client_identifier,
        graphql_type=str | None,
        description="The device's new identifier; the old one no longer counts. Over HTTP it comes "
        "as a cookie and as the header `X-Client-Id` too. Null if refused.",
    )


@strawberry.type(description="The answer to signing out.")
class SignOutPayload(Payload):
    """The answer of `signOut`."""


@strawberry.type(description="The address, or why nothing was changed.")
class AddressPayload(Payload):
    """The answer of address mutations."""

    address = strawberry.field(
        resolver=outcome_value,
        graphql_type=Address | None,
        description="The address as it is kept, or as it was; null if the request was refused.",
    )


@strawberry.type(description="The payment method, or why nothing was changed.")
class PaymentMethodPayload(Payload):
    """The answer of payment method mutations."""

    payment_method = strawberry.field(
        resolver=outcome_value,
        graphql_type=PaymentMethod | None,
        description="The method as it is kept, or as it was; null if the request was refused.",
    )


@strawberry.type(description="What a browser enters a payment method with, or why it cannot.")
class PaymentSetupPayload(Payload):
    """The answer of `paymentSetup`."""

    client_secret = strawberry.field(
        resolver=resolvers.setup_secret,
        graphql_type=str | None,
        description="The secret that the provider's script enters one method with; the "
        "purchaser's alone. The same until a method was entered.",
    )
    publishable_key = strawberry.field(
        resolver=resolvers.setup_key,
        graphql_type=str | None,
        description="The provider's key for browsers, which is no secret.",
    )


@strawberry.type(description="The purchaser, or why nothing was changed.")
class PurchaserPayload(Payload):
    """The answer of mutations of a purchaser."""

    purchaser = strawberry.field(
        resolver=outcome_value,
        graphql_type=Purchaser | None,
        description="The purchaser as kept; null if nothing is kept any more, or if the request "
        "was refused.",
    )


@strawberry.type(description="Whether one click buys on this client.")
class OneClickPayload(Payload):
    """The answer of one-click mutations."""

    enabled = strawberry.field(
        resolver=one_click.enabled,
        graphql_type=bool,
        description="Whether one click buys on this client from now on.",
    )
    missing = strawberry.field(
        resolver=one_click.missing,
        graphql_type=list[str],
        description='What is deleted or of no use: "address", "paymentMethod". Then nothing was '
        "enabled.",
    )
