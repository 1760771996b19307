"""What the merchant's calculator says of the lines of an order, as it is or is to be."""

from collections.abc import Iterable, Mapping, Sequence

from gateway.engine.addresses.address import Destination
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order
from gateway.engine.orders.repricing import order_terms, price_order_lines
from gateway.engine.pricing.calculations import BY_TABLE, CalculationOutcome, CalculationPart
from gateway.engine.rulebook.rulebook import Market
from gateway.services.calculations import NO_CODES, ask
from gateway.services.ports.calculators import MerchantCalculator
from gateway.services.ports.database import ReadSession


async def load_skus(lines: Iterable[OrderLine], reading: ReadSession) -> Mapping[str, str]:
    """The SKUs of the variants of ``lines`` that are still kept, by the variants' ids."""
    variants = await reading.catalogue.load_variants(sorted({line.variant_id for line in lines}))
    return {variant.id: variant.sku or "" for variant in variants.values()}


async def calculate_order(
    order: Order,
    lines: Sequence[OrderLine],
    *,
    destination: Destination,
    market: Market,
    skus: Mapping[str, str],
    calculator: MerchantCalculator | None,
    tax_id: str | None = None,
) -> CalculationOutcome:
    """What ``calculator`` says of ``order`` with ``lines``, under its terms.

    It must not be awaited inside a transaction or a read session: it may take seconds.
    """
    if calculator is None:
        return BY_TABLE
    terms = order_terms(order)
    codes = terms.codes if CalculationPart.CODES in calculator.parts else ()
    parts = calculator.parts if codes else calculator.parts - {CalculationPart.CODES}
    declared = price_order_lines(
        lines,
        terms,
        currency=order.currency,
        destination=destination,
        market=market,
        calculated=NO_CODES if codes else BY_TABLE,
    )
    return await ask(
        declared, parts, skus, calculator, tax_id=tax_id, codes=codes, order_number=order.number
    )
