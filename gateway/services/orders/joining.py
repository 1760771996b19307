"""Purchases that join an open order of the same purchaser and destination."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gateway.engine.checkout.outcomes import DraftOrder, PlannedJoining
from gateway.engine.money import Money
from gateway.engine.orders.joining import JoinedOrder, JoiningPurchase, can_join, join_order
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order, OrderChange
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.engine.orders.repricing import order_terms
from gateway.engine.pricing.calculations import CalculationOutcome
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.rulebook.rulebook import NO_RULES, Market
from gateway.services.dependencies import Dependencies
from gateway.services.orders import confirmation_mail, lifecycle
from gateway.services.orders.delivery_details import (
    add_words,
    draft_destination_key,
    load_delivery,
    save_delivery,
)
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payments import AuthorizationGranted

JOIN_REASON = "same address and payment method, within the window of the open order"
"""Why purchases join an order, for its log."""


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """An open order that can be joined, what is held or captured for it, and its rules.

    ``skus`` are those of its variants, by id, where the merchant's calculator is to be asked.
    """

    order: Order
    paid: Money
    market: Market
    skus: Mapping[str, str] = field(default_factory=dict)


def joining_purchase(draft: DraftOrder, dependencies: Dependencies) -> JoiningPurchase | None:
    """What decides which order ``draft`` can join; None where it joins none.

    Guests' orders and those with codes or limited promotions of their own stay alone.
    """
    buyer = draft.buyer
    if buyer.purchaser_id is None or has_own_terms(draft) or not draft.lines:
        return None
    return JoiningPurchase(
        purchaser_id=buyer.purchaser_id,
        client_id=None if buyer.signed_in else buyer.client_id,
        destination_key=draft_destination_key(draft, dependencies.cipher),
        bucket=dependencies.policy.consolidation.bucket(draft.ships_in),
        currency=draft.due.currency,
        line_count=len(draft.lines),
        clicked=draft.clicked is not None,
    )


def has_own_terms(draft: DraftOrder) -> bool:
    """Whether its codes, stored value or limited promotions keep ``draft`` an order of its own."""
    return bool(draft.codes or draft.stored or draft.promotions)


async def load_open_group(
    purchase: JoiningPurchase,
    open_orders: Iterable[Order],
    reading: ReadSession,
    dependencies: Dependencies,
) -> OpenGroup | None:
    """The first of ``open_orders`` that ``purchase`` can join now; None if there is none."""
    # The earliest first: of several, the one that has been open longest.
    for order in sorted(open_orders, key=lambda each: (each.placed_at, each.id)):
        group = await _load_group(purchase, order, reading, dependencies)
        if group is not None:
            return group
    return None


async def _load_group(
    purchase: JoiningPurchase, order: Order, reading: ReadSession, dependencies: Dependencies
) -> OpenGroup | None:
    """``order`` with what is paid for it as it stands; None if ``purchase`` cannot join it."""
    now, policy = dependencies.clock.now(), dependencies.policy.consolidation
    current_order: Order | None = order
    while current_order is not None and can_join(current_order, purchase, policy, now):
        order = current_order
        payments = await reading.order_payments.list_for(order.id)
        # What is held for a change of the order is no payment of the order before it.
        current_order = await reading.orders.find(order.id)
        if current_order is not None and current_order.version == order.version:
            paid = sum_paid(order, payments)
            return OpenGroup(order, paid, await load_order_market(order, reading))
    return None


def sum_paid(order: Order, payments: Iterable[OrderPayment]) -> Money:
    """What is held or captured for ``order``."""
    minor = sum(
        # What is being captured as a whole is neither held nor captured as long.
        payment.amount.minor
        if payment.state is OrderPaymentState.CAPTURING
        else payment.held_minor + payment.captured_minor
        for payment in payments
    )
    return Money(minor, order.currency)


async def load_order_market(order: Order, reading: ReadSession) -> Market:
    """The rules that ``order`` is priced by when it changes: those of the day it was placed on."""
    day = order_terms(order).on
    rule_set = await reading.rule_sets.find_current(day)
    rulebook = NO_RULES if rule_set is None else rule_set.rulebook
    return rulebook.for_market(order.currency.code, day)


def plan_joining(
    group: OpenGroup,
    lines: tuple[OrderLine, ...],
    draft: DraftOrder,
    calculated: CalculationOutcome,
) -> JoinedOrder | None:
    """``group`` with ``lines``; None where it cannot be shipped or priced so.

    ``calculated`` is what the merchant's calculator says of the whole. What that calculator has
    computed before, the tables do not compute again: the purchase would bear the difference.
    """
    before = {draft.figures.calculated_by, group.order.figures.calculated_by}
    if Calculator.MERCHANT in before - {calculated.calculator}:
        return None
    return join_order(
        group.order,
        lines,
        destination=draft.address.destination,
        market=group.market,
        calculated=calculated,
    )


async def join_open_order(
    draft: DraftOrder,
    purchase_id: str,
    authorization: AuthorizationGranted | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> Order | None:
    """The open order that the purchase of ``draft`` has become part of; None if there is none.

    It joins only where what is held for the purchase pays what it adds: the order may have changed
    since the buyer was shown that. What the merchant's calculator said of the whole holds for the
    order as it was then, and nobody is asked here.

    Raises:
        VersionConflict: the order changed meanwhile.

    """
    purchase, planned = joining_purchase(draft, dependencies), draft.joining
    if purchase is None:
        return None
    if planned is None and draft.figures.calculated_by is Calculator.MERCHANT:
        return None
    # Two purchases at once: the second sees the order of the first.
    await work.purchasers.lock(purchase.purchaser_id)
    open_orders = await work.orders.list_open_for(purchase.purchaser_id)
    group = await load_open_group(
        purchase, _planned_orders(open_orders, planned), work, dependencies
    )
    if group is None or (planned is not None and group.order.version != planned.order_version):
        return None
    lines = lifecycle.build_lines(draft, purchase_id, dependencies)
    calculated = CalculationOutcome(draft.figures.calculated_by)
    joined = plan_joining(
        group, lines, draft, calculated if planned is None else planned.calculated
    )
    if joined is None or joined.charge(group.paid).minor > draft.due.minor:
        return None
    unsigned_minor = 0
    if not draft.buyer.signed_in and joined.added.gross is not None:
        unsigned_minor = joined.added.gross.minor
    grown_order = replace(joined.order, unsigned_minor=group.order.unsigned_minor + unsigned_minor)
    order = await lifecycle.change_order(
        grown_order, OrderChange.JOINED, work, dependencies, detail=JOIN_REASON
    )
    await _add_words(order, lines, draft, work, dependencies)
    await lifecycle.add_charge(order, draft.due, purchase_id, authorization, work, dependencies)
    await confirmation_mail.post_joined(order, draft, purchase_id, work, dependencies)
    return order


def _planned_orders(
    open_orders: Iterable[Order], planned: PlannedJoining | None
) -> Iterable[Order]:
    """Those of ``open_orders`` that a purchase may join: any, or the one that was asked about."""
    if planned is None:
        return open_orders
    return [order for order in open_orders if order.id == planned.order_id]


async def _add_words(
    order: Order,
    lines: tuple[OrderLine, ...],
    draft: DraftOrder,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Store what the buyer wrote on a purchase with the order that it has joined."""
    if not (draft.note or draft.attributes or any(line.has_attributes for line in lines)):
        return
    delivery = await load_delivery(order.id, work, dependencies)
    if delivery is not None:
        await save_delivery(order.id, add_words(delivery, lines, draft), work, dependencies)
