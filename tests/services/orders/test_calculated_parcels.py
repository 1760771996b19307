"""Orders of which something has left are changed by the answers of the merchant's calculator."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.payments import PaymentStage
from gateway.engine.pricing.calculations import CalculatedShipping
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.user_errors import ErrorCode
from gateway.services.orders.order_money import order_money
from gateway.services.outcomes import Outcome
from tests.engine.purchases import net_tax_gross
from tests.services.merchant_calculators import SimpleCalculator, with_calculator
from tests.services.orders.changing import cancel, error_rows, gross, order_after
from tests.services.orders.histories import find_violations
from tests.services.orders.parcels import dispatch, list_parcels
from tests.services.orders.test_changes import split_order
from tests.store import Store

pytestmark = pytest.mark.usefixtures("short_patience")


async def cancel_what_is_open(
    store: Store, calculator: SimpleCalculator, *, is_dispatched: bool = True
) -> tuple[Order, Outcome[Order]]:
    """An order of desks at 90.00 of which one is in a parcel, and what cancelling the rest does.

    When the parcel leaves, 101.52 is captured: the desk with 6.52 of its tax, and 5.00 shipping.
    """
    buyer, order = await split_order(store)
    if is_dispatched:
        for parcel in await list_parcels(store, order):
            assert (await dispatch(store, parcel)).value is not None
    asking_buyer = replace(buyer, store=with_calculator(store, calculator))
    return await store.load_order(order.id), await cancel(asking_buyer, order)


def ship_for(minor: int) -> tuple[CalculatedShipping, ...]:
    return (CalculatedShipping("drone", "Drone", minor),)


@pytest.mark.parametrize("minor", [100, 500, 600])
async def test_shipping_costs_what_it_did_once_something_has_left(store: Store, minor: int) -> None:
    """R84, R120: the first parcel has paid all of it, and nobody agreed to more."""
    calculator = SimpleCalculator(rate=lambda _: "7.25", ways=lambda _: ship_for(minor))
    _, outcome = await cancel_what_is_open(store, calculator)
    left = order_after(outcome)
    # 90.00 with 6.53 tax; shipping of 5.00 as it was, untaxed.
    assert (gross(left), left.status) == (10153, OrderStatus.SHIPPED)
    assert net_tax_gross(left.shipping_total) == (500, 0, 500)
    assert left.figures.calculated_by is Calculator.MERCHANT
    # What the parcel did not capture of that follows, and nothing stays held.
    store.clock.advance(timedelta(minutes=5))
    await store.work_until_idle()
    async with store.database.read() as reading:
        money = order_money(left, await reading.order_payments.list_for(left.id))
    assert (money.captured, money.held_amount, money.stage) == (10153, 0, PaymentStage.CAPTURED)
    assert await find_violations(store) == []


async def test_before_that_it_costs_what_the_calculator_says(store: Store) -> None:
    """R84, R120."""
    calculator = SimpleCalculator(rate=lambda _: "7.25", ways=lambda _: ship_for(100))
    _, outcome = await cancel_what_is_open(store, calculator, is_dispatched=False)
    # 90.00 with 6.53 tax, 1.00 with 0.07.
    assert gross(order_after(outcome)) == 9653 + 107


async def test_less_than_was_captured_is_refused(store: Store) -> None:
    """R84, R126: a calculator that says less of what has left takes nobody's money."""
    order, refused = await cancel_what_is_open(store, SimpleCalculator(rate=lambda _: "0"))
    assert error_rows(refused) == [
        (
            ErrorCode.NOT_MODIFIABLE,
            "input.orderId",
            "101.52 USD of it is captured, more than the 95.00 USD that would be due.",
        )
    ]
    assert refused.value == await store.load_order(order.id) == order
