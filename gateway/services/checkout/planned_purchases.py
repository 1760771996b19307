"""What a purchase would add and charge: alone, or as part of an open order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.engine.checkout.outcomes import DraftOrder
from gateway.engine.money import Money
from gateway.engine.orders.joining import JoinedOrder, price_alone
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order
from gateway.engine.pricing.totals import TaxedMoney
from gateway.engine.rulebook.rulebook import Market
from gateway.services.checkout.payment_refusals import find_amount_refusal
from gateway.services.dependencies import Dependencies
from gateway.services.offer_prices import OfferPrice
from gateway.services.orders import lifecycle
from gateway.services.orders.joining import (
    OpenGroup,
    joining_purchase,
    load_open_group,
    plan_joining,
)
from gateway.services.ports.database import ReadSession

PLANNED_ID = ""
"""Stands for the ids of lines that are not placed yet."""


@dataclass(frozen=True, slots=True)
class PlannedPurchase:
    """A draft whose ``due`` is what will be charged, and what it adds to what is ordered.

    Where it would join an order, ``added`` is the difference that makes there: its goods, their
    tax, and only the shipping that the parcel costs more by. The draft's own figures are then those
    of an order at that same price, in case the other one closes before the payment is confirmed.
    """

    draft: DraftOrder
    added: TaxedMoney
    order: Order | None = None

    @property
    def total(self) -> Money:
        """What it adds with tax."""
        return self.added.gross or self.draft.due


@dataclass(frozen=True, slots=True)
class _PlannedJoining:
    """The lines of a draft, the order that they would join, and the order as that makes it."""

    group: OpenGroup
    lines: tuple[OrderLine, ...]
    joined: JoinedOrder


async def load_group_for(
    draft: DraftOrder,
    reading: ReadSession,
    dependencies: Dependencies,
    open_orders: Iterable[Order] | None = None,
) -> OpenGroup | None:
    """The order that ``draft`` would join now; None if there is none.

    ``open_orders`` are the purchaser's, where they were read already.
    """
    purchase = joining_purchase(draft, dependencies)
    if purchase is None:
        return None
    if open_orders is None:
        open_orders = await reading.orders.list_open_for(purchase.purchaser_id)
    return await load_open_group(purchase, open_orders, reading, dependencies)


def price_offer(
    draft: DraftOrder, group: OpenGroup | None, dependencies: Dependencies
) -> OfferPrice:
    """What ``draft`` would add and charge, as ``plan_purchase`` plans it."""
    joining = _plan_joining(draft, group, dependencies)
    if joining is None:
        added, due = draft.figures.total, draft.due
    else:
        added, due = joining.joined.added, joining.joined.charge(joining.group.paid)
    return OfferPrice(added, due, find_amount_refusal(due, dependencies.payment_provider))


def plan_purchase(
    draft: DraftOrder, market: Market, group: OpenGroup | None, dependencies: Dependencies
) -> PlannedPurchase:
    """``draft`` as it would be charged, joining ``group`` where that is possible."""
    joining = _plan_joining(draft, group, dependencies)
    if joining is None or draft.terms is None:
        return PlannedPurchase(draft, draft.figures.total)
    joined = joining.joined
    due = joined.charge(joining.group.paid)
    figures, terms = price_alone(
        joining.lines,
        draft.terms,
        joined,
        destination=draft.address.destination,
        market=market,
        max_due=due,
    )
    planned_draft = replace(draft, figures=figures, terms=terms, due=due)
    return PlannedPurchase(planned_draft, joined.added, joining.group.order)


def _plan_joining(
    draft: DraftOrder, group: OpenGroup | None, dependencies: Dependencies
) -> _PlannedJoining | None:
    """The lines of ``draft`` in the order that it would join; None where it joins none."""
    if group is None or draft.terms is None:
        return None
    lines = lifecycle.build_lines(draft, PLANNED_ID, dependencies, PLANNED_ID)
    joined = plan_joining(group, lines, draft)
    return None if joined is None else _PlannedJoining(group, lines, joined)
