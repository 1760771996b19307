"""Bounds of the sums and taxes of a quoted purchase."""

from collections.abc import Iterable, Iterator

from gateway.engine.money import MAX_MINOR
from gateway.engine.pricing.purchase import (
    ExtraCharge,
    FixedRates,
    Item,
    Purchase,
    RatesByGoods,
    price_with_components,
)
from gateway.engine.tax.line_tax import ApplicableRates, TaxRate, exact_denominator
from gateway.engine.tax.rounding import RoundingLevel
from gateway.engine.user_errors import ErrorCollector, InputPath

MAX_TAX_FACTOR = 1_000
"""The maximum of taxes as a multiple of an amount, so that both together fit 64 bits."""
MAX_EXACT_BITS = 50_000
"""Bits of the denominators of all rates whose exact taxes are added before rounding."""


def check_sums(purchase: Purchase, collector: ErrorCollector) -> None:
    """Collect errors of a total or taxes that are too large, or of too many fractions of taxes."""
    charges = (*purchase.surcharges, *purchase.shipping)
    total_price = sum(item.quantity * price_with_components(item) for item in purchase.items)
    total_price += sum(abs(charge.amount) for charge in charges)
    if total_price >= MAX_MINOR:
        message = "Everything together must be worth less than 10^15 minor units."
        collector.add(("input", "items"), message)
    rate_sets = {rates: ApplicableRates(rates) for rates in _all_rates(purchase)}
    if any(
        applicable_rates.burden > MAX_TAX_FACTOR * applicable_rates.denominator
        for applicable_rates in rate_sets.values()
    ):
        message = (
            f"The rates of one line may come to {MAX_TAX_FACTOR * 100:,} % together; "
            "these are more."
        )
        collector.add(("input", "items"), message)
    if purchase.rounding.level is RoundingLevel.TOTAL:
        bits = _count_fraction_bits(purchase, rate_sets.values())
        remedy = "cannot be rounded as one: {} Use fewer, or the level LINE."
        _check_bits(bits, ("input", "rounding", "level"), remedy, collector)
    elif any(isinstance(charge.tax_source, RatesByGoods) for charge in charges):
        bits = _count_fraction_bits(purchase, rate_sets.values())
        remedy = "cannot share a charge: {} Use fewer, or give the charge rates of its own."
        _check_bits(bits, ("input", "items"), remedy, collector)


def _count_fraction_bits(purchase: Purchase, rate_sets: Iterable[ApplicableRates]) -> int:
    """Bits of the denominators of all exact taxes together."""
    price_bases = {node.includes_tax for node in _taxable_nodes(purchase)}
    return sum(
        denominator.bit_length()
        for denominator in {
            exact_denominator(applicable_rates, includes_tax=includes_tax)
            for applicable_rates in rate_sets
            for includes_tax in price_bases
        }
    )


def _check_bits(bits: int, path: InputPath, message: str, collector: ErrorCollector) -> None:
    if bits > MAX_EXACT_BITS:
        size = f"their exact fractions take {bits:,} bits, of at most {MAX_EXACT_BITS:,}."
        collector.add(path, f"So many different rates {message.format(size)}")


def _all_rates(purchase: Purchase) -> Iterator[tuple[TaxRate, ...]]:
    for node in _taxable_nodes(purchase):
        if isinstance(node.tax_source, FixedRates):
            yield node.tax_source.rates
        if isinstance(node, Item) and node.home_rates is not None:
            yield node.home_rates.rates


def _taxable_nodes(purchase: Purchase) -> Iterator[Item | ExtraCharge]:
    stack = list(purchase.items)
    while stack:
        item = stack.pop()
        yield item
        stack += item.components
    yield from purchase.surcharges
    yield from purchase.shipping
