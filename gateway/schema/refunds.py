"""Refunds and returns as clients see them."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.engine.orders import returns
from gateway.engine.orders.payments import PaymentStage
from gateway.resolvers import refunds as resolvers
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.payloads import outcome_value
from gateway.schema.money import Money
from gateway.schema.nodes import Node
from gateway.schema.user_errors import Payload
from gateway.schema.value_types import mirrors
from gateway.services.ports import refunds

# Orders hold refunds, and the answer to a refund an order.
LaterOrder = Annotated["Order", strawberry.lazy("gateway.schema.orders")]  # type: ignore[name-defined] # noqa: F821

describe_enum(
    PaymentStage,
    "How the money of an order stands.",
    name="OrderPaymentState",
    NOTHING_DUE="Nothing was to be charged: it was free, or stored value paid.",
    HELD="Authorized; nothing is captured yet.",
    PARTIALLY_CAPTURED="Part of what is due is captured.",
    CAPTURED="The whole of what is due is captured.",
    PARTIALLY_REFUNDED="Part of what was captured is given back.",
    REFUNDED="The whole of what was captured is given back.",
    RELEASED="Nothing was captured, and nothing is held any more.",
    FAILED="Something is due, and no charge can pay it.",
)
describe_enum(
    refunds.RefundStatus,
    "Whether money has gone back.",
    PENDING="The payment provider has not said so yet.",
    COMPLETED="It has.",
    FAILED="The payment provider refused, at once or later; it does not count as refunded.",
)


@strawberry.type(description="What was given back for so many of a line.")
class RefundLine:
    """A line of a refund."""

    is_type_of = mirrors(refunds.RefundLineMoney)

    line_id: strawberry.ID = strawberry.field(description="The order's line.")
    quantity: int = strawberry.field(description="How many of it.")
    amount: Money = strawberry.field(description="What was given back for them, tax included.")
    tax: Money = strawberry.field(description="The tax in it.")


@strawberry.type(description="Money of an order that was given back at once.")
class Refund(Node):
    """A refund."""

    is_type_of = mirrors(refunds.OrderRefund)

    amount: Money = strawberry.field(description="All of it, tax included.")
    tax: Money = strawberry.field(description="The tax in it.")
    reason: str | None = strawberry.field(description="Why, in the words of the shop's staff.")
    status: refunds.RefundStatus = strawberry.field(description="Whether it has gone back.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    lines: list[RefundLine] = strawberry.field(
        description="What it is for; the rest of the amount is shipping, or of no line."
    )


@strawberry.type(description="So many of a line that are to come back.")
class ReturnLine:
    """A line of a return."""

    is_type_of = mirrors(returns.ReturnLine)

    line_id: strawberry.ID = strawberry.field(description="The order's line.")
    quantity: int = strawberry.field(description="How many are to come back.")
    received: int = strawberry.field(description="How many have.")


@strawberry.type(description="Goods of an order that their buyer sends back.")
class Return(Node):
    """A return."""

    is_type_of = mirrors(refunds.StoredReturn)

    status: returns.ReturnStatus = strawberry.field(description="How far it has come.")
    reason = strawberry.field(
        resolver=resolvers.return_reason,
        graphql_type=str | None,
        description="Why, in the buyer's words; null once the buyer's data was erased.",
    )
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    lines: list[ReturnLine] = strawberry.field(description="What is to come back, and what did.")
    refund = strawberry.field(
        resolver=resolvers.return_refund,
        graphql_type=Refund | None,
        description="The money of what came in last; the order has all refunds.",
    )


@strawberry.type(description="The refund with its order, or why nothing is given back.")
class RefundPayload(Payload):
    """The answer of a refund."""

    refund = strawberry.field(
        resolver=outcome_value,
        graphql_type=Refund | None,
        description="The refund; null if the request was refused.",
    )
    order = strawberry.field(
        resolver=resolvers.refunded_order,
        graphql_type=LaterOrder | None,
        description="The order as it stands then; null if the request was refused.",
    )


@strawberry.type(description="The return, or why it stays as it is.")
class ReturnPayload(Payload):
    """The answer of the mutations of returns."""

    requested_return = strawberry.field(
        name="return",
        resolver=outcome_value,
        graphql_type=Return | None,
        description="The return; null if the request was refused.",
    )
