"""Invariants of an order: what holds of it and of all that is kept for it, whatever has happened.

A rule takes what is kept and returns a sentence for everything that is wrong. To add one, write it
and give it its row in ``RULES`` (spec.md section 5, "Invariants"; R126).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import OrderChange, OrderStatus
from gateway.engine.orders.order_records import Invariant, OrderRecord, Violation
from gateway.engine.orders.payments import ChargeStage
from gateway.engine.orders.repricing import order_terms
from gateway.engine.orders.shipments import ReturnedParcel, Shipment, ShipmentState, order_status
from gateway.engine.pricing.snapshots import PurchaseSnapshot, TaxedTotal


def check_order(record: OrderRecord) -> tuple[Violation, ...]:
    """What is wrong with an order; nothing where all is well."""
    return tuple(
        Violation(invariant, record.order.id, sentence)
        for invariant, rule in RULES
        for sentence in rule(record)
    )


# -- figures


def _check_sums(record: OrderRecord) -> Iterator[str]:
    figures, terms = record.order.figures, record.order.terms
    surcharges = sum(
        adjustment.amount.minor
        for adjustment in figures.adjustments or ()
        if adjustment.amount.minor > 0
        and adjustment.item_reference is None
        and not adjustment.rounds_payable
    )
    lines = {part: _sum_part(figures, part) for part in PARTS}
    items = {part: _minor(figures.items_total, part) for part in PARTS}
    for part in PARTS:
        shipping, total = _minor(figures.shipping_total, part), _minor(figures.total, part)
        if items[part] + shipping != total:
            yield f"{part}: items {items[part]} + shipping {shipping} are not the total {total}."
    if terms is not None and any(fee.amount < 0 for fee in terms.fees or ()):
        # What joining spares is a surcharge below zero, which looks like a discount.
        return
    # Surcharges are recorded as they are declared, with or without their tax.
    net, gross = items["net"] - lines["net"], items["gross"] - lines["gross"]
    if (net or gross) and not net <= surcharges <= gross:
        yield (
            f"The lines' {lines['net']} net and {lines['gross']} gross with surcharges of"
            f" {surcharges} are not the items' {items['net']} and {items['gross']}."
        )


PARTS = ("net", "tax", "gross")


def _minor(total: TaxedTotal, part: str) -> int:
    money = getattr(total, part)
    return 0 if money is None else money.minor


def _sum_part(figures: PurchaseSnapshot, part: str) -> int:
    return sum(_minor(item.total, part) for item in figures.items)


def _check_taxes(record: OrderRecord) -> Iterator[str]:
    figures = record.order.figures
    for total in (*(item.total for item in figures.items), figures.shipping_total, figures.total):
        net, tax, gross = (_minor(total, part) for part in PARTS)
        if total.gross is not None and net + tax != gross:
            yield f"{net} net with {tax} tax is not {gross} gross."
    if figures.tax_summary is not None and figures.total.tax is not None:
        rows = sum(row.tax.minor for row in figures.tax_summary)
        if rows != figures.total.tax.minor:
            yield f"The taxes by name come to {rows}, the tax to {figures.total.tax.minor}."


# -- lines


def _check_lines(record: OrderRecord) -> Iterator[str]:
    lines, items = record.order.lines, record.order.figures.items
    if len({line.id for line in lines}) != len(lines):
        yield "Two lines have one id."
    if len(lines) != len(items):
        yield f"There are {len(lines)} lines, and figures of {len(items)}."
        return
    for line, item in zip(lines, items, strict=True):
        if item.line_id not in (None, line.id):
            yield f"The figures of line {line.id} are those of {item.line_id}."
        if line.quantity != item.quantity:
            yield f"Of line {line.id} {line.quantity} are ordered, and {item.quantity} charged."
        if not 0 <= line.scheduled <= line.quantity:
            yield f"Of the {line.quantity} of line {line.id} {line.scheduled} are in parcels."


def parcel_quantities(order_id: str, shipments: Iterable[Shipment]) -> dict[str, int]:
    """How many of each line of an order are in ``shipments``, by line id."""
    quantities: dict[str, int] = {}
    for shipment in shipments:
        for line in shipment.lines:
            if line.order_id == order_id and line.line_id is not None:
                quantities[line.line_id] = quantities.get(line.line_id, 0) + line.quantity
    return quantities


def _check_scheduled(record: OrderRecord) -> Iterator[str]:
    """What is in parcels is what the lines say: nothing is lost or leaves twice."""
    if record.precedes_parcels:
        return
    lines = {line.id: line for line in record.order.lines}
    quantities = parcel_quantities(
        record.order.id,
        (
            shipment
            for shipment in record.shipments
            if shipment.state is not ShipmentState.CANCELLED and not shipment.is_resent
        ),
    )
    for line_id in [*lines, *(id for id in quantities if id not in lines)]:
        scheduled = lines[line_id].scheduled if line_id in lines else 0
        in_parcels = quantities.get(line_id, 0)
        if scheduled != in_parcels:
            yield f"Of line {line_id} {scheduled} should be in parcels, and {in_parcels} are."
    yield from _check_variants(record, lines)


def _check_variants(record: OrderRecord, lines: Mapping[str, OrderLine]) -> Iterator[str]:
    for shipment in record.shipments:
        for packed in shipment.lines:
            line = lines.get(packed.line_id or "")
            if line is not None and packed.variant_id != line.variant_id:
                yield (
                    f"Of line {line.id} {line.variant_id} was bought, and {packed.variant_id} is in"
                    f" parcel {shipment.id}."
                )


def _check_resent(record: OrderRecord) -> Iterator[str]:
    """What came back and is sent again is in parcels of its own, once."""
    for returned in record.shipments:
        resent = [parcel for parcel in record.shipments if parcel.resent_id == returned.id]
        is_resent = returned.on_return is ReturnedParcel.RESEND
        came_back = parcel_quantities(record.order.id, (returned,)) if is_resent else {}
        goes_again = parcel_quantities(record.order.id, resent)
        if came_back != goes_again:
            yield (
                f"Of parcel {returned.id} {sum(came_back.values())} are to be sent again, and"
                f" {sum(goes_again.values())} are in parcels."
            )


# -- money


def _check_charges(record: OrderRecord) -> Iterator[str]:
    for charge in record.charges:
        if not 0 <= charge.refunded + charge.refunding <= charge.captured:
            yield (
                f"Of charge {charge.id} {charge.captured} are captured, {charge.refunded} refunded"
                f" and {charge.refunding} being refunded."
            )
        if not 0 <= charge.captured <= charge.amount - charge.held_amount:
            yield (
                f"Of the {charge.amount} of charge {charge.id} {charge.held_amount} are held and"
                f" {charge.captured} captured."
            )
        if charge.captures > charge.captured or charge.refunds > charge.refunded:
            yield (
                f"Of charge {charge.id} {charge.captured} are captured and {charge.refunded}"
                f" refunded, by operations {charge.captures} and {charge.refunds}."
            )


def _check_due(record: OrderRecord) -> Iterator[str]:
    """Due = held + captured + outstanding, and nothing is outstanding while the charges stand."""
    order, charges = record.order, record.charges
    held_amount = sum(charge.held_amount for charge in charges)
    captured = sum(charge.captured for charge in charges)
    refunded = sum(charge.refunded for charge in charges)
    due = 0 if order.due is None else order.due.minor
    if order.status is OrderStatus.CANCELLED:
        if held_amount:
            yield f"The order is cancelled, and {held_amount} are held for it."
        return
    is_standing = all(charge.stage is ChargeStage.STANDING for charge in charges)
    outstanding = due - held_amount - captured
    if order.due is not None and is_standing and outstanding > 0:
        yield (
            f"Of the {due} due {held_amount} are held and {captured} captured: {outstanding} are"
            " outstanding."
        )
    if order.due is not None and captured - refunded > due:
        yield f"Of the {due} due {captured} are captured and {refunded} refunded."


def _check_earned(record: OrderRecord) -> Iterator[str]:
    """What has left as a whole is captured as a whole: money goes first."""
    order = record.order
    is_standing = all(charge.stage is ChargeStage.STANDING for charge in record.charges)
    if record.precedes_parcels or order.due is None or not is_standing:
        return
    left = parcel_quantities(
        order.id,
        (
            shipment
            for shipment in record.shipments
            if shipment.state in LEFT_STATES and not shipment.is_resent
        ),
    )
    captured = sum(charge.captured for charge in record.charges)
    if captured < order.due.minor and all(
        left.get(line.id, 0) >= line.quantity for line in order.lines
    ):
        yield f"All of it has left, and of the {order.due.minor} due {captured} are captured."


def _check_refunds(record: OrderRecord) -> Iterator[str]:
    captured = sum(charge.captured for charge in record.charges)
    stored_value = order_terms(record.order).stored_value
    refunded = sum(refund.amount for refund in record.refunds)
    if record.refunds and refunded > captured + stored_value:
        yield (
            f"Refunds come to {refunded}, of {captured} captured and {stored_value} paid by stored"
            " value."
        )
    yield from _check_quantities(
        record, "refunded", (refund.line_counts for refund in record.refunds)
    )
    yield from _check_quantities(record, "returned", (entry.received for entry in record.returns))


def _check_quantities(
    record: OrderRecord, verb: str, all_quantities: Iterable[Mapping[str, int]]
) -> Iterator[str]:
    sums: dict[str, int] = {}
    for quantities in all_quantities:
        for line_id, quantity in quantities.items():
            sums[line_id] = sums.get(line_id, 0) + quantity
    for line_id, quantity in sums.items():
        line = record.order.find_line(line_id)
        if line is None:
            yield f"The order has no line {line_id}, of which {quantity} are {verb}."
        elif quantity > line.quantity:
            yield f"Of the {line.quantity} of line {line_id} {quantity} are {verb}."


# -- parcels


def check_shipment(shipment: Shipment) -> tuple[Violation, ...]:
    """What is wrong with a parcel by itself."""
    return tuple(
        Violation(Invariant.PARCELS, shipment.id, sentence) for sentence in _check_parcel(shipment)
    )


def _check_parcel(shipment: Shipment) -> Iterator[str]:
    has_left = shipment.state in LEFT_STATES
    if has_left != (shipment.dispatched_at is not None):
        yield f"It is {shipment.state}, and left at {shipment.dispatched_at}."
    has_arrived = shipment.state is ShipmentState.DELIVERED
    if has_arrived != (shipment.delivered_at is not None):
        yield f"It is {shipment.state}, and arrived at {shipment.delivered_at}."
    came_back = shipment.state is ShipmentState.RETURNED
    if came_back != (shipment.on_return is not None):
        yield f"It is {shipment.state}, and what becomes of it on return is {shipment.on_return}."
    if not shipment.lines:
        yield "It is empty."
    for line in shipment.lines:
        if line.quantity < 1:
            yield f"It has {line.quantity} of {line.variant_id}."
        if (line.order_id is None) is (shipment.gift_id is None):
            yield f"Its {line.variant_id} is neither an order's nor a gift's, or both."


LEFT_STATES = frozenset({ShipmentState.DISPATCHED, ShipmentState.DELIVERED, ShipmentState.RETURNED})


def _check_status(record: OrderRecord) -> Iterator[str]:
    status = record.order.status
    if record.precedes_parcels or record.order.status is OrderStatus.CANCELLED:
        moving = sorted(parcel.id for parcel in record.shipments if parcel.state in MOVING_STATES)
        if status is OrderStatus.CANCELLED and moving:
            yield f"The order is cancelled, and these parcels are not: {', '.join(moving)}."
        return
    by_parcels = order_status(record.order, record.shipments)
    if status is not by_parcels:
        yield f"The order is {status}, and by its parcels {by_parcels}."


MOVING_STATES = frozenset({ShipmentState.READY, ShipmentState.DISPATCHED})


# -- the log


def _check_events(record: OrderRecord) -> Iterator[str]:
    """Sequences have no gaps, and the last event tells what the order is."""
    events = record.events
    if not events:
        yield "The order has no event."
        return
    sequences = [event.sequence for event in events]
    if sequences != list(range(1, len(events) + 1)):
        yield f"The sequences of its {len(events)} events are {sequences}."
    if events[0].type is not OrderChange.PLACED:
        yield f"Its first event is {events[0].type}."
    if events[-1].status is not record.order.status:
        yield f"The order is {record.order.status}, and after its last event {events[-1].status}."


def _check_explanations(record: OrderRecord) -> Iterator[str]:
    """The log explains every change: each purchase joined, each parcel left or arrived."""
    if record.precedes_parcels:
        return
    counts = dict.fromkeys(OrderChange, 0)
    for event in record.events:
        counts[event.type] += 1
    purchases = len({line.purchase_id for line in record.order.lines})
    if purchases > 1 + counts[OrderChange.JOINED]:
        yield f"Its lines are of {purchases} purchases, {counts[OrderChange.JOINED]} joined it."
    for change, states in PARCEL_EVENTS.items():
        parcels = sum(shipment.state in states for shipment in record.shipments)
        # Of a parcel that came back, what becomes of it may be told by a further event.
        is_more = change is OrderChange.RETURNED and parcels < counts[change]
        if parcels != counts[change] and not is_more:
            yield f"Parcels that are {change}: {parcels}, and events {counts[change]}."


PARCEL_EVENTS = {
    OrderChange.SHIPPED: LEFT_STATES,
    OrderChange.DELIVERED: frozenset({ShipmentState.DELIVERED}),
    OrderChange.RETURNED: frozenset({ShipmentState.RETURNED}),
}

RULES: Sequence[tuple[Invariant, Callable[[OrderRecord], Iterable[str]]]] = (
    (Invariant.FIGURES, _check_sums),
    (Invariant.FIGURES, _check_taxes),
    (Invariant.LINES, _check_lines),
    (Invariant.LINES, _check_scheduled),
    (Invariant.LINES, _check_resent),
    (Invariant.MONEY, _check_charges),
    (Invariant.MONEY, _check_due),
    (Invariant.MONEY, _check_earned),
    (Invariant.MONEY, _check_refunds),
    (Invariant.PARCELS, _check_status),
    (Invariant.LOG, _check_events),
    (Invariant.LOG, _check_explanations),
)
"""The rules of an order, by what they keep."""
