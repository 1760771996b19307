"""Purchases whose shipping, tax and codes a merchant's own calculator says (R84, R85)."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.catalogue.products import Variant
from gateway.engine.checkout.outcomes import OutOfStock, PriceChanged
from gateway.engine.identity.one_click_offers import OneClickState
from gateway.engine.orders.order import Order
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.calculations import (
    ALL_PARTS,
    CalculationLine,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.user_errors import ErrorCode
from gateway.resolvers import offers
from gateway.resolvers.context import Context
from gateway.services.offer_prices import OfferPrice
from gateway.services.operation_calculator import MAX_CONCURRENT_CALLS
from tests.engine.purchases import USD, net_tax_gross, usd
from tests.services.checkout.test_interrupted_purchases import confirm
from tests.services.merchant_calculators import SimpleCalculator, with_calculator
from tests.services.test_promotions import load_pricing
from tests.shelves import CALIFORNIA, EBOOK, MUG, PRINT
from tests.store import Buyer, Store, create_ids, error_fields, reload_cart, require_order

T = TypeVar("T")
CALCULATED = (1300, 116, 1416)
"""A mug of 10.00 with 0.89 tax, and a drone of 3.00 with 0.27."""
BY_THE_TABLES = (1500, 73, 1573)
"""A mug of 10.00 with 7.25 %, and 5.00 of shipping."""
NO_CODES_ASKED = ALL_PARTS - {CalculationPart.CODES}


@pytest.fixture
def calculator() -> SimpleCalculator:
    return SimpleCalculator()


@pytest.fixture
def shop(store: Store, calculator: SimpleCalculator) -> Store:
    """The store of a merchant who has a calculator."""
    return with_calculator(store, calculator)


def figures(order: Order) -> tuple[object, ...]:
    """Total, who computed it, and what the calculator calls its answer."""
    kept = order.figures
    return net_tax_gross(order.total), kept.calculated_by, kept.calculation_reference


async def test_a_guest_pays_what_the_calculator_says(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R85: asked once, without name, street and city."""
    cart = await shop.create_cart([(MUG, 1)], CALIFORNIA)
    order = require_order(await shop.check_out_as_guest(cart))
    assert figures(order) == (CALCULATED, Calculator.MERCHANT, "calculation 1")
    assert (order.shipping_name, net_tax_gross(order.shipping_total)) == ("Drone", (300, 27, 327))
    assert await shop.list_charges() == [(1416, "HELD")]
    assert await shop.load_order(order.id) == order
    assert calculator.requests == [
        CalculationRequest(
            USD,
            NO_CODES_ASKED,
            (CalculationLine(cart.cart.lines[0].id or "1", "MUG", 1, 1000),),
            Destination("US", "CA", "94043"),
        )
    ]


async def test_without_an_answer_the_tables_hold_and_the_order_says_so(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84."""
    calculator.is_down = True
    order = require_order(await shop.check_out_as_guest(await shop.create_cart([(MUG, 1)])))
    assert figures(order) == (BY_THE_TABLES, Calculator.FALLBACK, None)
    assert await shop.list_charges() == [(1573, "HELD")]


@pytest.mark.parametrize("parts", [frozenset({CalculationPart.CODES}), frozenset()])
async def test_who_only_judges_codes_is_not_asked_without_one(
    shop: Store, calculator: SimpleCalculator, parts: frozenset[CalculationPart]
) -> None:
    """R88."""
    calculator.parts = parts
    order = require_order(await shop.check_out_as_guest(await shop.create_cart([(MUG, 1)])))
    assert figures(order) == (BY_THE_TABLES, Calculator.TABLE, None)
    assert calculator.requests == []


@pytest.mark.parametrize(("is_down", "dearer"), [(False, 1416), (True, 1573)])
async def test_what_is_dearer_than_expected_buys_nothing(
    shop: Store, calculator: SimpleCalculator, *, is_down: bool, dearer: int
) -> None:
    """R84, R92: also where only the tables are left to answer."""
    calculator.is_down = is_down
    cart = await shop.create_cart([(MUG, 1)])
    expected = Decimal(dearer - 1) / 100
    refusal = await shop.check_out_as_guest(cart, expected_total=expected)
    assert refusal == PriceChanged(usd(dearer - 1), usd(dearer))
    assert await shop.list_charges() == []
    cheaper = await shop.check_out_as_guest(cart, expected_total=Decimal(dearer) / 100)
    assert net_tax_gross(require_order(cheaper).total)[2] == dearer


async def test_a_purchaser_keeps_what_the_first_answer_was(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R22, R84: the same key asks nobody again, whatever the calculator would say now."""
    buyer = await shop.sign_in_buyer()
    cart, ids = await shop.create_cart([(MUG, 1)]), await create_ids(buyer)
    outcome = await buyer.check_out(cart, idempotency_key="k", **ids)
    calculator.rate = lambda _: "20"
    assert await buyer.check_out(cart, idempotency_key="k", **ids) == outcome
    assert figures(require_order(outcome)) == (CALCULATED, Calculator.MERCHANT, "calculation 1")
    assert len(calculator.requests) == 1


async def test_presses_at_once_are_one_purchase(shop: Store, calculator: SimpleCalculator) -> None:
    """R22, R84: each may ask, one decides, and no money is held twice."""
    calculator.rate = lambda _: str(len(calculator.requests))
    buyer = await shop.one_click_buyer()
    outcomes = await buyer.purchase_concurrently(4, "k")
    [order_id] = {require_order(outcome).id for outcome in outcomes}
    order = await shop.load_order(order_id)
    assert order.total.gross is not None
    assert await shop.list_charges() == [(order.total.gross.minor, "HELD")]


async def test_an_interrupted_purchase_is_ended_by_its_draft(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R129: the bank's answer comes later, and the calculator is not asked again."""
    buyer = await shop.one_click_buyer("sim_3ds")
    waiting = await buyer.purchase(MUG, key="k")
    calculator.rate = lambda _: "20"
    await confirm(shop, waiting)
    order = require_order(await buyer.purchase(MUG, key="k"))
    assert figures(order) == (CALCULATED, Calculator.MERCHANT, "calculation 1")
    assert len(calculator.requests) == 1


# -- codes


async def create_cart_with(shop: Store, *codes: str) -> PricedCart:
    """A cart of a mug with these codes, whoever knows them."""
    priced_cart = await shop.create_cart([(MUG, 1)])
    cart = replace(priced_cart.cart, codes=codes, version=priced_cart.version + 1)
    async with shop.database.begin() as work:
        await work.carts.save(cart, shop.clock.now())
    return await reload_cart(shop, priced_cart)


async def test_a_code_is_the_calculators(shop: Store, calculator: SimpleCalculator) -> None:
    """R84: 10.00 less 2.00 and a drone of 3.00, with the taxes that were answered; one call."""
    calculator.codes = {"VIP": 200}
    cart = await create_cart_with(shop, "VIP", "SAVE10")
    order = require_order(await shop.check_out_as_guest(cart))
    assert figures(order) == ((1100, 116, 1216), Calculator.MERCHANT, "calculation 1")
    assert order.terms is not None
    assert order.terms.codes == ("VIP",)
    # R84: codes of the tables do not exist beside the calculator's.
    assert [request.codes for request in calculator.requests] == [("VIP", "SAVE10")]


async def test_a_code_that_nobody_can_check_makes_it_dearer_than_agreed(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R92."""
    calculator.codes, calculator.is_down = {"VIP": 200}, True
    cart = await create_cart_with(shop, "VIP")
    refusal = await shop.check_out_as_guest(cart, expected_total=Decimal("12.16"))
    cause = "VIP: The shop cannot check this code now. Try again later."
    assert refusal == PriceChanged(usd(1216), usd(1573), causes=(cause,))
    assert await shop.list_charges() == []


async def test_how_often_a_code_is_used_is_the_calculators_business(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84: the tables have a code of that name for one use."""
    calculator.codes = {"ONCE": 100}
    for _ in range(2):
        order = require_order(await shop.check_out_as_guest(await create_cart_with(shop, "ONCE")))
        assert net_tax_gross(order.total) == (1200, 116, 1316)


async def test_stored_value_stays_ours(shop: Store, calculator: SimpleCalculator) -> None:
    """R82, R84: the calculator is not told of it."""
    cart = await shop.create_cart([(MUG, 1)], CALIFORNIA, ["STORED25"])
    order = require_order(await shop.check_out_as_guest(cart))
    assert (figures(order)[0], order.due) == (CALCULATED, usd(0))
    assert await shop.stored_value_balance("STORED25") == 2500 - 1416
    assert [request.codes for request in calculator.requests] == [()]


# -- what cannot be bought


async def test_where_nothing_ships_nothing_is_bought(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84: the tables' ways to ship are none beside the calculator's."""
    calculator.ways = lambda _: ()
    refusal = await shop.check_out_as_guest(await shop.create_cart([(MUG, 1)]))
    assert error_fields(refusal) == [(ErrorCode.ADDRESS_INSUFFICIENT, None)]
    downloads = await shop.create_cart([(EBOOK, 1)])
    order = require_order(await shop.check_out_as_guest(downloads))
    # 9.99 with 0.89.
    assert figures(order)[0] == (999, 89, 1088)


async def test_what_is_sold_out_is_not_asked_about(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R88: by a cart, by a click, or on a button; nor is an empty cart."""
    cart = await shop.create_cart([(PRINT, 4)], CALIFORNIA)
    assert await shop.check_out_as_guest(cart) == OutOfStock(PRINT.id, 3)
    buyer = await shop.one_click_buyer()
    assert await buyer.purchase(PRINT, 4) == OutOfStock(PRINT.id, 3)
    assert await (await load_pricing(buyer)).calculate(PRINT, 4) is None
    empty_cart = await shop.create_cart([], CALIFORNIA)
    refusal = await shop.check_out_as_guest(empty_cart)
    assert error_fields(refusal) == [(ErrorCode.INVALID_INPUT, ("input", "cartId"))]
    assert calculator.requests == []


async def test_what_is_sold_out_while_the_calculator_thinks_is_not_bought(
    shop: Store, calculator: SimpleCalculator
) -> None:
    cart = await shop.create_cart([(PRINT, 3)])
    other_cart = await shop.create_cart([(PRINT, 1)])
    without_calculator = shop.with_dependencies(calculator=None)

    async def sell_one() -> None:
        calculator.before_answer = None
        require_order(await without_calculator.check_out_as_guest(other_cart))

    calculator.before_answer = sell_one
    assert await shop.check_out_as_guest(cart) == OutOfStock(PRINT.id, 2)


# -- offers


async def await_value(value: T | Awaitable[T]) -> T:
    return await value if isinstance(value, Awaitable) else value


async def read_offer(buyer: Buyer, variant: Variant, quantity: int = 1) -> OfferPrice:
    price = await (await load_pricing(buyer)).calculate(variant, quantity)
    assert price is not None
    return price


async def test_a_button_says_what_its_click_will_cost(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R114: alone, and as part of an order."""
    buyer = await shop.one_click_buyer()
    for variant, total in ((MUG, CALCULATED), (MUG, (1000, 89, 1089)), (EBOOK, (999, 89, 1088))):
        price = await read_offer(buyer, variant)
        assert (net_tax_gross(price.added), price.due) == (total, usd(total[2]))
        calls = len(calculator.requests)
        outcome = await buyer.purchase(variant, expected=str(usd(total[2]).amount))
        require_order(outcome)
        assert len(calculator.requests) - calls == (1 if total == CALCULATED else 2)
    amounts = [amount for amount, _ in await shop.list_charges()]
    assert amounts == sorted([1416, 1089, 1088])


async def test_offers_of_a_list_are_asked_for_at_once_and_not_all(
    shop: Store, calculator: SimpleCalculator
) -> None:
    """R84, R88, R114: none before it is selected, each once, a bounded number at a time."""
    buyer = await shop.one_click_buyer()
    context = Context(buyer.dependencies, buyer.caller, None)  # type: ignore[arg-type]
    info: Any = type("Info", (), {"context": context})
    offer = await await_value(offers.one_click(MUG, info))
    assert (offer.state, calculator.requests) == (OneClickState.READY, [])
    quantities = [*range(1, 41), 1]
    totals = await asyncio.gather(
        *(await_value(offers.due(offer, info, count)) for count in quantities)
    )
    # Mugs of 10.00 with 8.875 % of all of them, and the drone.
    assert [due.minor for due in totals if due is not None] == [
        1000 * count + (8875 * count + 50) // 100 + 327 for count in quantities
    ]
    assert len(calculator.requests) == 40
    assert calculator.most_under_way == MAX_CONCURRENT_CALLS
