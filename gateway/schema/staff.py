"""The shop as its staff sees it."""

from datetime import datetime

import strawberry

from gateway.resolvers import disputes as dispute_resolvers
from gateway.resolvers import refunds as refund_resolvers
from gateway.resolvers import shipments as shipment_resolvers
from gateway.resolvers import staff as resolvers
from gateway.schema.disputes import Dispute
from gateway.schema.gifts import Gift
from gateway.schema.nodes import Connection, Node
from gateway.schema.orders import Order
from gateway.schema.refunds import Return
from gateway.schema.shipments import Shipment
from gateway.schema.value_types import mirrors
from gateway.services import staff_actions
from gateway.services.ports import staff_actions as ports


@strawberry.type(description="One figure or code of what staff did.")
class StaffActionDetail:
    """A detail."""

    is_type_of = mirrors(staff_actions.ActionDetail)

    key: str = strawberry.field(description="What it is: `by`, `availableAfter`, `priceBefore`.")
    value: str = strawberry.field(
        description="The figure or code as text; amounts are minor units of `currency`."
    )


@strawberry.type(description="One thing that staff did; nothing of it is changed or deleted.")
class StaffAction(Node):
    """An action."""

    is_type_of = mirrors(ports.StaffAction)

    done_at: datetime = strawberry.field(name="at", description="When it was done.")
    key_name: str = strawberry.field(
        name="by", description="The name of the key of whoever did it."
    )
    action: str = strawberry.field(description="What was done: the mutation's name.")
    subject_id: strawberry.ID = strawberry.field(description="The id of what it was done to.")
    reason: str | None = strawberry.field(description="Why, in the words of whoever did it.")
    detail = strawberry.field(
        resolver=resolvers.action_detail,
        graphql_type=list[StaffActionDetail],
        description="The figures that explain it.",
    )


@strawberry.type(description="The shop as its staff sees it.")
class Staff:
    """What staff see."""

    is_type_of = mirrors(staff_actions.StaffMember)

    orders = strawberry.field(
        resolver=resolvers.orders,
        graphql_type=Connection[Order],
        description="All orders, the latest first.",
    )
    gifts = strawberry.field(
        resolver=resolvers.gifts,
        graphql_type=Connection[Gift],
        description="All gifts, the latest first, as their givers see them.",
    )
    audit_log = strawberry.field(
        resolver=resolvers.audit_log,
        graphql_type=Connection[StaffAction],
        description="What staff did, the latest first.",
    )
    shipments = strawberry.field(
        resolver=shipment_resolvers.staff_shipments,
        graphql_type=Connection[Shipment],
        description="All parcels, the latest first: what is READY is to be packed and sent.",
    )
    returns = strawberry.field(
        resolver=refund_resolvers.staff_returns,
        graphql_type=Connection[Return],
        description="All returns, the latest first.",
    )
    disputes = strawberry.field(
        resolver=dispute_resolvers.staff_disputes,
        graphql_type=Connection[Dispute],
        description="All payments that were contested at the payer's bank, the latest first.",
    )
