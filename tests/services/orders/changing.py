"""Changes of orders as tests ask for them, and what must hold after any of them."""

from decimal import Decimal

from gateway.engine.catalogue.products import Variant
from gateway.engine.orders.order import Order
from gateway.engine.user_errors import ErrorCode
from gateway.services.identity.callers import Caller
from gateway.services.orders import changes
from gateway.services.orders.change_requests import ChangeOptions
from gateway.services.orders.order_edits import AddressEdit, CancelEdit, LineEdit, OrderEdit
from gateway.services.outcomes import Outcome
from tests.shelves import PRINT
from tests.store import Buyer, Store

MUCH = "100000"
ErrorRow = tuple[ErrorCode, str | None, str]


async def change(
    store: Store,
    order: Order,
    edit: OrderEdit,
    caller: Caller,
    expected: str | None = None,
    *,
    key: str | None = None,
    dry_run: bool = False,
) -> Outcome[Order]:
    options = ChangeOptions(None if expected is None else Decimal(expected), dry_run, key)
    return await changes.change_order(
        order.id, edit, options, caller=caller, dependencies=store.dependencies
    )


async def set_quantity(
    buyer: Buyer, order: Order, quantity: int, expected: str | None = MUCH, line: int = 0
) -> Outcome[Order]:
    edit = LineEdit(order.lines[line].id, quantity)
    return await change(buyer.store, order, edit, buyer.caller, expected)


async def cancel(buyer: Buyer, order: Order) -> Outcome[Order]:
    return await change(buyer.store, order, CancelEdit(), buyer.caller)


async def move(
    buyer: Buyer, order: Order, address_id: str, expected: str | None = MUCH
) -> Outcome[Order]:
    return await change(buyer.store, order, AddressEdit(address_id), buyer.caller, expected)


def order_after(outcome: Outcome[Order]) -> Order:
    """The order that a change came to."""
    assert outcome.value is not None, outcome
    assert outcome.user_errors == ()
    return outcome.value


def error_rows(outcome: Outcome[Order]) -> list[ErrorRow]:
    """Codes, paths and sentences of a refusal."""
    return [
        (error.code, ".".join(error.field) if error.field else None, error.message)
        for error in outcome.user_errors
    ]


def gross(order: Order) -> int:
    assert order.total.gross is not None
    return order.total.gross.minor


def assert_consistent(order: Order) -> None:
    """The figures of the lines sum to those of the order, in their order."""
    assert [item.line_id for item in order.items] == [line.id for line in order.lines]
    assert [item.quantity for item in order.items] == [line.quantity for line in order.lines]
    item_totals = [item.total.gross for item in order.items]
    shipping = order.shipping_total.gross
    assert shipping is not None
    assert sum(total.minor for total in item_totals if total) + shipping.minor == gross(order)


async def free_and_reserved(store: Store, orders: list[Order], variant: Variant = PRINT) -> int:
    """How many of a variant are there, with those that ``orders`` have reserved."""
    available = await store.available_stock(variant)
    assert available is not None
    reserved = sum(
        dict(order.demand).get(variant.id, 0)
        for order in [await store.load_order(order.id) for order in orders]
        if order.status.value != "CANCELLED"
    )
    return available + reserved
