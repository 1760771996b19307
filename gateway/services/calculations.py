"""Purchases by the merchant's own calculator: asked before pricing, outside all transactions."""

from collections.abc import Mapping
from dataclasses import replace

from gateway.engine.carts import Cart, PricingContext, build_purchase
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.calculated_purchase import build_request
from gateway.engine.pricing.calculations import (
    BY_FALLBACK,
    BY_TABLE,
    Calculation,
    CalculationOutcome,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.pricing.discount_codes import normalize_code
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.pricing.runs import StrategyFailed
from gateway.services.ports.calculators import CalculatorUnavailable, MerchantCalculator

NO_CODES = CalculationOutcome(Calculator.MERCHANT, Calculation(codes=()))
"""The calculator judges the codes: none of the tables applies."""
_NEED_PLACE = frozenset({CalculationPart.SHIPPING, CalculationPart.TAX})


async def calculate_cart(
    cart: PricedCart, parts: frozenset[CalculationPart], calculator: MerchantCalculator | None
) -> PricedCart:
    """``cart``, which the tables price, with ``parts`` of it by ``calculator``.

    What only the tables compute, and a cart that needs nothing of the calculator, stays as it is.
    """
    if calculator is None:
        return cart
    return with_outcome(cart, await calculate(cart.cart, cart.context, parts, calculator))


def with_outcome(cart: PricedCart, outcome: CalculationOutcome) -> PricedCart:
    """``cart``, which the tables price, as ``outcome`` says; its notices stay."""
    if outcome == BY_TABLE:
        return cart
    context = replace(cart.context, calculated=outcome)
    calculated_cart = cart.with_cart(cart.cart, build_purchase(cart.cart, context))
    return calculated_cart.with_warnings(cart.code_warnings)


async def calculate(
    cart: Cart,
    context: PricingContext,
    parts: frozenset[CalculationPart],
    calculator: MerchantCalculator | None,
) -> CalculationOutcome:
    """What ``calculator`` says of ``parts`` of ``cart``, priced in ``context`` by the tables."""
    if calculator is None:
        return BY_TABLE
    codes = _judged_codes(cart, context) if CalculationPart.CODES in calculator.parts else ()
    asked = parts & calculator.parts
    if cart.destination is None:
        asked -= _NEED_PLACE
    if not codes:
        asked -= {CalculationPart.CODES}
    if not asked:
        return BY_TABLE
    declared_context = replace(context, calculated=NO_CODES) if codes else context
    declared = PricedCart(cart, build_purchase(cart, declared_context))
    skus = {variant.id: variant.sku or "" for variant in context.variants.values()}
    return await ask(declared, asked, skus, calculator, tax_id=cart.customer.tax_id, codes=codes)


async def ask(
    declared: PricedPurchase,
    parts: frozenset[CalculationPart],
    skus: Mapping[str, str],
    calculator: MerchantCalculator,
    *,
    tax_id: str | None = None,
    codes: tuple[str, ...] = (),
    order_number: str | None = None,
) -> CalculationOutcome:
    """What ``calculator`` says of ``parts`` of ``declared``, a purchase that the tables price.

    ``order_number`` is that of an order that changes or is joined.
    """
    try:
        request = build_request(
            declared, parts, skus, tax_id=tax_id, codes=codes, order_number=order_number
        )
    except StrategyFailed:
        return BY_FALLBACK
    if not request.lines:
        request = replace(request, parts=request.parts & {CalculationPart.CODES}, shipping=())
    if not request.parts:
        return BY_TABLE
    return await _call(request, calculator)


async def _call(request: CalculationRequest, calculator: MerchantCalculator) -> CalculationOutcome:
    try:
        calculation = await calculator.calculate(request)
    except CalculatorUnavailable:
        return BY_FALLBACK
    return CalculationOutcome(Calculator.MERCHANT, calculation)


def _judged_codes(cart: Cart, context: PricingContext) -> tuple[str, ...]:
    """The codes of ``cart`` that are not stored value, which the gateway keeps itself."""
    stored_keys = {normalize_code(stored.code) for stored in context.stored_values}
    return tuple(code for code in cart.codes if normalize_code(code) not in stored_keys)
