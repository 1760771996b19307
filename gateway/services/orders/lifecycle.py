"""The life cycle of an order: place it, and let it change, each with an event."""

import base64
import hashlib
from dataclasses import replace
from datetime import datetime

from gateway.engine.addresses.address import Destination
from gateway.engine.checkout.outcomes import DraftOrder
from gateway.engine.money import Money
from gateway.engine.orders.lines import OrderLine, lines_from_figures
from gateway.engine.orders.order import (
    Order,
    OrderChange,
    OrderEvent,
    OrderStatus,
)
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.engine.orders.repricing import with_line_ids
from gateway.engine.pricing.calculated_purchase import without_stated_taxes
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.orders import confirmation_mail, delivery_details, guest_access, search
from gateway.services.orders.calculation_commits import report_change
from gateway.services.orders.renewal_schedule import schedule_renewal
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.payments import AuthorizationGranted
from gateway.services.shop_events import ShopEvent, post_shop_event
from gateway.services.staff_actions import StaffMember

ACTOR_BUYER = "buyer"
ACTOR_SHOP = "shop"
ACTOR_PROVIDER = "provider"
"""Who changes an order: its buyer, the gateway itself, the payment provider, or ``staff:`` and the
name of a key."""


def actor_name(caller: Caller) -> str:
    """Who changes an order, for its log."""
    return ACTOR_BUYER if caller.key is None else f"staff:{caller.key.name}"


def staff_actor(member: StaffMember) -> str:
    """The same for a member of staff."""
    return f"staff:{member.key_name}"


def order_number(order_id: str) -> str:
    """The number that people read out: ten letters and digits, derived from the order's id."""
    digest = hashlib.sha256(order_id.encode()).digest()
    return base64.b32encode(digest)[:10].decode()


async def place_order(
    draft: DraftOrder,
    purchase_id: str,
    authorization: AuthorizationGranted | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> Order:
    """Store the order of ``draft`` with its charge, its first event and its confirmation mail.

    ``purchase_id`` is the id of the purchase attempt; ``authorization`` is None where nothing is
    due.
    """
    order = _build_order(draft, purchase_id, dependencies)
    await work.orders.add(
        order, await delivery_details.seal_delivery(order, draft, work, dependencies)
    )
    delivery = delivery_details.build_delivery(order, draft)
    await work.order_search.add(order.id, search.search_keys(delivery, dependencies.cipher))
    await _add_event(order, OrderChange.PLACED, work, dependencies)
    await add_charge(order, draft.due, purchase_id, authorization, work, dependencies)
    link = (
        await guest_access.create_link(order, work, dependencies)
        if order.purchaser_id is None
        else None
    )
    await confirmation_mail.post_confirmation(order, draft, link, work, dependencies)
    return order


async def add_charge(
    order: Order,
    amount: Money,
    purchase_id: str,
    authorization: AuthorizationGranted | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Keep the charge of the purchase ``purchase_id``; nothing where nothing was authorized."""
    if authorization is None:
        return
    payment = OrderPayment(
        dependencies.ids.new("chg"),
        order.id,
        authorization.charge_id,
        amount,
        OrderPaymentState.HELD,
        purchase_id,
        held_until=authorization.held_until,
    )
    await work.order_payments.add(payment, dependencies.clock.now())
    await schedule_renewal(payment, work, dependencies)


def _build_order(draft: DraftOrder, purchase_id: str, dependencies: Dependencies) -> Order:
    now, policy = dependencies.clock.now(), dependencies.policy.consolidation
    order_id = dependencies.ids.new("ord")
    lines = build_lines(draft, purchase_id, dependencies) or lines_from_figures(
        order_id, draft.figures.items, now + draft.ships_in
    )
    return Order(
        id=order_id,
        number=order_number(order_id),
        status=OrderStatus.OPEN,
        bucket=policy.bucket(draft.ships_in),
        channel=draft.channel,
        placed_at=now,
        closes_at=now + policy.window,
        purchaser_id=draft.buyer.purchaser_id,
        client_id=draft.buyer.client_id,
        figures=with_line_ids(draft.figures, lines),
        lines=lines,
        terms=draft.terms,
        destination_key=delivery_details.draft_destination_key(draft, dependencies.cipher),
        signed_in=draft.buyer.signed_in,
        unsigned_minor=0 if draft.buyer.signed_in else _gross_minor(draft),
    )


def _gross_minor(draft: DraftOrder) -> int:
    gross = draft.figures.total.gross
    return 0 if gross is None else gross.minor


def build_lines(
    draft: DraftOrder, purchase_id: str, dependencies: Dependencies, line_id: str | None = None
) -> tuple[OrderLine, ...]:
    """The lines of ``draft``, with ids of their own unless ``line_id`` stands for all."""
    now = dependencies.clock.now()
    return tuple(
        OrderLine(
            id=(line.order_line_id or dependencies.ids.new("orl")) if line_id is None else line_id,
            item=without_stated_taxes(replace(line.item, line_id=None, attributes=())),
            demand=line.demand,
            ships_at=now + line.ships_in,
            purchase_id=purchase_id,
            client_id=draft.buyer.client_id,
            clicked=draft.clicked is not None,
            has_attributes=bool(line.item.attributes),
        )
        for line in draft.lines
    )


async def _add_event(
    order: Order,
    change: OrderChange,
    work: UnitOfWork,
    dependencies: Dependencies,
    actor: str = ACTOR_BUYER,
    detail: str | None = None,
    destination: Destination | None = None,
) -> None:
    # Not the order's version: that also grows when the worker claims the order.
    last_sequence = await work.orders.last_sequence(order.id)
    event = OrderEvent(
        id=dependencies.ids.new("oev"),
        order_id=order.id,
        sequence=last_sequence + 1,
        type=change,
        status=order.status,
        occurred_at=dependencies.clock.now(),
        actor=actor,
        detail=detail,
    )
    await work.orders.add_event(event)
    shop_event = ShopEvent(
        id=event.id,
        type=f"order.{event.type.lower()}",
        log_id=order.id,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        data={
            "orderId": order.id,
            "number": order.number,
            "sequence": event.sequence,
            "status": event.status,
        },
    )
    await post_shop_event(shop_event, work=work, dependencies=dependencies)
    await report_change(order, change, work, dependencies, destination)


def order_topic(order_id: str) -> str:
    """The wake-up topic of the order's events."""
    return f"order.{order_id}"


async def change_order(
    order: Order,
    order_change: OrderChange,
    work: UnitOfWork,
    dependencies: Dependencies,
    *,
    actor: str = ACTOR_BUYER,
    detail: str | None = None,
    destination: Destination | None = None,
) -> Order:
    """Apply ``order_change`` to ``order`` and save it with its event.

    ``actor`` is who does it, ``detail`` what and why, for staff. ``destination`` is where it goes,
    if that is not stored yet. An order that stays open is looked at by the worker when its window
    closes, or at once where that is over; what is left of one that was split waits for stock.

    Raises:
        InvalidOrderTransition: the order's status does not allow the change.
        VersionConflict: the row changed since it was loaded.

    """
    changed_order = order.apply(order_change)
    is_due = changed_order.status is OrderStatus.OPEN and order_change is not OrderChange.SPLIT
    await work.orders.save(changed_order, changed_order.closes_at if is_due else None)
    await _add_event(changed_order, order_change, work, dependencies, actor, detail, destination)
    return changed_order


async def advance_order(
    order: Order,
    order_change: OrderChange,
    status: OrderStatus,
    work: UnitOfWork,
    dependencies: Dependencies,
    *,
    actor: str,
    detail: str | None = None,
) -> Order:
    """Save what became of a parcel, goods or money of ``order``, which leaves it in ``status``.

    What is open of it past its window waits for stock.

    Raises:
        VersionConflict: the row changed since it was loaded.

    """
    changed_order = replace(order, status=status, version=order.version + 1)
    await work.orders.save(changed_order, _closing_time(changed_order, dependencies))
    await _add_event(changed_order, order_change, work, dependencies, actor, detail)
    return changed_order


async def record_provider_news(
    order_id: str,
    order_change: OrderChange,
    detail: str,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Add what the payment provider did or told to the log of an order, whose status stays.

    Raises:
        VersionConflict: the order was changed meanwhile.

    """
    order = await work.orders.find(order_id)
    if order is not None:
        await advance_order(
            order,
            order_change,
            order.status,
            work,
            dependencies,
            actor=ACTOR_PROVIDER,
            detail=detail,
        )


async def lock_order(order: Order, work: UnitOfWork, dependencies: Dependencies) -> None:
    """Let nobody else change ``order`` until the transaction ends; it stays as it is.

    Raises:
        VersionConflict: the row changed since it was loaded.

    """
    locked_order = replace(order, version=order.version + 1)
    await work.orders.save(locked_order, _closing_time(order, dependencies))
    await ask_for_selection(order, work, dependencies)


async def ask_for_selection(order: Order, work: UnitOfWork, dependencies: Dependencies) -> None:
    """Have what is open of ``order`` past its window looked at: its own due time was cleared."""
    now = dependencies.clock.now()
    if order.status is OrderStatus.OPEN and order.closes_at <= now:
        await work.selection_requests.request(now)


def _closing_time(order: Order, dependencies: Dependencies) -> datetime | None:
    """When the worker looks at the order: when its window closes, if that is to come."""
    is_in_window = dependencies.clock.now() < order.closes_at
    return order.closes_at if order.status is OrderStatus.OPEN and is_in_window else None
