"""R120: the whole of an order is priced anew; what it takes and gives back is its difference."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency
from gateway.engine.orders.changes import (
    RepricedOrder,
    change_quantity,
    modification_error,
    reprice_order,
    scheduled_lines,
)
from gateway.engine.orders.lines import OrderLine, OrderTerms, total_demand
from gateway.engine.orders.order import ActionChannel, Order, OrderBucket, OrderStatus
from gateway.engine.orders.repricing import price_order_lines, snapshot_order
from gateway.engine.pricing.purchase import ExtraCharge, Item
from gateway.engine.rulebook.rulebook import NO_RULES
from gateway.engine.user_errors import ErrorCode, UserError

USD = Currency("USD", 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MARKET = NO_RULES.for_market("USD", NOON.date())
HOME = Destination("US", "CA", "94043")
TERMS = OrderTerms(date(2026, 11, 2), shipping=(ExtraCharge("Parcel", 500),), stored_value=1000)


def build_line(id: str, price: int, quantity: int, scheduled: int = 0) -> OrderLine:
    demand = (("var_mug", 1), ("var_box", 2))
    return OrderLine(id, Item(id, id, price, quantity), demand, NOON, scheduled=scheduled)


def build_order(lines: Sequence[OrderLine]) -> Order:
    priced = price_order_lines(lines, TERMS, currency=USD, destination=HOME, market=MARKET)
    return Order(
        "ord_1",
        "1001",
        OrderStatus.OPEN,
        OrderBucket.SHORT_TERM,
        ActionChannel.CLICK,
        NOON,
        NOON,
        "pur_1",
        "cli_1",
        snapshot_order(priced, lines),
        lines=tuple(lines),
        terms=TERMS,
    )


ORDERS = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=4
).map(
    lambda rows: build_order(
        [
            build_line(f"orl_{index}", price, quantity, min(scheduled, quantity))
            for index, (price, quantity, scheduled) in enumerate(rows)
        ]
    )
)


def reprice(order: Order, lines: Sequence[OrderLine]) -> RepricedOrder:
    return reprice_order(order, lines, destination=HOME, market=MARKET)


def as_counts(order: Order) -> Mapping[str, int]:
    return dict(total_demand(order.lines))


@given(ORDERS, st.integers(0, 3), st.integers(0, 9))
def test_any_quantity_prices_the_whole(order: Order, index: int, quantity: int) -> None:
    line = order.lines[index % len(order.lines)]
    lines = change_quantity(order, line.id, quantity)
    if isinstance(lines, UserError):
        assert lines.code is ErrorCode.NOT_MODIFIABLE
        assert quantity < line.scheduled or line.open_quantity == 0
        return
    if not lines:
        assert (len(order.lines), quantity) == (1, 0)
        return
    repriced = reprice(order, lines)
    after = repriced.after
    goods = sum(each.item.unit_price * each.quantity for each in lines)
    assert after.total.gross is not None
    assert after.total.gross.minor == goods + 500
    assert after.due is not None
    assert after.terms is not None
    assert after.due.minor == goods + 500 - after.terms.stored_value
    assert after.terms.stored_value == min(1000, goods + 500)
    assert repriced.returned_stored_value == 1000 - after.terms.stored_value
    before_counts, after_counts = as_counts(order), as_counts(after)
    for variant_id in ("var_mug", "var_box"):
        taken = repriced.taken.get(variant_id, 0)
        returned = repriced.returned.get(variant_id, 0)
        assert after_counts[variant_id] - before_counts[variant_id] == taken - returned
        assert 0 in (taken, returned)


@given(ORDERS)
def test_cancelling_leaves_what_is_in_parcels(order: Order) -> None:
    lines = scheduled_lines(order)
    assert [(line.id, line.quantity) for line in lines] == [
        (line.id, line.scheduled) for line in order.lines if line.scheduled
    ]
    assert all(line.open_quantity == 0 for line in lines)
    is_open = any(line.open_quantity for line in order.lines)
    assert (modification_error(order) is None) is is_open
