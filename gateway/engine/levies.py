"""The tax of one amount: exact fractions of the rates that apply, rounded once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from gateway.engine.discounts import fraction
from gateway.engine.money import allocate, rounded
from gateway.engine.rounding import RoundedSide, Rounding, RoundingLevel
from gateway.engine.values import value


class TaxState(StrEnum):
    """How far a tax can be relied on."""

    FINAL = "FINAL"
    ESTIMATED = "ESTIMATED"
    NEEDS_ADDRESS = "NEEDS_ADDRESS"
    FAILED = "FAILED"


class Reason(StrEnum):
    """Why there is no tax where one might be expected."""

    NO_TABLES = "no tax tables apply to this purchase"
    NO_RULE = "no rule of the tax tables holds the destination"
    EXEMPT_ITEM = "the item is exempt"
    EXEMPT_CUSTOMER = "the customer is exempt"
    REVERSE_CHARGE = "reverse charge: the customer accounts for the tax"
    SHIPPING_UNTAXED = "shipping is not taxed there"
    NEEDS_ADDRESS = "the destination is not known yet"


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One rate in force: ``percent`` of the net, or of the running amount where ``compound``."""

    name: str
    percent: Decimal
    compound: bool = False
    jurisdiction: str | None = None
    table: str | None = None
    rule: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Levy:
    """The rates that apply to an amount, and how sure that is.

    The tax of a net amount N by rate i is exactly ``N * numerators[i] / denominator``; of an
    amount G that includes tax, ``G * numerators[i] / (denominator + burden)``. Compound rates
    work on the exact running amount, never on one that was rounded before.
    """

    rates: tuple[TaxRate, ...]
    state: TaxState = TaxState.FINAL
    reason: Reason | None = None
    table: str | None = None
    numerators: tuple[int, ...] = field(init=False, repr=False, compare=False)
    denominator: int = field(init=False, repr=False, compare=False)
    burden: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numerators, denominator = _exact(self.rates)
        object.__setattr__(self, "numerators", numerators)
        object.__setattr__(self, "denominator", denominator)
        object.__setattr__(self, "burden", sum(numerators))

    @property
    def known(self) -> bool:
        """Whether there is a tax to speak of, be it zero."""
        return self.state in _KNOWN


_KNOWN = frozenset({TaxState.FINAL, TaxState.ESTIMATED})


def _exact(rates: Sequence[TaxRate]) -> tuple[tuple[int, ...], int]:
    """The tax of one unit of net money by each rate, over one denominator."""
    denominator = 1
    numerators: list[int] = []
    for rate in rates:
        share, whole = fraction(rate.percent)
        base = denominator + (sum(numerators) if rate.compound else 0)
        numerators = [each * whole for each in numerators]
        numerators.append(base * share)
        denominator *= whole
    return tuple(numerators), denominator


@value
class Taxed:
    """An amount and its tax by each rate of its levy, minor units."""

    amount: int
    includes_tax: bool
    levy: Levy
    taxes: tuple[int, ...]

    @property
    def tax(self) -> int:
        """All taxes together."""
        return sum(self.taxes)

    @property
    def net(self) -> int:
        """The amount without tax."""
        return self.amount - self.tax if self.includes_tax else self.amount

    @property
    def gross(self) -> int:
        """The amount with tax."""
        return self.amount if self.includes_tax else self.amount + self.tax


def exact_denominator(levy: Levy, *, includes_tax: bool) -> int:
    """What an amount times ``levy.numerators`` is divided by to give its taxes exactly."""
    return levy.denominator + levy.burden if includes_tax else levy.denominator


def taxed(
    amount: int, levy: Levy, rounding: Rounding, *, includes_tax: bool, units: int = 1
) -> Taxed:
    """``amount`` and its taxes, rounded per unit (where the policy says so) or as one."""
    parts = abs(units) if rounding.level is RoundingLevel.UNIT and units else 1
    return Taxed(amount, includes_tax, levy, _taxes(amount, parts, levy, rounding, includes_tax))


def _taxes(
    amount: int,
    parts: int,
    levy: Levy,
    rounding: Rounding,
    includes_tax: bool,  # noqa: FBT001
) -> tuple[int, ...]:
    if not levy.burden:
        return (0,) * len(levy.rates)
    over = exact_denominator(levy, includes_tax=includes_tax) * parts
    mode = rounding.mode
    if includes_tax and rounding.side is RoundedSide.NET:
        net = parts * rounded(amount * levy.denominator, over, mode)
        return _left_beside(net, amount, parts, levy, over)
    if rounding.per_rate or len(levy.rates) == 1:
        return tuple(parts * rounded(amount * each, over, mode) for each in levy.numerators)
    unit = rounded(amount * levy.burden, over, mode)
    return tuple(parts * share for share in split(unit, amount, levy, over))


def _left_beside(net: int, amount: int, parts: int, levy: Levy, over: int) -> tuple[int, ...]:
    """The taxes where the net was rounded: what it leaves of ``amount``, by rate."""
    whole = _within(amount - net, amount)
    if parts == 1:
        return split(whole, amount, levy, over)
    # Many rounded units may leave far more or less than the exact taxes: these are weights then.
    return allocate(whole, levy.numerators)


def _within(tax: int, gross: int) -> int:
    """``tax`` no larger than the amount that includes it, and not of the other sign."""
    return max(0, min(tax, gross)) if gross >= 0 else min(0, max(tax, gross))


def split(whole: int, amount: int, levy: Levy, over: int) -> tuple[int, ...]:
    """``whole`` tax over the rates of ``levy`` by the largest remainder of the exact taxes."""
    sign = -1 if amount < 0 else 1
    exact = [abs(amount) * each for each in levy.numerators]
    return tuple(sign * share for share in by_remainder(sign * whole, exact, over))


def by_remainder(
    whole: int, exact: Sequence[int] | Sequence[Fraction], over: int = 1
) -> tuple[int, ...]:
    """``whole`` in shares near ``exact[i] / over``: largest remainder, ties to the earlier."""
    shares = [int(each // over) for each in exact]
    order = sorted(range(len(shares)), key=lambda at: -(exact[at] % over))
    rounds, rest = divmod(whole - sum(shares), len(shares))
    for rank, at in enumerate(order):
        shares[at] += rounds + (rank < rest)
    return tuple(shares)
