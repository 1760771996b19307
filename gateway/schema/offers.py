"""The one-click button as clients see it."""

import strawberry

from gateway.engine.identity import one_click_offers
from gateway.resolvers.enums import describe_enum
from gateway.schema.value_types import mirrors

describe_enum(
    one_click_offers.OneClickState,
    "What pressing the button would do.",
    name="OneClickState",
    UNAVAILABLE="Nothing: this cannot be bought by one click. Show no button.",
    NEEDS_SIGN_IN="Ask for a sign-in: nobody is known on this device.",
    NEEDS_INFO="Ask for what `missing` names: an address or a payment method.",
    ENABLEABLE="Offer to turn one-click on: an address and a payment method are there.",
    READY="Buy at once.",
    ORDERED="The purchaser has bought it by one click, without a sign-in from here, and can still "
    "take it back.",
)


@strawberry.type(description="What the button says.")
class OneClickAction:
    """The button's words."""

    is_type_of = mirrors(one_click_offers.OneClickAction)

    label: str = strawberry.field(description="Its label.")


@strawberry.type(
    description="Buying by one click on this client. Hints are enough for the purchaser to know "
    "themselves by and no more."
)
class OneClickOffer:
    """An offer."""

    is_type_of = mirrors(one_click_offers.OneClickOffer)

    state: one_click_offers.OneClickState = strawberry.field(
        description="What pressing the button would do."
    )
    missing: list[str] = strawberry.field(
        description='What there is none of: "address", "paymentMethod".'
    )
    action: OneClickAction = strawberry.field(description="What the button says.")
    purchaser_hint: str | None = strawberry.field(description="A part of the purchaser's name.")
    shipping_hint: str | None = strawberry.field(description="The address's label, or its town.")
    payment_hint: str | None = strawberry.field(
        description="The payment method's nickname, or at most four digits."
    )
