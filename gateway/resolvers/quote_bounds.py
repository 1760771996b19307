"""What the parts of a described purchase come to together: sums that fit, figures in time."""

from collections.abc import Iterator, Sequence

from gateway.engine.complaints import Complaints
from gateway.engine.levies import Levy, TaxRate, exact_denominator
from gateway.engine.money import MAX_MINOR
from gateway.engine.rounding import RoundingLevel
from gateway.engine.tree import Charge, Item, Purchase, Rates, price_with_parts

MAX_BURDEN = 1_000
"""Times an amount: what its rates may come to, so that amount and taxes fit 64 bits."""
MAX_EXACT_BITS = 50_000
"""Of the denominators of all different rates whose exact taxes are added up before rounding."""


def complain_of_sums(purchase: Purchase, complaints: Complaints) -> None:
    """Refuse a purchase that is worth too much, or taxed too much or too finely."""
    charges = (*purchase.surcharges, *purchase.shipping)
    worth = sum(item.quantity * price_with_parts(item) for item in purchase.items)
    worth += sum(abs(charge.amount) for charge in charges)
    if worth >= MAX_MINOR:
        message = "Everything together must be worth less than 10^15 minor units."
        complaints.add(("input", "items"), message)
    levies = {rates: Levy(rates) for rates in _all_rates(purchase)}
    if any(levy.burden > MAX_BURDEN * levy.denominator for levy in levies.values()):
        message = (
            f"The rates of one line may come to {MAX_BURDEN * 100:,} % together; these are more."
        )
        complaints.add(("input", "items"), message)
    if purchase.rounding.level is RoundingLevel.TOTAL:
        _complain_of_fractions(purchase, list(levies.values()), complaints)


def _complain_of_fractions(
    purchase: Purchase, levies: Sequence[Levy], complaints: Complaints
) -> None:
    bases = {priced.includes_tax for priced in _priced(purchase)}
    bits = sum(
        denominator.bit_length()
        for denominator in {
            exact_denominator(levy, includes_tax=basis) for levy in levies for basis in bases
        }
    )
    if bits > MAX_EXACT_BITS:
        message = (
            f"So many different rates cannot be rounded as one: their exact fractions take "
            f"{bits:,} bits, of at most {MAX_EXACT_BITS:,}. Use fewer, or the level LINE."
        )
        complaints.add(("input", "rounding", "level"), message)


def _all_rates(purchase: Purchase) -> Iterator[tuple[TaxRate, ...]]:
    for priced in _priced(purchase):
        if isinstance(priced.taxation, Rates):
            yield priced.taxation.rates


def _priced(purchase: Purchase) -> Iterator[Item | Charge]:
    waiting = list(purchase.items)
    while waiting:
        item = waiting.pop()
        yield item
        waiting += item.components
    yield from purchase.surcharges
    yield from purchase.shipping
