"""What a purchase would add and charge: alone, or as part of an open order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.engine.carts import PricingContext
from gateway.engine.checkout.outcomes import DraftOrder, PlannedJoining
from gateway.engine.money import Money
from gateway.engine.orders.joining import JoinedOrder, price_alone
from gateway.engine.orders.lines import OrderLine, OrderTerms
from gateway.engine.orders.order import Order
from gateway.engine.pricing.calculations import (
    BY_TABLE,
    CalculatedTaxes,
    Calculation,
    CalculationOutcome,
)
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.pricing.snapshots import PurchaseSnapshot
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
from gateway.services.orders.order_calculations import calculate_order, load_skus
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
class _JoiningDraft:
    """A draft, its lines, the order that they would join, and the order as that makes it."""

    draft: DraftOrder
    terms: OrderTerms
    group: OpenGroup
    lines: tuple[OrderLine, ...]
    joined: JoinedOrder

    def price_alone(self, market: Market) -> tuple[PurchaseSnapshot, OrderTerms]:
        """The draft as an order of its own, at the price of joining, and its terms."""
        return price_alone(
            self.lines,
            self.terms,
            self.joined,
            destination=self.draft.address.destination,
            market=market,
            max_due=self.due,
            calculated=_calculated_alone(self.draft, self.lines),
        )

    @property
    def due(self) -> Money:
        """What joining is charged."""
        return self.joined.charge(self.group.paid)


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
    group = await load_open_group(purchase, open_orders, reading, dependencies)
    return None if group is None else await with_skus(group, reading, dependencies)


async def with_skus(
    group: OpenGroup, reading: ReadSession, dependencies: Dependencies
) -> OpenGroup:
    """``group`` with the SKUs of its variants, which only a merchant's calculator is told."""
    if dependencies.calculator is None:
        return group
    return replace(group, skus=await load_skus(group.order.lines, reading))


async def price_offer(
    draft: DraftOrder,
    context: PricingContext,
    group: OpenGroup | None,
    dependencies: Dependencies,
) -> OfferPrice:
    """What ``draft`` would add and charge, as ``plan_purchase`` plans it."""
    return _offer_price(
        draft, await _plan_joining(draft, context, group, dependencies), dependencies
    )


def price_offer_by_tables(
    draft: DraftOrder, group: OpenGroup | None, dependencies: Dependencies
) -> OfferPrice:
    """The same where the merchant has no calculator."""
    return _offer_price(draft, _plan_joining_by_tables(draft, group, dependencies), dependencies)


def _offer_price(
    draft: DraftOrder, joining: _JoiningDraft | None, dependencies: Dependencies
) -> OfferPrice:
    if joining is None:
        added, due = draft.figures.total, draft.due
    else:
        added, due = joining.joined.added, joining.due
    return OfferPrice(added, due, find_amount_refusal(due, dependencies.payment_provider))


async def plan_purchase(
    draft: DraftOrder,
    context: PricingContext,
    group: OpenGroup | None,
    dependencies: Dependencies,
) -> PlannedPurchase:
    """``draft`` as it would be charged, joining ``group`` where that is possible.

    ``context`` is what it was priced with. It must not be awaited inside a transaction or a read
    session: the merchant's calculator, where there is one, is asked about the whole order.
    """
    joining = await _plan_joining(draft, context, group, dependencies)
    if joining is None:
        return PlannedPurchase(draft, draft.figures.total)
    figures, terms = joining.price_alone(context.market)
    planned_draft = replace(joining.draft, figures=figures, terms=terms, due=joining.due)
    return PlannedPurchase(planned_draft, joining.joined.added, joining.group.order)


async def _plan_joining(
    draft: DraftOrder,
    context: PricingContext,
    group: OpenGroup | None,
    dependencies: Dependencies,
) -> _JoiningDraft | None:
    """``draft`` in the order that it would join; None where it joins none."""
    if group is not None and draft.terms is not None and dependencies.calculator is not None:
        return await _plan_calculated_joining(draft, draft.terms, context, group, dependencies)
    return _plan_joining_by_tables(draft, group, dependencies)


def _plan_joining_by_tables(
    draft: DraftOrder, group: OpenGroup | None, dependencies: Dependencies
) -> _JoiningDraft | None:
    terms = draft.terms
    if group is None or terms is None:
        return None
    lines = lifecycle.build_lines(draft, PLANNED_ID, dependencies, PLANNED_ID)
    joined = plan_joining(group, lines, draft, BY_TABLE)
    return None if joined is None else _JoiningDraft(draft, terms, group, lines, joined)


async def _plan_calculated_joining(
    draft: DraftOrder,
    terms: OrderTerms,
    context: PricingContext,
    group: OpenGroup,
    dependencies: Dependencies,
) -> _JoiningDraft | None:
    """The same where the merchant has a calculator, which is asked about the whole order.

    None also where an order of its own, at the price of joining, would cost more than was shown:
    the calculator may tax these goods alone otherwise than with the others.
    """
    new_id = dependencies.ids.new
    draft = replace(
        draft, lines=tuple(replace(line, order_line_id=new_id("orl")) for line in draft.lines)
    )
    lines, order = lifecycle.build_lines(draft, PLANNED_ID, dependencies), group.order
    skus = {variant.id: variant.sku or "" for variant in context.variants.values()}
    calculated = await calculate_order(
        order,
        (*order.lines, *lines),
        destination=draft.address.destination,
        market=group.market,
        skus={**group.skus, **skus},
        calculator=dependencies.calculator,
        tax_id=draft.customer.tax_id,
    )
    joined = plan_joining(group, lines, draft, calculated)
    if joined is None:
        return None
    if calculated != CalculationOutcome(draft.figures.calculated_by):
        draft = replace(draft, joining=PlannedJoining(order.id, order.version, calculated))
    joining = _JoiningDraft(draft, terms, group, lines, joined)
    figures, _ = joining.price_alone(context.market)
    shown, alone = joined.added.gross, figures.total.gross
    is_dearer_alone = shown is None or alone is None or alone.minor > shown.minor
    return None if is_dearer_alone else joining


def _calculated_alone(draft: DraftOrder, lines: tuple[OrderLine, ...]) -> CalculationOutcome:
    """What the calculator said of ``draft`` alone, by the ids of ``lines``; not of its shipping."""
    figures = draft.figures
    if figures.calculated_by is not Calculator.MERCHANT:
        return CalculationOutcome(figures.calculated_by)
    line_taxes = tuple(
        CalculatedTaxes(line.id, draft_line.item.stated_taxes)
        for line, draft_line in zip(lines, draft.lines, strict=True)
        if draft_line.item.stated_taxes is not None
    )
    calculation = Calculation(
        line_taxes=line_taxes or None, reference=figures.calculation_reference
    )
    return CalculationOutcome(Calculator.MERCHANT, calculation)
