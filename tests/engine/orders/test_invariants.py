"""R126: what is wrong with the records of an order is told with its figures."""

from dataclasses import replace

import pytest

from gateway.engine.orders.invariants import check_order, check_shipment
from gateway.engine.orders.order import OrderChange, OrderEvent, OrderStatus
from gateway.engine.orders.order_records import ChargeRecord, Invariant, OrderRecord, Violation
from gateway.engine.orders.payments import ChargeStage
from gateway.engine.orders.shipments import ReturnedParcel, Shipment, ShipmentLine, ShipmentState
from tests.engine.orders.test_joining import LINE, NOON, ORDER
from tests.engine.purchases import usd

CHARGE = ChargeRecord(
    "chg_1", amount=2_000, held_amount=2_000, captured=0, refunded=0, purchase_id="k"
)


def event(sequence: int, change: OrderChange, status: OrderStatus) -> OrderEvent:
    return OrderEvent(f"oev_{sequence}", "ord_1", sequence, change, status, NOON)


def build_record() -> OrderRecord:
    """An order of two mugs, one of them on its way, of which all holds."""
    line = replace(LINE, purchase_id="k").with_scheduled(1)
    item = replace(ORDER.figures.items[0], quantity=2, line_id="orl_1")
    figures = replace(
        ORDER.figures,
        items=(item,),
        items_total=item.total,
        shipping_total=replace(item.total, net=usd(0), tax=usd(0), gross=usd(0)),
        total=item.total,
        adjustments=(),
        tax_summary=None,
        due=usd(2_000),
    )
    order = replace(ORDER, lines=(line,), figures=figures)
    return OrderRecord(
        order,
        (CHARGE,),
        (parcel(ShipmentState.DISPATCHED, dispatched_at=NOON),),
        (
            event(1, OrderChange.PLACED, OrderStatus.OPEN),
            event(2, OrderChange.SPLIT, OrderStatus.OPEN),
            event(3, OrderChange.SHIPPED, OrderStatus.OPEN),
        ),
    )


def parcel(state: ShipmentState, **changes: object) -> Shipment:
    line = ShipmentLine("var_mug", "MUG", "Mug", 1, "ord_1", "orl_1")
    shipment = Shipment("shm_1", state, NOON, NOON, (line,))
    return replace(shipment, **changes)  # type: ignore[arg-type]


RECORD = build_record()


def with_order(**changes: object) -> OrderRecord:
    return replace(RECORD, order=replace(RECORD.order, **changes))  # type: ignore[arg-type]


def with_charge(**changes: object) -> OrderRecord:
    return replace(RECORD, charges=(replace(CHARGE, **changes),))  # type: ignore[arg-type]


def with_figures(**changes: object) -> OrderRecord:
    return with_order(figures=replace(RECORD.order.figures, **changes))  # type: ignore[arg-type]


def rows(record: OrderRecord) -> list[tuple[Invariant, str]]:
    violations = check_order(record)
    assert {violation.subject_id for violation in violations} <= {"ord_1"}
    return [(violation.invariant, violation.sentence) for violation in violations]


def test_nothing_is_wrong_where_all_holds() -> None:
    assert check_order(RECORD) == ()


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            with_charge(held_amount=1_500),
            (
                Invariant.MONEY,
                "Of the 2000 due 1500 are held and 0 captured: 500 are outstanding.",
            ),
        ),
        (
            with_charge(held_amount=1_000, captured=1_500),
            (
                Invariant.MONEY,
                "Of the 2000 of charge chg_1 1000 are held and 1500 captured.",
            ),
        ),
        (
            with_charge(held_amount=0, captured=2_000, refunded=1_500, refunding=600),
            (
                Invariant.MONEY,
                "Of charge chg_1 2000 are captured, 1500 refunded and 600 being refunded.",
            ),
        ),
        (
            with_charge(held_amount=500, captured=1_500, captures=1_600),
            (
                Invariant.MONEY,
                "Of charge chg_1 1500 are captured and 0 refunded, by operations 1600 and 0.",
            ),
        ),
        (
            replace(RECORD, events=RECORD.events[:2]),
            (Invariant.LOG, "Parcels that are shipped: 1, and events 0."),
        ),
        (
            replace(RECORD, events=(RECORD.events[0], *RECORD.events[2:])),
            (Invariant.LOG, "The sequences of its 2 events are [1, 3]."),
        ),
        (replace(RECORD, events=()), (Invariant.LOG, "The order has no event.")),
        (
            with_order(status=OrderStatus.SHIPPED),
            (Invariant.PARCELS, "The order is SHIPPED, and by its parcels OPEN."),
        ),
        (
            with_order(status=OrderStatus.CANCELLED),
            (Invariant.MONEY, "The order is cancelled, and 2000 are held for it."),
        ),
        (
            with_order(lines=(RECORD.order.lines[0].with_scheduled(2),)),
            (Invariant.LINES, "Of line orl_1 2 should be in parcels, and 1 are."),
        ),
        (
            with_order(lines=(RECORD.order.lines[0].with_quantity(3),)),
            (Invariant.LINES, "Of line orl_1 3 are ordered, and 2 charged."),
        ),
        (
            with_order(lines=RECORD.order.lines * 2),
            (Invariant.LINES, "Two lines have one id."),
        ),
        (
            with_figures(shipping_total=RECORD.order.figures.total),
            (Invariant.FIGURES, "net: items 1710 + shipping 1710 are not the total 1710."),
        ),
        (
            replace(
                RECORD,
                shipments=(parcel(ShipmentState.RETURNED, on_return=ReturnedParcel.RESEND),),
            ),
            (Invariant.LINES, "Of parcel shm_1 1 are to be sent again, and 0 are in parcels."),
        ),
    ],
)
def test_what_is_wrong_is_told(record: OrderRecord, expected: tuple[Invariant, str]) -> None:
    assert expected in rows(record)


def test_a_failed_charge_may_leave_something_outstanding() -> None:
    assert rows(with_charge(held_amount=0, stage=ChargeStage.FAILED)) == []


def test_an_order_from_before_parcels_is_not_asked_for_them() -> None:
    line = replace(LINE, purchase_id=None)
    shipped = replace(
        with_order(lines=(line,), status=OrderStatus.SHIPPED),
        shipments=(),
        events=(
            event(1, OrderChange.PLACED, OrderStatus.OPEN),
            event(2, OrderChange.SHIPPED, OrderStatus.SHIPPED),
        ),
    )
    assert rows(shipped) == []


@pytest.mark.parametrize(
    ("shipment", "sentence"),
    [
        (parcel(ShipmentState.READY, dispatched_at=NOON), f"It is READY, and left at {NOON}."),
        (parcel(ShipmentState.DISPATCHED), "It is DISPATCHED, and left at None."),
        (
            parcel(ShipmentState.DELIVERED, dispatched_at=NOON),
            "It is DELIVERED, and arrived at None.",
        ),
        (
            parcel(ShipmentState.RETURNED, dispatched_at=NOON),
            "It is RETURNED, and what becomes of it on return is None.",
        ),
        (parcel(ShipmentState.READY, lines=()), "It is empty."),
        (
            parcel(ShipmentState.READY, gift_id="gft_1"),
            "Its var_mug is neither an order's nor a gift's, or both.",
        ),
    ],
)
def test_a_parcels_state_agrees_with_its_times(shipment: Shipment, sentence: str) -> None:
    assert check_shipment(shipment) == (Violation(Invariant.PARCELS, "shm_1", sentence),)
