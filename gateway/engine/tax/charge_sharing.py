"""How a charge, such as shipping, is taxed by the goods that it goes with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import lcm

from gateway.engine.money import allocate
from gateway.engine.tax.line_tax import ApplicableRates, TaxState, exact_denominator


class ChargeTaxMethod(StrEnum):
    """How a charge without rates of its own is taxed.

    TABLE: by the rules of the default table that tax shipping. PRO_RATA: shared over the taxes of
    the goods by their net value. HIGHEST_RATE: by the set of taxes with the highest sum.
    LARGEST_SHARE: by the set of taxes of the goods that are worth most.
    """

    TABLE = "TABLE"
    PRO_RATA = "PRO_RATA"
    HIGHEST_RATE = "HIGHEST_RATE"
    LARGEST_SHARE = "LARGEST_SHARE"


@dataclass(frozen=True, slots=True)
class TaxableGoods:
    """Goods that a charge goes with: their cost after discounts, minor units, and their rates."""

    amount: int
    includes_tax: bool
    units: int
    applicable_rates: ApplicableRates

    @property
    def exact_net(self) -> Fraction:
        """What they are worth without tax, before rounding, in minor units."""
        rates = self.applicable_rates
        divisor = exact_denominator(rates, includes_tax=self.includes_tax)
        return Fraction(self.amount * rates.denominator, divisor)


@dataclass(frozen=True, slots=True)
class ChargePart:
    """A part of a charge, in minor units, and the rates that apply to it."""

    amount: int
    applicable_rates: ApplicableRates


@dataclass(frozen=True, slots=True)
class _GoodsGroup:
    """All goods with the same set of taxes: what they are worth, and how many they are."""

    applicable_rates: ApplicableRates
    net: Fraction
    units: int

    @property
    def burden(self) -> Fraction:
        """The sum of all taxes of one unit of net money."""
        return Fraction(self.applicable_rates.burden, self.applicable_rates.denominator)


def share_charge(
    amount: int, method: ChargeTaxMethod, goods: Sequence[TaxableGoods]
) -> tuple[ChargePart, ...]:
    """The parts of a charge of ``amount``, minor units, by the taxes of ``goods``.

    Goods that are worth nothing count by their number. A charge that goes with goods whose taxes
    are not known is not known either. ``goods`` must not be empty, nor ``method`` TABLE.
    """
    unknown = next((part for part in goods if not part.applicable_rates.is_known), None)
    if unknown is not None:
        return (ChargePart(amount, unknown.applicable_rates),)
    groups = _group_goods(goods)
    weights = _weights(groups)
    if method is ChargeTaxMethod.PRO_RATA:
        return _share_pro_rata(amount, groups, weights)
    by_share = method is ChargeTaxMethod.LARGEST_SHARE

    def rank(index: int) -> tuple[Fraction | int, Fraction | int]:
        weight, burden = weights[index], groups[index].burden
        return (weight, burden) if by_share else (burden, weight)

    return (ChargePart(amount, groups[max(range(len(groups)), key=rank)].applicable_rates),)


def _share_pro_rata(
    amount: int, groups: Sequence[_GoodsGroup], weights: Sequence[int]
) -> tuple[ChargePart, ...]:
    amounts = allocate(amount, weights)
    shares = tuple(
        ChargePart(share, group.applicable_rates)
        for share, group in zip(amounts, groups, strict=True)
        if share
    )
    if shares:
        return shares
    largest = max(range(len(groups)), key=weights.__getitem__)
    return (ChargePart(amount, groups[largest].applicable_rates),)


def _weights(groups: Sequence[_GoodsGroup]) -> list[int]:
    """Whole numbers in proportion to what the groups are worth, else to their number of units."""
    if not any(group.net for group in groups):
        return [group.units for group in groups]
    common = lcm(*(group.net.denominator for group in groups))
    return [int(group.net * common) for group in groups]


def _group_goods(goods: Iterable[TaxableGoods]) -> tuple[_GoodsGroup, ...]:
    """The goods by their whole set of taxes, in order of appearance.

    The same taxes are one group whatever table they come from; the first goods name its table.
    """
    groups: dict[object, _GoodsGroup] = {}
    for part in goods:
        rates = part.applicable_rates
        key = (
            tuple(
                (rate.name, rate.percent, rate.compound, rate.within_base) for rate in rates.rates
            ),
            rates.reason,
            rates.state is TaxState.ESTIMATED,
        )
        earlier = groups.get(key)
        net, units = part.exact_net, part.units
        groups[key] = (
            _GoodsGroup(rates, net, units)
            if earlier is None
            else _GoodsGroup(earlier.applicable_rates, earlier.net + net, earlier.units + units)
        )
    return tuple(groups.values())
