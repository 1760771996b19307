"""The tax of one amount: exact fractions of the rates that apply, rounded once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from gateway.engine.money import allocate, percent_fraction, round_fraction
from gateway.engine.tax.rounding import RoundedSide, RoundingLevel, RoundingPolicy
from gateway.engine.values import value_object


class TaxState(StrEnum):
    """How certain a tax is."""

    FINAL = "FINAL"
    ESTIMATED = "ESTIMATED"
    NEEDS_ADDRESS = "NEEDS_ADDRESS"
    FAILED = "FAILED"


class NoTaxReason(StrEnum):
    """The reason why there is no tax where one might be expected."""

    NO_TABLES = "no tax tables apply to this purchase"
    NO_RULE = "no rule of the tax tables holds the destination"
    EXEMPT_ITEM = "the item is exempt"
    EXEMPT_CUSTOMER = "the customer is exempt"
    REVERSE_CHARGE = "reverse charge: the customer accounts for the tax"
    SHIPPING_UNTAXED = "shipping is not taxed there"
    NEEDS_ADDRESS = "the destination is not known yet"


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One rate in force: ``percent`` of the net amount.

    If ``compound``, it is ``percent`` of the net amount plus the taxes of the rates before it. If
    ``within_base``, it is ``percent`` of that amount and of the tax itself: of 100.00 by 20 % it is
    25.00, which are 20 % of 125.00. ``percent`` is below 100 then.
    """

    name: str
    percent: Decimal
    compound: bool = False
    jurisdiction: str | None = None
    table: str | None = None
    rule: str | None = None
    reason: str | None = None
    within_base: bool = False


@dataclass(frozen=True, slots=True)
class ApplicableRates:
    """The rates that apply to an amount, and how certain they are.

    The tax of a net amount N by rate i is exactly ``N * numerators[i] / denominator``; of an amount
    G that includes tax, ``G * numerators[i] / (denominator + burden)``. Compound rates use exact
    running amounts that were never rounded.
    """

    rates: tuple[TaxRate, ...]
    state: TaxState = TaxState.FINAL
    reason: NoTaxReason | None = None
    table: str | None = None
    numerators: tuple[int, ...] = field(init=False, repr=False, compare=False)
    denominator: int = field(init=False, repr=False, compare=False)
    burden: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numerators, denominator = _exact_fractions(self.rates)
        object.__setattr__(self, "numerators", numerators)
        object.__setattr__(self, "denominator", denominator)
        object.__setattr__(self, "burden", sum(numerators))

    @property
    def is_known(self) -> bool:
        """Whether the tax is known, even if it is zero."""
        return self.state in _KNOWN_STATES


_KNOWN_STATES = frozenset({TaxState.FINAL, TaxState.ESTIMATED})


def _exact_fractions(rates: Sequence[TaxRate]) -> tuple[tuple[int, ...], int]:
    """The tax of one unit of net money by each rate: numerators and a common denominator."""
    denominator = 1
    numerators: list[int] = []
    for rate in rates:
        rate_numerator, rate_denominator = percent_fraction(rate.percent)
        base = denominator + (sum(numerators) if rate.compound else 0)
        if rate.within_base:
            rate_denominator -= rate_numerator
        numerators = [numerator * rate_denominator for numerator in numerators]
        numerators.append(base * rate_numerator)
        denominator *= rate_denominator
    return tuple(numerators), denominator


@value_object
class TaxedAmount:
    """An amount and its tax by each applicable rate, in minor units.

    ``parts``: what it is the sum of, where it is shared over several sets of rates.
    """

    amount: int
    includes_tax: bool
    applicable_rates: ApplicableRates
    taxes: tuple[int, ...]
    parts: tuple["TaxedAmount", ...] = ()

    @property
    def tax(self) -> int:
        """The sum of all taxes, in minor units."""
        return sum(self.taxes)

    @property
    def net(self) -> int:
        """The amount without tax, in minor units."""
        return self.amount - self.tax if self.includes_tax else self.amount

    @property
    def gross(self) -> int:
        """The amount with tax, in minor units."""
        return self.amount if self.includes_tax else self.amount + self.tax


def join_taxed_amounts(parts: Sequence[TaxedAmount]) -> TaxedAmount:
    """The sum of ``parts``, of which there is one at least, all with tax or all without."""
    if len(parts) == 1:
        return parts[0]
    states = {part.applicable_rates.state for part in parts}
    return TaxedAmount(
        sum(part.amount for part in parts),
        parts[0].includes_tax,
        ApplicableRates((), TaxState.ESTIMATED if TaxState.ESTIMATED in states else TaxState.FINAL),
        tuple(tax for part in parts for tax in part.taxes),
        tuple(parts),
    )


def exact_denominator(applicable_rates: ApplicableRates, *, includes_tax: bool) -> int:
    """The divisor of an amount times ``numerators``; the quotients are its exact taxes."""
    return (
        applicable_rates.denominator + applicable_rates.burden
        if includes_tax
        else applicable_rates.denominator
    )


def compute_tax(
    amount: int,
    applicable_rates: ApplicableRates,
    rounding: RoundingPolicy,
    *,
    includes_tax: bool,
    units: int = 1,
) -> TaxedAmount:
    """Compute the taxes of ``amount`` (minor units), which is the price of ``units`` units.

    With rounding level UNIT the tax of one unit is rounded and multiplied, otherwise the tax of the
    whole amount is rounded.
    """
    unit_count = abs(units) if rounding.level is RoundingLevel.UNIT and units else 1
    return TaxedAmount(
        amount,
        includes_tax,
        applicable_rates,
        _compute_taxes(amount, unit_count, applicable_rates, rounding, includes_tax),
    )


def _compute_taxes(
    amount: int,
    unit_count: int,
    applicable_rates: ApplicableRates,
    rounding: RoundingPolicy,
    includes_tax: bool,  # noqa: FBT001
) -> tuple[int, ...]:
    if not applicable_rates.burden:
        return (0,) * len(applicable_rates.rates)
    divisor = exact_denominator(applicable_rates, includes_tax=includes_tax) * unit_count
    mode = rounding.mode
    if includes_tax and rounding.side is RoundedSide.NET:
        net = unit_count * round_fraction(amount * applicable_rates.denominator, divisor, mode)
        return _taxes_beside_net(net, amount, unit_count, applicable_rates, divisor)
    if rounding.per_rate or len(applicable_rates.rates) == 1:
        return tuple(
            unit_count * round_fraction(amount * numerator, divisor, mode)
            for numerator in applicable_rates.numerators
        )
    unit_tax = round_fraction(amount * applicable_rates.burden, divisor, mode)
    return tuple(
        unit_count * share
        for share in split_tax_by_rate(unit_tax, amount, applicable_rates, divisor)
    )


def _taxes_beside_net(
    net: int, amount: int, unit_count: int, applicable_rates: ApplicableRates, divisor: int
) -> tuple[int, ...]:
    """The taxes by rate where the net was rounded: the rest of ``amount``."""
    total_tax = _limit_tax(amount - net, amount)
    if unit_count == 1:
        return split_tax_by_rate(total_tax, amount, applicable_rates, divisor)
    # Rounded units may sum to much more or less than the exact taxes, which are weights here.
    return allocate(total_tax, applicable_rates.numerators)


def _limit_tax(tax: int, gross: int) -> int:
    """Return ``tax`` limited to the range from zero to ``gross``, also for a negative ``gross``."""
    return max(0, min(tax, gross)) if gross >= 0 else min(0, max(tax, gross))


def split_tax_by_rate(
    total_tax: int, amount: int, applicable_rates: ApplicableRates, divisor: int
) -> tuple[int, ...]:
    """Split ``total_tax`` by rate, with the largest remainder of the exact taxes."""
    sign = -1 if amount < 0 else 1
    exact = [abs(amount) * numerator for numerator in applicable_rates.numerators]
    return tuple(
        sign * share for share in allocate_by_largest_remainder(sign * total_tax, exact, divisor)
    )


def allocate_by_largest_remainder(
    total: int, exact: Sequence[int] | Sequence[Fraction], divisor: int = 1
) -> tuple[int, ...]:
    """Split ``total`` into shares near ``exact[i] / divisor``.

    The rest goes to the largest remainders, and to the earlier share where they are equal.
    """
    shares = [int(each // divisor) for each in exact]
    ranking = sorted(range(len(shares)), key=lambda index: -(exact[index] % divisor))
    extra_each, remainder = divmod(total - sum(shares), len(shares))
    for rank, index in enumerate(ranking):
        shares[index] += extra_each + (rank < remainder)
    return tuple(shares)
