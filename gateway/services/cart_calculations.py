"""What the merchant's calculator says of stored carts, asked before a transaction changes them."""

from collections.abc import Callable
from typing import TypeAlias

from gateway.engine.carts import Cart
from gateway.engine.pricing.calculations import (
    BY_TABLE,
    CalculationOutcome,
    CalculationPart,
)
from gateway.services.calculations import calculate
from gateway.services.cart_access import can_access
from gateway.services.carts import load_pricing_context, with_current_destination
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller

CartChange: TypeAlias = Callable[[Cart], Cart]
"""What becomes of a cart."""


async def calculate_change(
    cart_id: str,
    change: CartChange,
    parts: frozenset[CalculationPart],
    *,
    caller: Caller,
    dependencies: Dependencies,
) -> CalculationOutcome:
    """What the calculator says of ``parts`` of the cart as ``change`` leaves it.

    BY_TABLE without a calculator, and for a cart that ``caller`` cannot change.
    """
    calculator = dependencies.calculator
    if calculator is None:
        return BY_TABLE
    async with dependencies.database.read() as reading:
        cart = await reading.carts.find(cart_id)
        if cart is None or not can_access(cart, caller) or not cart.is_editable:
            return BY_TABLE
        cart = with_current_destination(change(cart), dependencies)
        context = await load_pricing_context(cart, reading, dependencies)
    return await calculate(cart, context, parts, calculator)


def judges_codes(dependencies: Dependencies) -> bool:
    """Whether the merchant's calculator says which codes there are."""
    calculator = dependencies.calculator
    return calculator is not None and CalculationPart.CODES in calculator.parts
