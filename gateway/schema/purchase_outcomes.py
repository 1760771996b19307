"""Everything a purchase can come to, as clients see it."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.engine.checkout import outcomes
from gateway.resolvers.enums import describe_enum
from gateway.schema.money import Money
from gateway.schema.orders import Order
from gateway.schema.user_errors import UserError
from gateway.schema.value_types import mirrors
from gateway.services.ports import payments


@strawberry.type(description="Bought.")
class OrderPlaced:
    """An order."""

    is_type_of = mirrors(outcomes.OrderPlaced)

    order: Order = strawberry.field(description="The order that now holds what was bought.")
    merged_into: Order | None = strawberry.field(
        description="The same order where the purchase joined one that was open; null where it "
        "opened one."
    )
    undo_until: datetime = strawberry.field(
        description="Until when it can be cancelled; for a guest, who cannot, when it was placed."
    )
    line_id: strawberry.ID | None = strawberry.field(
        description="The order's line that was bought; of several the first. Each purchase keeps "
        "lines of its own."
    )


@strawberry.type(
    description="The bank wants the payer to confirm. Send them to the URL; then ask for the order "
    "by the idempotency key, or send the same request again."
)
class PaymentActionRequired:
    """A payment to confirm."""

    is_type_of = mirrors(outcomes.PaymentActionRequired)

    redirect_url: str | None = strawberry.field(description="Where the payer confirms.")
    client_secret: str | None = strawberry.field(
        description="What the payment provider's own form needs, where it has one."
    )
    expires_at: datetime = strawberry.field(description="Until when they can confirm.")
    reason: str = strawberry.field(description="What the payer is asked to do, for people.")


@strawberry.type(description="The payment was refused; nothing was bought.")
class PaymentDeclined:
    """A refused payment."""

    is_type_of = mirrors(outcomes.PaymentDeclined)

    reason: str = strawberry.field(
        description="Why, as far as the provider tells, and what to do; for people."
    )


describe_enum(
    outcomes.PriceGuard,
    "What of a purchase was to be no dearer than expected.",
    TOTAL="The total with tax: `expectedTotal`.",
    DUE="What stored value leaves to pay: `expectedDue`.",
)


@strawberry.type(
    description="The total, or what of it is to pay, is above what you expected; nothing was "
    "bought. Show `actual`, and ask again with it if the buyer agrees."
)
class PriceChanged:
    """Another price."""

    is_type_of = mirrors(outcomes.PriceChanged)

    expected: Money = strawberry.field(description="What you expected.")
    actual: Money = strawberry.field(description="What it would cost.")
    of: outcomes.PriceGuard = strawberry.field(description="Which of the two sums.")
    reason: str = strawberry.field(description="Why, for people.")


@strawberry.type(description="There is not enough; nothing was bought.")
class OutOfStock:
    """A shortage."""

    is_type_of = mirrors(outcomes.OutOfStock)

    variant_id: strawberry.ID = strawberry.field(description="Of what there is not enough.")
    available_quantity: int = strawberry.field(description="How many there are.")
    reason: str = strawberry.field(description="The same in a sentence, for people.")


@strawberry.type(description="Nothing can be delivered to the address; nothing was bought.")
class AddressInsufficient:
    """An address that does not do."""

    is_type_of = mirrors(outcomes.AddressInsufficient)

    user_errors: list[UserError] = strawberry.field(description="What it lacks.")
    reason: str = strawberry.field(description="The same in sentences, for people.")


@strawberry.type(description="No purchaser is known here.")
class SignInRequired:
    """A sign-in is needed."""

    is_type_of = mirrors(outcomes.SignInRequired)

    reason: str = strawberry.field(description="Why, for people.")


@strawberry.type(description="The purchaser must sign in again.")
class ReauthenticationRequired:
    """A fresh sign-in is needed."""

    is_type_of = mirrors(outcomes.ReauthenticationRequired)

    reason: str = strawberry.field(description="Why, for people.")


@strawberry.type(description="The idempotency key was used for another request.")
class IdempotencyConflict:
    """A key used twice."""

    is_type_of = mirrors(outcomes.IdempotencyConflict)

    reason: str = strawberry.field(description="Why, for people.")


@strawberry.type(description="The same request is still under way.")
class PurchaseInProgress:
    """A purchase under way."""

    is_type_of = mirrors(outcomes.PurchaseInProgress)

    poll_after: int = strawberry.field(description="When to ask again, in milliseconds.")
    reason: str = strawberry.field(description="The same in a sentence, for people.")


@strawberry.type(description="A cap stands in the way; signing in lifts it.")
class LimitExceeded:
    """A cap."""

    is_type_of = mirrors(outcomes.LimitExceeded)

    reason: str = strawberry.field(description="Which, for people.")


@strawberry.type(description="The request is wrong; nothing was bought.")
class InvalidPurchase:
    """A wrong request."""

    is_type_of = mirrors(outcomes.InvalidPurchase)

    user_errors: list[UserError] = strawberry.field(description="Everything that is wrong.")
    reason: str = strawberry.field(description="The same in sentences, for people.")


@strawberry.type(
    description="The payment provider. Card data goes from the browser to it, never through here."
)
class PaymentProvider:
    """A payment provider."""

    is_type_of = mirrors(payments.ProviderDetails)

    name: str = strawberry.field(
        description='Which; "sim" is the simulation, whose tokens need no form.'
    )
    publishable_key: str | None = strawberry.field(
        description="The public key that the provider's own form needs; null where there is none."
    )


PurchaseOutcome = Annotated[
    OrderPlaced
    | PaymentActionRequired
    | PaymentDeclined
    | PriceChanged
    | OutOfStock
    | AddressInsufficient
    | SignInRequired
    | ReauthenticationRequired
    | IdempotencyConflict
    | PurchaseInProgress
    | LimitExceeded
    | InvalidPurchase,
    strawberry.union(
        "PurchaseOutcome", description="What a purchase came to; more members may be added."
    ),
]
