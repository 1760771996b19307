"""Orders are changed by the answers of the merchant's calculator, asked before the transaction."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.pricing.calculations import (
    CalculatedShipping,
    CalculationLine,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.pricing.purchase_details import Calculator, TaxCustomer
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.engine.user_errors import ErrorCode
from gateway.services import provider_waits
from gateway.services.orders.delivery_details import load_delivery, save_delivery
from gateway.services.orders.order_edits import AddressEdit, LineEdit
from tests.services.merchant_calculators import SimpleCalculator, with_calculator
from tests.services.orders.changing import (
    MUCH,
    assert_consistent,
    cancel,
    change,
    error_rows,
    gross,
    move,
    order_after,
    set_quantity,
)
from tests.services.orders.test_changes import split_order
from tests.shelves import CALIFORNIA, MUG, OFFICE, PRINT
from tests.store import STAFF, Buyer, Store, create_ids, require_order

pytestmark = pytest.mark.usefixtures("short_patience")
SHIPPING, TAX = CalculationPart.SHIPPING, CalculationPart.TAX


async def buy(store: Store, calculator: SimpleCalculator, quantity: int = 1) -> tuple[Buyer, Order]:
    """An order of mugs by the tables, and its buyer, whose changes ``calculator`` is asked of."""
    buyer = await store.one_click_buyer()
    order = require_order(await buyer.purchase(MUG, quantity))
    return replace(buyer, store=with_calculator(store, calculator)), order


async def check_out(
    store: Store, calculator: SimpleCalculator, *codes: str, quantity: int = 2
) -> tuple[Buyer, Order]:
    """The same of a cart with codes, its buyer signed in."""
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, quantity)], CALIFORNIA, codes)
    order = require_order(await buyer.check_out(cart, **await create_ids(buyer)))
    return replace(buyer, store=with_calculator(store, calculator)), order


def source(order: Order) -> tuple[Calculator, str | None]:
    """Who computed the order, and the calculator's word for it."""
    return order.figures.calculated_by, order.figures.calculation_reference


# -- what is asked, and what becomes of it


async def test_a_dearer_change_costs_what_the_calculator_says(store: Store) -> None:
    """R84, R120: an order of the tables is asked about, too; R85: by no more than its place."""
    calculator = SimpleCalculator()
    buyer, order = await buy(store, calculator)
    raised = order_after(await set_quantity(buyer, order, 3, "35.93"))
    assert calculator.requests == [
        CalculationRequest(
            order.currency,
            frozenset({SHIPPING, TAX}),
            (CalculationLine(order.lines[0].id, "MUG", 3, 3000),),
            Destination("US", "CA", "94043"),
            order_number=order.number,
        )
    ]
    # 30.00 and 3.00 by drone, with 2.66 and 0.27 tax.
    assert (gross(order), gross(raised)) == (1573, 3593)
    assert source(order) == (Calculator.TABLE, None)
    assert source(raised) == (Calculator.MERCHANT, "calculation 1")
    assert raised.shipping_name == "Drone"
    assert raised.lines[0].item.stated_taxes is None
    assert await store.list_charges() == [(1573, "HELD"), (3593 - 1573, "HELD")]
    assert await store.load_order(order.id) == raised
    assert_consistent(raised)


async def test_a_cheaper_change_is_asked_and_charges_nothing(store: Store) -> None:
    """R84, R120."""
    calculator = SimpleCalculator()
    buyer, order = await buy(store, calculator, 3)
    less = order_after(await set_quantity(buyer, order, 1, None))
    assert (gross(less), source(less)) == (1416, (Calculator.MERCHANT, "calculation 1"))
    assert await store.list_charges() == [(3718, "HELD")]
    assert len(calculator.requests) == 1


async def test_a_dry_run_tells_what_the_calculator_says(store: Store) -> None:
    """R84, R120: and changes nothing."""
    calculator = SimpleCalculator()
    buyer, order = await buy(store, calculator)
    edit = LineEdit(order.lines[0].id, 3)
    told = order_after(await change(buyer.store, order, edit, buyer.caller, dry_run=True))
    assert (gross(told), source(told)) == (3593, (Calculator.MERCHANT, "calculation 1"))
    assert await store.load_order(order.id) == order
    assert await store.list_charges() == [(1573, "HELD")]


async def test_the_guard_is_of_the_calculators_price(store: Store) -> None:
    """R84, R120: what would cost more than was expected, or than now, changes nothing."""
    calculator = SimpleCalculator(rate=lambda _: "20")
    buyer, order = await buy(store, calculator)
    refused = await set_quantity(buyer, order, 1, None)
    # 10.00 and 3.00 with 20 % tax are less than the 15.73 that the tables came to.
    assert gross(order_after(refused)) == 1560
    above = await set_quantity(buyer, order, 2, "27.59")
    assert error_rows(above) == [
        (
            ErrorCode.PRICE_CHANGED,
            "input.expectedTotal",
            "The order would cost 27.60 USD, more than 27.59 USD expected.",
        )
    ]
    assert above.value == await store.load_order(order.id)
    assert gross(order_after(await set_quantity(buyer, order, 2, "27.60"))) == 2760


async def test_without_a_valid_answer_the_tables_hold(store: Store) -> None:
    """R84: and the order says so."""
    calculator = SimpleCalculator()
    buyer, order = await buy(store, calculator)
    calculated = order_after(await set_quantity(buyer, order, 2))
    assert (gross(calculated), calculated.figures.calculated_by) == (2505, Calculator.MERCHANT)
    calculator.is_down = True
    raised = order_after(await set_quantity(buyer, order, 3))
    assert (gross(raised), source(raised)) == (3718, (Calculator.FALLBACK, None))
    assert raised.shipping_name == "Slow"
    assert len(calculator.requests) == 2


async def test_an_answer_that_never_comes_is_no_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R84: clients are answered in time, whatever the calculator does."""

    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    calculator = SimpleCalculator(before_answer=wait_for_ever)
    buyer, order = await buy(store, calculator, 3)
    monkeypatch.setattr(provider_waits, "MAX_ANSWER_WAIT", timedelta(milliseconds=50))
    less = order_after(await set_quantity(buyer, order, 1))
    assert (gross(less), source(less)) == (1573, (Calculator.FALLBACK, None))


async def test_another_address_is_asked_about_where_it_is(store: Store) -> None:
    """R84, R120."""
    calculator = SimpleCalculator(
        rate=lambda request: "10" if request.destination == OFFICE_PLACE else "20"
    )
    buyer, order = await check_out(store, calculator)
    office = await buyer.save_address(OFFICE, "office")
    moved = order_after(await move(buyer, order, office.id))
    # 20.00 and 3.00 with 10 %.
    assert (gross(order), gross(moved)) == (2645, 2530)
    assert source(moved) == (Calculator.MERCHANT, "calculation 1")
    assert [request.destination for request in calculator.requests] == [OFFICE_PLACE]


OFFICE_PLACE = Destination("US", "NY", "10001")


async def test_guests_orders_are_asked_about_likewise(store: Store) -> None:
    """R84, R120, R121."""
    calculator = SimpleCalculator()
    order = require_order(await store.check_out_as_guest(await store.create_cart([(MUG, 2)])))
    asking_store = with_calculator(store, calculator)
    moved = order_after(await change(asking_store, order, AddressEdit(None, OFFICE), STAFF, MUCH))
    assert (gross(moved), source(moved)) == (2505, (Calculator.MERCHANT, "calculation 1"))
    assert calculator.requests[0].destination == OFFICE_PLACE
    assert "Lovelace" not in repr(calculator.requests)
    assert "Penn" not in repr(calculator.requests)


async def test_it_learns_as_whom_the_buyer_is_taxed(store: Store) -> None:
    """R84: the kind of customer and their tax id."""
    calculator = SimpleCalculator()
    buyer, order = await check_out(store, calculator)
    async with store.database.begin() as work:
        delivery = await load_delivery(order.id, work, store.dependencies)
        assert delivery is not None
        customer = TaxCustomer(CustomerKind.CONSUMER, "ATU12345675", id_country="AT")
        await save_delivery(
            order.id, replace(delivery, customer=customer), work, store.dependencies
        )
    order_after(await set_quantity(buyer, order, 1))
    [request] = calculator.requests
    assert (request.customer, request.tax_id) == (CustomerKind.CONSUMER, "ATU12345675")


async def test_the_calculator_judges_the_codes_of_an_order(store: Store) -> None:
    """R84: none of the tables applies; what it is sent costs what it does without them."""
    calculator = SimpleCalculator(codes={"SAVE10": 150})
    buyer, order = await check_out(store, calculator, "SAVE10")
    more = order_after(await set_quantity(buyer, order, 3))
    [request] = calculator.requests
    assert (request.codes, request.lines[0].minor) == (("SAVE10",), 3000)
    # The tax that was stated is of what was sent: 2.66 and 0.27.
    assert gross(more) == 3000 - 150 + 300 + 266 + 27
    calculator.codes = {}
    same = order_after(await set_quantity(buyer, order, 3))
    assert (gross(same), same.terms) == (3593, more.terms)


async def test_a_code_that_can_be_used_once_still_holds_for_its_order(store: Store) -> None:
    """R84: every question about an order that changes says which it is."""
    calculator = SimpleCalculator(codes={"SAVE10": 150})
    buyer, order = await check_out(store, calculator, "SAVE10")
    calculator.order_numbers = {"SAVE10": order.number}
    office = await buyer.save_address(OFFICE, "office")
    more = order_after(await set_quantity(buyer, order, 3))
    moved = order_after(await move(buyer, more, office.id))
    assert [gross(more), gross(moved)] == [3593 - 150, 3593 - 150]
    assert [request.order_number for request in calculator.requests] == [order.number] * 2


async def test_what_it_does_not_answer_the_tables_do(store: Store) -> None:
    """R84: one for taxes alone is told how the tables ship; their codes apply."""
    calculator = SimpleCalculator(parts=frozenset({TAX}))
    buyer, order = await check_out(store, calculator, "SAVE10")
    more = order_after(await set_quantity(buyer, order, 3))
    [request] = calculator.requests
    assert (request.parts, request.codes) == (frozenset({TAX}), ())
    assert request.shipping == (
        CalculatedShipping("slow", "Slow", 500),
        CalculatedShipping("fast", "Fast", 1500),
    )
    # 27.00 with 2.40 tax, and 5.00 with 0.44.
    assert (request.lines[0].minor, gross(more)) == (2700, 2700 + 240 + 500 + 44)


async def test_stored_value_stays_the_shops_own(store: Store) -> None:
    """R84: it pays what the calculator's price comes to."""
    calculator = SimpleCalculator()
    buyer, order = await check_out(store, calculator, "STORED25")
    less = order_after(await set_quantity(buyer, order, 1, None))
    assert less.terms is not None
    assert less.due is not None
    assert (less.terms.stored_value, less.due.minor) == (1416, 0)
    assert await store.stored_value_balance("STORED25") == 2500 - 1416
    more = order_after(await set_quantity(buyer, order, 2))
    assert more.due is not None
    assert more.due.minor == 2505 - 1416
    assert calculator.requests[0].codes == ()


# -- what is not asked


async def test_cancelling_asks_of_what_stays_alone(store: Store) -> None:
    """R84, R88: nothing is asked where nothing stays."""
    calculator = SimpleCalculator(is_down=True)
    buyer, order = await buy(store, calculator)
    assert order_after(await cancel(buyer, order)).status is OrderStatus.CANCELLED
    assert calculator.requests == []
    calculator.is_down = False
    buyer, order = await split_order(store)
    scheduled = order.lines[0].scheduled
    left = order_after(
        await cancel(replace(buyer, store=with_calculator(store, calculator)), order)
    )
    assert [request.lines for request in calculator.requests] == [
        (CalculationLine(order.lines[0].id, "DESK", scheduled, 9000 * scheduled),)
    ]
    assert source(left) == (Calculator.MERCHANT, "calculation 1")


async def test_what_is_refused_asks_nothing(store: Store) -> None:
    """R84, R88."""
    calculator = SimpleCalculator()
    buyer, order = await buy(store, calculator)
    line_id = order.lines[0].id
    refusals = [
        await change(buyer.store, order, edit, caller, expected)
        for edit, caller, expected in (
            (LineEdit("orl_of_another", 1), buyer.caller, MUCH),
            (LineEdit(line_id, -1), buyer.caller, MUCH),
            (LineEdit(line_id, 2), buyer.caller, "0.001"),
            (AddressEdit("adr_of_another"), STAFF, MUCH),
            (AddressEdit("adr_1"), buyer.caller, MUCH),
            (LineEdit(line_id, 2), await store.authenticate(), MUCH),
        )
    ]
    assert [[row[0] for row in error_rows(refusal)] for refusal in refusals] == [
        [ErrorCode.NOT_FOUND],
        [ErrorCode.INVALID_INPUT],
        [ErrorCode.INVALID_INPUT],
        [ErrorCode.NOT_FOUND],
        [ErrorCode.REAUTHENTICATION_REQUIRED],
        [ErrorCode.NOT_FOUND],
    ]
    assert calculator.requests == []
    assert await store.load_order(order.id) == order


async def test_the_same_key_asks_once(store: Store) -> None:
    """R84, R120: what was stored holds, whatever the calculator would say now."""
    calculator = SimpleCalculator()
    buyer, order = await buy(store, calculator)
    edit = LineEdit(order.lines[0].id, 2)
    raised = order_after(await change(buyer.store, order, edit, buyer.caller, "99", key="raise"))
    calculator.rate = lambda _: "50"
    again = order_after(await change(buyer.store, order, edit, buyer.caller, "99", key="raise"))
    assert (again, len(calculator.requests)) == (raised, 1)
    assert await store.list_charges() == [(2505 - 1573, "HELD"), (1573, "HELD")]


# -- races


async def test_the_same_key_at_once_changes_once(store: Store) -> None:
    """R84, R120."""
    calculator = SimpleCalculator()
    buyer, order = await buy(store, calculator)
    edit = LineEdit(order.lines[0].id, 2)
    outcomes = await asyncio.gather(
        *(change(buyer.store, order, edit, buyer.caller, "99", key="raise") for _ in range(3))
    )
    assert [gross(order_after(outcome)) for outcome in outcomes] == [2505] * 3
    assert await store.list_charges() == [(2505 - 1573, "HELD"), (1573, "HELD")]


async def test_an_order_that_changes_meanwhile_is_asked_about_again(store: Store) -> None:
    """R84: an answer is never of an order as it was."""
    calculator = SimpleCalculator()
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, 1), (PRINT, 1)], CALIFORNIA)
    order = require_order(await buyer.check_out(cart, **await create_ids(buyer)))
    asking_buyer = replace(buyer, store=with_calculator(store, calculator))

    async def remove_the_print() -> None:
        calculator.before_answer = None
        order_after(await set_quantity(buyer, order, 0, line=1))

    calculator.before_answer = remove_the_print
    raised = order_after(await set_quantity(asking_buyer, order, 3))
    assert [[line.sku for line in request.lines] for request in calculator.requests] == [
        ["MUG", "PRINT"], ["MUG"],
    ]  # fmt: skip
    assert (gross(raised), source(raised)) == (3593, (Calculator.MERCHANT, "calculation 2"))
    assert await store.available_stock(PRINT) == 3


async def test_an_answer_holds_while_what_was_asked_is_the_same(store: Store) -> None:
    """R84: an order that only moved on in its log is asked about once."""
    calculator = SimpleCalculator()
    buyer, order = await buy(store, calculator)

    async def touch() -> None:
        calculator.before_answer = None
        order_after(await set_quantity(replace(buyer, store=store), order, 1))

    calculator.before_answer = touch
    raised = order_after(await set_quantity(buyer, order, 3))
    assert raised.version == order.version + 2
    assert (gross(raised), len(calculator.requests)) == (3593, 1)


async def test_an_order_that_never_stands_still_is_refused(store: Store) -> None:
    """R84: after five times, with nothing changed by it."""
    calculator = SimpleCalculator()
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, 1), (PRINT, 1)], CALIFORNIA)
    order = require_order(await buyer.check_out(cart, **await create_ids(buyer)))
    asking_buyer = replace(buyer, store=with_calculator(store, calculator))

    async def change_the_mugs() -> None:
        current = await store.load_order(order.id)
        order_after(await set_quantity(buyer, order, current.lines[0].quantity + 1))

    calculator.before_answer = change_the_mugs
    refused = await set_quantity(asking_buyer, order, 2, line=1)
    assert [row[0] for row in error_rows(refused)] == [ErrorCode.VERSION_CONFLICT]
    assert [request.lines[0].quantity for request in calculator.requests] == [1, 2, 3, 4, 5]
    assert [line.quantity for line in (await store.load_order(order.id)).lines] == [6, 1]
    assert await store.available_stock(PRINT) == 2


async def test_changes_at_once_each_cost_what_was_said_of_them(store: Store) -> None:
    """R84, R120: the last one counts, and what is held pays it."""
    calculator = SimpleCalculator()
    buyer, order = await buy(store, calculator)
    for outcome in await asyncio.gather(*(set_quantity(buyer, order, count) for count in (2, 3))):
        order_after(outcome)
    after = await store.load_order(order.id)
    assert gross(after) == {2: 2505, 3: 3593}[after.lines[0].quantity]
    assert_consistent(after)
    held = [amount for amount, status in await store.list_charges() if status == "HELD"]
    assert sum(held) >= gross(after)
    assert await store.count_changes() == 0


async def test_a_declined_charge_leaves_the_order_as_it_was(store: Store) -> None:
    """R84, R120."""
    calculator = SimpleCalculator()
    buyer = await store.one_click_buyer("sim_raise_refused")
    order = require_order(await buyer.purchase(MUG, 1))
    asking_buyer = replace(buyer, store=with_calculator(store, calculator))
    refused = await set_quantity(asking_buyer, order, 3)
    assert [row[0] for row in error_rows(refused)] == [ErrorCode.PAYMENT_DECLINED]
    assert refused.value == await store.load_order(order.id) == order
    assert len(calculator.requests) == 1
