"""The tax of a whole purchase, rounded once, and its distribution to lines."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gateway.engine.money import round_fraction
from gateway.engine.tax.line_tax import (
    ApplicableRates,
    TaxedAmount,
    allocate_by_largest_remainder,
    exact_denominator,
)
from gateway.engine.tax.rounding import RoundedSide, RoundingPolicy


@dataclass(frozen=True, slots=True)
class TaxableEntry:
    """An amount (minor units), whether it includes tax, and the rates that apply to it."""

    amount: int
    includes_tax: bool
    applicable_rates: ApplicableRates


@dataclass(frozen=True, slots=True)
class _TaxShare:
    """The exact tax of one entry by one of its rates, and the group in which it is rounded."""

    entry: int
    rate: int
    exact: Fraction
    key: Hashable
    group: Hashable
    by_net: bool


def compute_total_tax(
    entries: Sequence[TaxableEntry], rounding: RoundingPolicy
) -> tuple[TaxedAmount, ...]:
    """The entries with their taxes, where each rate's total is rounded once.

    Without ``per_rate`` the total of all rates is rounded once. With side NET the net total of all
    entries that include the same rates (or any rates) is rounded instead. Amounts are in minor
    units. A line gets the rounded running total minus the taxes of earlier lines, and the last line
    gets the rest, so that the lines add up to the rounded total.
    """
    shares = [
        share
        for index, entry in enumerate(entries)
        for share in _tax_shares(index, entry, rounding)
    ]
    taxes = [[0] * len(entry.applicable_rates.rates) for entry in entries]
    targets = _target_sums(entries, shares, rounding)
    for key, members in _group_shares(shares, lambda share: share.key).items():
        _distribute_target(members, targets[key], rounding, taxes)
    return tuple(
        TaxedAmount(entry.amount, entry.includes_tax, entry.applicable_rates, tuple(entry_taxes))
        for entry, entry_taxes in zip(entries, taxes, strict=True)
    )


def _tax_shares(index: int, entry: TaxableEntry, rounding: RoundingPolicy) -> list[_TaxShare]:
    divisor = exact_denominator(entry.applicable_rates, includes_tax=entry.includes_tax)
    by_net = entry.includes_tax and rounding.side is RoundedSide.NET
    rates = entry.applicable_rates.rates
    side = rates if by_net else None
    shares = []
    for rate, numerator in enumerate(entry.applicable_rates.numerators):
        applied = rates[rate]
        key = (applied.name, applied.percent, applied.compound, applied.within_base, side)
        group = (side or key) if rounding.per_rate else by_net
        exact = Fraction(entry.amount * numerator, divisor)
        shares.append(_TaxShare(index, rate, exact, key, group, by_net))
    return shares


def _group_shares(
    shares: Sequence[_TaxShare], key_of: Callable[[_TaxShare], Hashable]
) -> dict[Hashable, list[_TaxShare]]:
    """Return ``shares`` in groups by a key, in order of appearance."""
    groups: dict[Hashable, list[_TaxShare]] = {}
    for share in shares:
        groups.setdefault(key_of(share), []).append(share)
    return groups


def _target_sums(
    entries: Sequence[TaxableEntry], shares: Sequence[_TaxShare], rounding: RoundingPolicy
) -> dict[Hashable, int]:
    """The totals, in minor units, to which the taxes of each key must add up."""
    targets: dict[Hashable, int] = {}
    for members in _group_shares(shares, lambda share: share.group).values():
        sums: dict[Hashable, Fraction] = {}
        for share in members:
            sums[share.key] = sums.get(share.key, Fraction()) + share.exact
        total = _round_sum_once(entries, members, rounding)
        targets.update(
            zip(sums, allocate_by_largest_remainder(total, list(sums.values())), strict=True)
        )
    return targets


def _round_sum_once(
    entries: Sequence[TaxableEntry], members: Sequence[_TaxShare], rounding: RoundingPolicy
) -> int:
    exact = sum((share.exact for share in members), Fraction())
    if not members[0].by_net:
        return round_fraction(exact.numerator, exact.denominator, rounding.mode)
    gross = sum(entries[index].amount for index in {share.entry for share in members})
    net = gross - exact
    return gross - round_fraction(net.numerator, net.denominator, rounding.mode)


def _distribute_target(
    shares: Sequence[_TaxShare], target: int, rounding: RoundingPolicy, taxes: list[list[int]]
) -> None:
    exact_so_far, distributed = Fraction(), 0
    none_negative = all(tax_share.exact >= 0 for tax_share in shares)
    *earlier, last = [tax_share for tax_share in shares if tax_share.exact] or shares
    for tax_share in earlier:
        exact_so_far += tax_share.exact
        rounded_so_far = round_fraction(
            exact_so_far.numerator, exact_so_far.denominator, rounding.mode
        )
        # The total may be rounded below the sum of its parts. No line gets a negative tax for that.
        share = (min(rounded_so_far, target) if none_negative else rounded_so_far) - distributed
        taxes[tax_share.entry][tax_share.rate] = share
        distributed += share
    taxes[last.entry][last.rate] = target - distributed
