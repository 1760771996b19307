"""The tax of a whole purchase, rounded once: exact sums, and lines that still add up."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gateway.engine.levies import Levy, Taxed, by_remainder, exact_denominator
from gateway.engine.money import rounded
from gateway.engine.rounding import RoundedSide, Rounding


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount (minor units) in its own basis, with the rates that apply to it."""

    amount: int
    includes_tax: bool
    levy: Levy


@dataclass(frozen=True, slots=True)
class _Part:
    """The exact tax of one entry by one of its rates, and with which others it is rounded."""

    entry: int
    rate: int
    exact: Fraction
    key: Hashable
    group: Hashable
    by_net: bool


def taxed_together(entries: Sequence[Entry], rounding: Rounding) -> tuple[Taxed, ...]:
    """``entries`` with taxes whose sums are rounded once.

    What is rounded is each rate's sum, or the sum of all rates; (side NET) the net of all that
    includes the same rates, or any. A line shows the rounded running sum less what earlier lines
    got, and the last line that a rate taxes what is left.
    """
    parts = [part for at, entry in enumerate(entries) for part in _parts(at, entry, rounding)]
    taxes = [[0] * len(entry.levy.rates) for entry in entries]
    targets = _targets(entries, parts, rounding)
    for key, members in _grouped(parts, lambda part: part.key).items():
        _carry(members, targets[key], rounding, taxes)
    return tuple(
        Taxed(entry.amount, entry.includes_tax, entry.levy, tuple(found))
        for entry, found in zip(entries, taxes, strict=True)
    )


def _parts(at: int, entry: Entry, rounding: Rounding) -> list[_Part]:
    over = exact_denominator(entry.levy, includes_tax=entry.includes_tax)
    by_net = entry.includes_tax and rounding.side is RoundedSide.NET
    rates = entry.levy.rates
    side = rates if by_net else None
    parts = []
    for rate, numerator in enumerate(entry.levy.numerators):
        key = (rates[rate].name, rates[rate].percent, rates[rate].compound, side)
        group = (side or key) if rounding.per_rate else by_net
        exact = Fraction(entry.amount * numerator, over)
        parts.append(_Part(at, rate, exact, key, group, by_net))
    return parts


def _grouped(
    parts: Sequence[_Part], by: Callable[[_Part], Hashable]
) -> dict[Hashable, list[_Part]]:
    """``parts`` by what they have in common, in order of appearance."""
    found: dict[Hashable, list[_Part]] = {}
    for part in parts:
        found.setdefault(by(part), []).append(part)
    return found


def _targets(
    entries: Sequence[Entry], parts: Sequence[_Part], rounding: Rounding
) -> dict[Hashable, int]:
    """What the taxes of each key must add up to."""
    targets: dict[Hashable, int] = {}
    for members in _grouped(parts, lambda part: part.group).values():
        sums: dict[Hashable, Fraction] = {}
        for part in members:
            sums[part.key] = sums.get(part.key, Fraction()) + part.exact
        whole = _rounded_once(entries, members, rounding)
        targets.update(zip(sums, by_remainder(whole, list(sums.values())), strict=True))
    return targets


def _rounded_once(entries: Sequence[Entry], members: Sequence[_Part], rounding: Rounding) -> int:
    exact = sum((part.exact for part in members), Fraction())
    if not members[0].by_net:
        return rounded(exact.numerator, exact.denominator, rounding.mode)
    gross = sum(entries[at].amount for at in {part.entry for part in members})
    net = gross - exact
    return gross - rounded(net.numerator, net.denominator, rounding.mode)


def _carry(parts: Sequence[_Part], target: int, rounding: Rounding, taxes: list[list[int]]) -> None:
    running, given = Fraction(), 0
    growing = all(part.exact >= 0 for part in parts)
    *earlier, last = [part for part in parts if part.exact] or parts
    for part in earlier:
        running += part.exact
        reached = rounded(running.numerator, running.denominator, rounding.mode)
        # The whole may be rounded to less than its parts ask for: no line has to pay that back.
        share = (min(reached, target) if growing else reached) - given
        taxes[part.entry][part.rate] = share
        given += share
    taxes[last.entry][last.rate] = target - given
