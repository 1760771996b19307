"""Figures as clients see them: sums with their two sides, tax lines, and summary rows."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.engine.money import Currency, Money
from gateway.engine.tax.line_tax import TaxedAmount, TaxRate
from gateway.engine.values import value_object


@dataclass(frozen=True, slots=True)
class TaxedMoney:
    """net + tax = gross; each is None while it cannot be known."""

    net: Money | None
    gross: Money | None
    tax: Money | None


@value_object
class CostSum:
    """What some nodes cost together, minor units, and whether in one tax basis or both."""

    minor: int = 0
    some_with_tax: bool = False
    some_without_tax: bool = False

    def plus(self, minor: int, *, includes_tax: bool) -> "CostSum":
        """These and one more."""
        return CostSum(
            self.minor + minor,
            self.some_with_tax or includes_tax,
            self.some_without_tax or not includes_tax,
        )


NO_COST = CostSum()


@value_object
class NetGrossTax:
    """What some nodes come to, minor units: net + tax = gross."""

    net: int
    gross: int
    tax: int


def sum_taxes(taxed_amounts: Iterable[TaxedAmount | None]) -> NetGrossTax | None:
    """The sums of ``taxed_amounts``; None while one is not known."""
    net = tax = 0
    for taxed_amount in taxed_amounts:
        if taxed_amount is None:
            return None
        amount_tax = taxed_amount.tax
        tax += amount_tax
        net += (
            taxed_amount.amount - amount_tax if taxed_amount.includes_tax else taxed_amount.amount
        )
    return NetGrossTax(net, net + tax, tax)


class LazyTotal(ABC):
    """The costs of some nodes: the side they are priced in, and the other by their taxes.

    The costs are looked for when a side is first read, the taxes when one is that is not the
    priced one.
    """

    __slots__ = ("_costs", "_currency", "_gross", "_net", "_sums", "_tax")

    def __init__(self, currency: Currency) -> None:
        self._currency = currency
        self._costs: CostSum | None = None
        # In a tuple once they were looked for: that they are not known is a finding too.
        self._sums: tuple[NetGrossTax | None] | None = None
        self._net: Money | None = None
        self._gross: Money | None = None
        self._tax: Money | None = None

    @abstractmethod
    def compute_costs(self) -> CostSum:
        """What they cost together."""

    @abstractmethod
    def compute_taxes(self) -> Iterable[TaxedAmount | None]:
        """Their taxes."""

    @property
    def net(self) -> Money | None:
        """Without tax."""
        if self._net is None:
            self._net = self._money(self._compute_net())
        return self._net

    @property
    def gross(self) -> Money | None:
        """With tax."""
        if self._gross is None:
            self._gross = self._money(self._compute_gross())
        return self._gross

    @property
    def tax(self) -> Money | None:
        """The tax alone."""
        if self._tax is None:
            self._tax = self._money(self._compute_tax())
        return self._tax

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, self._currency)

    def _compute_net(self) -> int | None:
        costs = self._costs or self._ensure_costs()
        if not costs.some_with_tax:
            return costs.minor
        sums = self._ensure_sums()
        return None if sums is None else sums.net

    def _compute_gross(self) -> int | None:
        costs = self._costs or self._ensure_costs()
        if not costs.some_without_tax:
            return costs.minor
        sums = self._ensure_sums()
        return None if sums is None else sums.gross

    def _compute_tax(self) -> int | None:
        if (self._costs or self._ensure_costs()) == NO_COST:
            return 0
        sums = self._ensure_sums()
        return None if sums is None else sums.tax

    def _ensure_costs(self) -> CostSum:
        self._costs = self.compute_costs()
        return self._costs

    def _ensure_sums(self) -> NetGrossTax | None:
        if self._sums is None:
            self._sums = (sum_taxes(self.compute_taxes()),)
        return self._sums[0]

    def to_taxed_money(self) -> TaxedMoney:
        """All three sides, computed now."""
        return TaxedMoney(self.net, self.gross, self.tax)


@value_object
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
class Adjustment:
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


@value_object
class TaxSummaryRow:
    """One row of a tax summary: all taxes of one name and rate, and of one place if it says so."""

    name: str
    rate_percent: Decimal
    base: Money
    tax: Money
    jurisdiction: str | None = None


def tax_lines(taxed_amount: TaxedAmount, currency: Currency) -> tuple[TaxLine, ...]:
    """The taxes of one node, rate by rate; where none applies for a reason, a line of zero."""
    if not taxed_amount.applicable_rates.rates:
        return _no_tax_lines(taxed_amount, currency)
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
        for rate, base, tax in _taxes_by_rate(taxed_amount)
    )


def _taxes_by_rate(taxed_amount: TaxedAmount) -> Iterator[tuple[TaxRate, int, int]]:
    """Each rate with what it is taken of and the tax, minor units."""
    net = running_amount = taxed_amount.net
    for rate, tax in zip(taxed_amount.applicable_rates.rates, taxed_amount.taxes, strict=True):
        yield rate, running_amount if rate.compound else net, tax
        running_amount += tax


def merge_tax_lines(lines: Iterable[TaxLine]) -> tuple[TaxLine, ...]:
    """``lines`` of one purpose made one, in order of appearance."""
    lines_by_key: dict[tuple[str | Decimal | None, ...], TaxLine] = {}
    for line in lines:
        key = (line.name, line.rate_percent, line.jurisdiction, line.table, line.reason)
        earlier = lines_by_key.get(key)
        lines_by_key[key] = line if earlier is None else _add_tax_lines(earlier, line)
    return tuple(lines_by_key.values())


def _add_tax_lines(first: TaxLine, second: TaxLine) -> TaxLine:
    return replace(first, base=first.base + second.base, tax=first.tax + second.tax)


def _no_tax_lines(taxed_amount: TaxedAmount, currency: Currency) -> tuple[TaxLine, ...]:
    applicable_rates = taxed_amount.applicable_rates
    if applicable_rates.reason is None:
        return ()
    base, zero = Money(taxed_amount.net, currency), Money(0, currency)
    reason = applicable_rates.reason.value
    return (TaxLine("tax", Decimal(0), base, zero, None, applicable_rates.table, reason),)


def summarize_taxes(
    taxed_amounts: Iterable[TaxedAmount | None], currency: Currency
) -> tuple[TaxSummaryRow, ...] | None:
    """The taxes by name, rate and jurisdiction, in order of appearance; None: one is not known."""
    sums: dict[tuple[str, Decimal, str | None], tuple[int, int]] = {}
    for taxed_amount in taxed_amounts:
        if taxed_amount is None:
            return None
        for rate, base, tax in _taxes_by_rate(taxed_amount):
            key = (rate.name, rate.percent, rate.jurisdiction)
            bases, taxes = sums.get(key, (0, 0))
            sums[key] = (bases + base, taxes + tax)
    return tuple(
        TaxSummaryRow(name, percent, Money(base, currency), Money(tax, currency), jurisdiction)
        for (name, percent, jurisdiction), (base, tax) in sums.items()
    )


def merge_jurisdictions(rows: Iterable[TaxSummaryRow]) -> tuple[TaxSummaryRow, ...]:
    """``rows`` by name and rate alone, whatever their jurisdictions."""
    rows_by_key: dict[tuple[str, Decimal], TaxSummaryRow] = {}
    for row in rows:
        key = (row.name, row.rate_percent)
        earlier = rows_by_key.get(key)
        base, tax = row.base, row.tax
        if earlier is not None:
            base, tax = earlier.base + base, earlier.tax + tax
        rows_by_key[key] = TaxSummaryRow(row.name, row.rate_percent, base, tax)
    return tuple(rows_by_key.values())


def keep_jurisdictions(rows: Sequence[TaxSummaryRow]) -> tuple[TaxSummaryRow, ...] | None:
    """``rows`` with their jurisdictions where name and rate are alike; None: the summary does."""
    row_counts = Counter((row.name, row.rate_percent) for row in rows)
    if len(row_counts) == len(rows):
        return None
    return tuple(
        row if row_counts[row.name, row.rate_percent] > 1 else replace(row, jurisdiction=None)
        for row in rows
    )
