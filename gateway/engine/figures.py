"""Figures as clients see them: sums with their two sides, tax lines, and summary rows."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.engine.levies import Taxed, TaxRate
from gateway.engine.money import Currency, Money
from gateway.engine.values import value


@dataclass(frozen=True, slots=True)
class TaxedMoney:
    """net + tax = gross; each is None while it cannot be known."""

    net: Money | None
    gross: Money | None
    tax: Money | None


@value
class Costs:
    """What some nodes cost together, minor units, and whether in one tax basis or both."""

    minor: int = 0
    some_with_tax: bool = False
    some_without_tax: bool = False

    def and_also(self, minor: int, *, includes_tax: bool) -> "Costs":
        """These and one more."""
        return Costs(
            self.minor + minor,
            self.some_with_tax or includes_tax,
            self.some_without_tax or not includes_tax,
        )


NOTHING = Costs()


@value
class Sides:
    """What some nodes come to, minor units: net + tax = gross."""

    net: int
    gross: int
    tax: int


def sides(found: Iterable[Taxed | None]) -> Sides | None:
    """The sums of ``found``; None while one is not known."""
    net = tax = 0
    for each in found:
        if each is None:
            return None
        own = each.tax
        tax += own
        net += each.amount - own if each.includes_tax else each.amount
    return Sides(net, net + tax, tax)


class Sum(ABC):
    """The costs of some nodes: the side they are priced in, and the other by their taxes.

    The costs are looked for when a side is first read, the taxes when one is that is not the
    priced one.
    """

    __slots__ = ("_costs", "_currency", "_gross", "_net", "_sides", "_tax")

    def __init__(self, currency: Currency) -> None:
        self._currency = currency
        self._costs: Costs | None = None
        # In a tuple once they were looked for: that they are not known is a finding too.
        self._sides: tuple[Sides | None] | None = None
        self._net: Money | None = None
        self._gross: Money | None = None
        self._tax: Money | None = None

    @abstractmethod
    def find_costs(self) -> Costs:
        """What they cost together."""

    @abstractmethod
    def find_taxes(self) -> Iterable[Taxed | None]:
        """Their taxes."""

    @property
    def net(self) -> Money | None:
        """Without tax."""
        if self._net is None:
            self._net = self._money(self._found_net())
        return self._net

    @property
    def gross(self) -> Money | None:
        """With tax."""
        if self._gross is None:
            self._gross = self._money(self._found_gross())
        return self._gross

    @property
    def tax(self) -> Money | None:
        """The tax alone."""
        if self._tax is None:
            self._tax = self._money(self._found_tax())
        return self._tax

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, self._currency)

    def _found_net(self) -> int | None:
        costs = self._costs or self._found_costs()
        if not costs.some_with_tax:
            return costs.minor
        found = self._found_sides()
        return None if found is None else found.net

    def _found_gross(self) -> int | None:
        costs = self._costs or self._found_costs()
        if not costs.some_without_tax:
            return costs.minor
        found = self._found_sides()
        return None if found is None else found.gross

    def _found_tax(self) -> int | None:
        if (self._costs or self._found_costs()) == NOTHING:
            return 0
        found = self._found_sides()
        return None if found is None else found.tax

    def _found_costs(self) -> Costs:
        self._costs = self.find_costs()
        return self._costs

    def _found_sides(self) -> Sides | None:
        if self._sides is None:
            self._sides = (sides(self.find_taxes()),)
        return self._sides[0]

    def settled(self) -> TaxedMoney:
        """All three sides, computed now."""
        return TaxedMoney(self.net, self.gross, self.tax)


@value
class TaxLine:
    """One rate's tax on one line: ``tax`` is ``rate_percent`` of ``base``, rounded."""

    name: str
    rate_percent: Decimal
    base: Money
    tax: Money
    jurisdiction: str | None = None
    table: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PricedAdjustment:
    """A signed change of a price: a discount of an item or of the order, or a surcharge."""

    code: str | None
    label: str
    amount: Money
    item_reference: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a figure came about; ``target`` is the reference of the line it belongs to."""

    figure: str
    target: str | None
    rule: str | None
    rate_percent: Decimal | None
    base: Money | None
    amount: Money | None
    rounding: str | None
    text: str


@value
class TaxRow:
    """One row of a tax summary: all taxes of one name and rate, and of one place if it says so."""

    name: str
    rate_percent: Decimal
    base: Money
    tax: Money
    jurisdiction: str | None = None


def tax_lines(taxed: Taxed, currency: Currency) -> tuple[TaxLine, ...]:
    """The taxes of one node, rate by rate; where none applies for a reason, a line of zero."""
    if not taxed.levy.rates:
        return _no_tax(taxed, currency)
    return tuple(
        TaxLine(
            rate.name,
            rate.percent,
            Money(base, currency),
            Money(tax, currency),
            rate.jurisdiction,
            rate.table,
            rate.reason,
        )
        for rate, base, tax in _by_rate(taxed)
    )


def _by_rate(taxed: Taxed) -> Iterator[tuple[TaxRate, int, int]]:
    """Each rate with what it is taken of and the tax, minor units."""
    net = running = taxed.net
    for rate, tax in zip(taxed.levy.rates, taxed.taxes, strict=True):
        yield rate, running if rate.compound else net, tax
        running += tax


def merged(lines: Iterable[TaxLine]) -> tuple[TaxLine, ...]:
    """``lines`` of one purpose made one, in order of appearance."""
    found: dict[tuple[str | Decimal | None, ...], TaxLine] = {}
    for line in lines:
        key = (line.name, line.rate_percent, line.jurisdiction, line.table, line.reason)
        earlier = found.get(key)
        found[key] = line if earlier is None else _joined(earlier, line)
    return tuple(found.values())


def _joined(one: TaxLine, other: TaxLine) -> TaxLine:
    return replace(one, base=one.base + other.base, tax=one.tax + other.tax)


def _no_tax(taxed: Taxed, currency: Currency) -> tuple[TaxLine, ...]:
    levy = taxed.levy
    if levy.reason is None:
        return ()
    base, zero = Money(taxed.net, currency), Money(0, currency)
    reason = levy.reason.value
    return (TaxLine("tax", Decimal(0), base, zero, None, levy.table, reason),)


def tax_rows(found: Iterable[Taxed | None], currency: Currency) -> tuple[TaxRow, ...] | None:
    """The taxes by name, rate and jurisdiction, in order of appearance; None: one is not known."""
    sums: dict[tuple[str, Decimal, str | None], tuple[int, int]] = {}
    for taxed in found:
        if taxed is None:
            return None
        for rate, base, tax in _by_rate(taxed):
            key = (rate.name, rate.percent, rate.jurisdiction)
            bases, taxes = sums.get(key, (0, 0))
            sums[key] = (bases + base, taxes + tax)
    return tuple(
        TaxRow(name, percent, Money(base, currency), Money(tax, currency), place)
        for (name, percent, place), (base, tax) in sums.items()
    )


def summary(rows: Iterable[TaxRow]) -> tuple[TaxRow, ...]:
    """``rows`` by name and rate alone, whatever their jurisdictions."""
    found: dict[tuple[str, Decimal], TaxRow] = {}
    for row in rows:
        key = (row.name, row.rate_percent)
        earlier = found.get(key)
        base, tax = row.base, row.tax
        if earlier is not None:
            base, tax = earlier.base + base, earlier.tax + tax
        found[key] = TaxRow(row.name, row.rate_percent, base, tax)
    return tuple(found.values())


def told_apart(rows: Sequence[TaxRow]) -> tuple[TaxRow, ...] | None:
    """``rows`` with their jurisdictions where name and rate are alike; None: the summary does."""
    alike = Counter((row.name, row.rate_percent) for row in rows)
    if len(alike) == len(rows):
        return None
    return tuple(
        row if alike[row.name, row.rate_percent] > 1 else replace(row, jurisdiction=None)
        for row in rows
    )
