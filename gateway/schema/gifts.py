"""Gifts as their givers, partners and staff see them. No type here has a place or a contact."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.engine.gifts import charges, statuses
from gateway.engine.gifts.gift import FactKind
from gateway.resolvers import gift_orders
from gateway.resolvers import gifts as resolvers
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.payloads import outcome_value
from gateway.schema.money import Money
from gateway.schema.nodes import Connection, Node
from gateway.schema.user_errors import Payload
from gateway.schema.value_types import mirrors
from gateway.services.gifts import views, webhooks
from gateway.services.ports import gift_pricing
from gateway.services.ports import gifts as kept
from gateway.services.ports import webhooks as ports

describe_enum(
    charges.ChargeState,
    "Whether a gift's charges are settled.",
    ESTIMATED="Between `low` and `high`: the destination is not known yet.",
    FINAL="Exactly `final`: the destination is known.",
)
describe_enum(
    charges.GiftPaymentState,
    "Where the money for a gift stands.",
    HELD="Reserved on the giver's method; it is taken when the gift is sent.",
    MANDATE="Agreed to and not yet reserved: the gift may take longer than a reservation lasts.",
    CAPTURED="Taken: the gift was sent.",
    RELEASED="Given back before it was taken: the gift ended unsent.",
    REFUNDED="Paid back after it was taken.",
)
describe_enum(
    FactKind,
    "What a source of delivery information can find.",
    ADDRESS="A postal address.",
    EMAIL="An e-mail address.",
    PHONE="A telephone number.",
)


@strawberry.type(
    description="What a gift costs, all included. Before its destination is known this is an "
    "estimate; the final total can hint at a region."
)
class GiftCharges:
    """A gift's charges."""

    is_type_of = mirrors(views.ChargesView)

    state: charges.ChargeState = strawberry.field(description="Whether they are settled.")
    low: Money = strawberry.field(description="The least it costs, wherever it goes.")
    high: Money = strawberry.field(description="The most it costs, wherever it goes.")
    final: Money | None = strawberry.field(
        description="What it costs; null until its destination is known."
    )
    payment: charges.GiftPaymentState = strawberry.field(description="Where your money stands.")
    action_url: str | None = strawberry.field(
        description="Where you must confirm the payment with your bank; null if nowhere."
    )


@strawberry.type(
    description="What a gift may cost, goods, shipping and tax together: less or more depends on "
    "where it goes."
)
class GiftEstimate:
    """An estimate."""

    is_type_of = mirrors(gift_pricing.GiftEstimate)

    low: Money = strawberry.field(description="The least it can come to.")
    high: Money = strawberry.field(
        description="The most it can come to, which is held unless you set a `chargeCap`."
    )


@strawberry.type(description="That a source has found something out; never what it is.")
class GiftFact:
    """A found fact."""

    is_type_of = mirrors(views.FactView)

    kind: FactKind = strawberry.field(description="What was found.")
    source: str = strawberry.field(description="Where it was found.")
    confidence: int = strawberry.field(description="How sure the source is, in percent.")
    found_at: datetime = strawberry.field(description="When it was found.")
    hint: str | None = strawberry.field(
        description="Always null.",
        deprecation_reason="Nothing of what was found is shown.",
    )


@strawberry.type(
    description="A gift to one recipient. It has no field for where or who the recipient is. By "
    "its tracking number anybody sees its id, number and status."
)
class Gift(Node):
    """A gift."""

    is_type_of = mirrors(views.GiftView)

    tracking_number: str = strawberry.field(
        description="A public number that shows the gift's status and nothing else."
    )
    status: statuses.GiftStatus = strawberry.field(description="How far it has come.")
    charges: GiftCharges | None = strawberry.field(
        description="What it costs its giver; null for everybody else."
    )
    facts: list[GiftFact] = strawberry.field(
        description="That sources have found something; empty for everybody but its giver."
    )
    events = strawberry.field(
        resolver=resolvers.events,
        graphql_type=Connection[Annotated["GiftEvent", strawberry.lazy("gateway.schema.gifts")]],
        description="What has happened to it, from its beginning.",
    )
    order = strawberry.field(
        resolver=gift_orders.order_of_gift,
        graphql_type=Annotated["GiftOrder", strawberry.lazy("gateway.schema.gifts")] | None,
        description="What it was ordered with, as it stands now; null for everybody but its giver "
        "and the partner that made it.",
    )


@strawberry.type(description="How many gifts of an order have come to a status.")
class GiftStatusCount:
    """A count."""

    is_type_of = mirrors(views.StatusCount)

    status: statuses.GiftStatus = strawberry.field(description="The status.")
    count: int = strawberry.field(description="How many gifts have it now, at least 1.")


@strawberry.type(
    description="Gifts ordered at once, one for each recipient, and how far they have come. Each "
    "goes its own way: one that fails holds up no other."
)
class GiftOrder(Node):
    """Gifts ordered at once."""

    is_type_of = mirrors(views.GiftOrderView)

    placed_at: datetime = strawberry.field(description="When they were ordered.")
    total_count: int = strawberry.field(description="How many gifts they are.")
    status_counts: list[GiftStatusCount] = strawberry.field(
        description="How many have come how far now, in the order of `GiftStatus`; a status that "
        "none has is left out. The counts add up to `totalCount`."
    )
    gifts = strawberry.field(
        resolver=gift_orders.gifts,
        graphql_type=Connection[Gift],
        description="The gifts in the order of their recipients.",
    )


@strawberry.type(description="Something that happened to a gift.")
class GiftEvent(Node):
    """A line of a gift's log."""

    is_type_of = mirrors(kept.GiftEvent)

    sequence: int = strawberry.field(description="Its place in the gift's log; the first is 1.")
    type: str = strawberry.field(description="What happened, such as `reply` or `dispatch`.")
    status: statuses.GiftStatus = strawberry.field(description="What it led to.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    gift = strawberry.field(
        resolver=resolvers.event_gift,
        graphql_type=Gift,
        description="The gift, as it stands now.",
    )


@strawberry.type(description="The new gifts, or why there are none.")
class GiftCreatePayload(Payload):
    """The answer of making gifts."""

    gifts = strawberry.field(
        resolver=resolvers.new_gifts,
        graphql_type=list[Gift],
        description="The gifts in the order of their recipients; empty if the request was refused.",
    )
    order = strawberry.field(
        resolver=gift_orders.order_of_new_gifts,
        graphql_type=GiftOrder | None,
        description="The gifts summed up, as they stand now; null if the request was refused.",
    )


@strawberry.type(description="The gift, or why it stays as it is.")
class GiftPayload(Payload):
    """The answer of changing a gift."""

    gift = strawberry.field(
        resolver=outcome_value,
        graphql_type=Gift | None,
        description="The changed gift; null if the request was refused.",
    )


@strawberry.type(description="What came of a carrier's or messenger's word.")
class ShipmentPayload(Payload):
    """The answer to a carrier's word."""


@strawberry.type(
    description="Where a partner is called with the events of its gifts, signed as Standard "
    "Webhooks say."
)
class Webhook:
    """A webhook."""

    is_type_of = mirrors(webhooks.NewWebhook)

    id: strawberry.ID = strawberry.field(description="Its id.")
    url: str = strawberry.field(description="Where it is called.")
    secret: str = strawberry.field(description="What its calls are signed with; shown this once.")


@strawberry.type(description="A webhook as it stands, without its secret.")
class WebhookEndpoint:
    """A webhook as it stands."""

    is_type_of = mirrors(ports.Webhook)

    id: strawberry.ID = strawberry.field(description="Its id.")
    url: str = strawberry.field(description="Where it is called.")
    disabled_at: datetime | None = strawberry.field(
        description="When it answered 410 Gone: it is called no more. Null while it is called."
    )


@strawberry.type(description="The new webhook, or why there is none.")
class WebhookPayload(Payload):
    """The answer of saving a webhook."""

    webhook = strawberry.field(
        resolver=outcome_value,
        graphql_type=Webhook | None,
        description="The new webhook; null if the request was refused.",
    )


@strawberry.type(description="The deleted webhook, or why it is still there.")
class WebhookDeletePayload(Payload):
    """The answer of deleting a webhook."""

    deleted_id = strawberry.field(
        resolver=outcome_value,
        graphql_type=strawberry.ID | None,
        description="The deleted webhook's id; null if the request was refused.",
    )
