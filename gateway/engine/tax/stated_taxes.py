"""Taxes that somebody else has computed, and that are taken over as stated."""

from collections.abc import Sequence
from decimal import Decimal

from gateway.engine.money import allocate
from gateway.engine.tax.line_tax import ApplicableRates, TaxedAmount, TaxRate, compute_tax
from gateway.engine.tax.rounding import RoundingPolicy
from gateway.engine.values import value_object


@value_object
class StatedTax:
    """A tax as it was stated: its name, its rate in percent, and what it comes to, minor units."""

    name: str
    rate_percent: Decimal
    minor: int


def state_taxes(nets: Sequence[int], taxes: Sequence[StatedTax]) -> tuple[TaxedAmount, ...]:
    """``nets``, minor units, which together bear ``taxes``: each tax shared by net amount.

    Shares are by largest remainder; where all amounts are zero, the first bears the taxes.
    """
    rates = _stated_rates(taxes)
    weights = [max(0, net) for net in nets]
    if not any(weights):
        weights[0] = 1
    shares = [allocate(tax.minor, weights) for tax in taxes]
    return tuple(
        TaxedAmount(net, False, rates, tuple(share[index] for share in shares))  # noqa: FBT003
        for index, net in enumerate(nets)
    )


def apply_stated_rates(
    net: int, taxes: Sequence[StatedTax], rounding: RoundingPolicy, units: int
) -> TaxedAmount:
    """``net``, minor units, with taxes by the rates of ``taxes``: it is not what they were of."""
    return compute_tax(net, _stated_rates(taxes), rounding, includes_tax=False, units=units)


def _stated_rates(taxes: Sequence[StatedTax]) -> ApplicableRates:
    return ApplicableRates(tuple(TaxRate(tax.name, tax.rate_percent) for tax in taxes))
