"""The one-click button as clients see it."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.engine.identity import one_click_offers
from gateway.resolvers import offers as resolvers
from gateway.resolvers.enums import describe_enum
from gateway.schema.money import Money, TaxedMoney
from gateway.schema.value_types import mirrors

# Orders hold variants, which hold offers: the name is resolved when all of them are there.
LaterOrder = Annotated["Order", strawberry.lazy("gateway.schema.orders")]  # type: ignore[name-defined] # noqa: F821

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

    is_type_of = mirrors(
        one_click_offers.OneClickOffer,
        lasting=(one_click_offers.OneClickButton,),
        lasting_part="button",
    )

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
    total = strawberry.field(
        resolver=resolvers.total,
        graphql_type=TaxedMoney | None,
        description="What the next click would add to what is ordered, tax and shipping in it: "
        "only the shipping that an open order costs more by where it joins one. Show it, and send "
        "its gross as `expectedTotal`. Null unless READY or ORDERED, and for a quantity that "
        "cannot be bought; without a sign-in only the gross.",
    )
    due = strawberry.field(
        resolver=resolvers.due,
        graphql_type=Money | None,
        description="What of it would be charged: send it as `expectedDue`.",
    )
    reason = strawberry.field(
        resolver=resolvers.reason,
        graphql_type=str | None,
        description="Why a click for so many would buy nothing although the button is there, for "
        "people: the payment provider does not charge such an amount, or not in this currency. "
        "`total` and `due` are null then.",
    )
    order = strawberry.field(
        resolver=resolvers.order,
        graphql_type=LaterOrder | None,
        description="The order that the last click became, while it can be undone; without a "
        "sign-in only one that was placed from this client.",
    )
    line_id = strawberry.field(
        resolver=resolvers.line_id,
        graphql_type=strawberry.ID | None,
        description="The order's line that the last click became, while it can be undone.",
    )
    undo_until = strawberry.field(
        resolver=resolvers.undo_until,
        graphql_type=datetime | None,
        description="Until when the last click can be undone.",
    )
