"""Tax lines of an amount, one for each rate, and summary rows of a whole purchase."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from gateway.engine.money import Currency, Money
from gateway.engine.tax.line_tax import TaxedAmount, TaxRate
from gateway.engine.values import value_object


@value_object
class TaxLine:
    """The tax of one rate on one line: ``tax`` is ``rate_percent`` of ``base``, rounded."""

    name: str
    rate_percent: Decimal
    base: Money
    tax: Money
    jurisdiction: str | None = None
    table: str | None = None
    reason: str | None = None


@value_object
class TaxSummaryRow:
    """All taxes of one name and rate together; of one jurisdiction, if it is set."""

    name: str
    rate_percent: Decimal
    base: Money
    tax: Money
    jurisdiction: str | None = None


def tax_lines(taxed_amount: TaxedAmount, currency: Currency) -> tuple[TaxLine, ...]:
    """The taxes of one node by rate. If none applies for a known reason, one line with zero tax."""
    if taxed_amount.parts:
        return tuple(line for part in taxed_amount.parts for line in tax_lines(part, currency))
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
    """Yield each rate with the base of its tax and the tax, in minor units."""
    for part in taxed_amount.parts:
        yield from _taxes_by_rate(part)
    if taxed_amount.parts:
        return
    net = running_amount = taxed_amount.net
    for rate, tax in zip(taxed_amount.applicable_rates.rates, taxed_amount.taxes, strict=True):
        base = running_amount if rate.compound else net
        yield rate, base + tax if rate.within_base else base, tax
        running_amount += tax


def merge_tax_lines(lines: Iterable[TaxLine]) -> tuple[TaxLine, ...]:
    """Return ``lines`` with equal lines (except for amounts) added up, in order of appearance."""
    lines_by_key: dict[tuple[str | Decimal | None, ...], TaxLine] = {}
    for line in lines:
        key = (line.name, line.rate_percent, line.jurisdiction, line.table, line.reason)
        earlier = lines_by_key.get(key)
        lines_by_key[key] = line if earlier is None else _add_tax_lines(earlier, line)
    return tuple(lines_by_key.values())


def collect_reasons(lines_of_items: Iterable[Sequence[TaxLine] | None]) -> tuple[str, ...]:
    """The reasons of the tax lines of items, each once; None for an item whose tax is unknown."""
    return tuple(
        dict.fromkeys(
            line.reason for lines in lines_of_items for line in lines or () if line.reason
        )
    )


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
    """The taxes by name, rate and jurisdiction, in order of appearance; None if one is unknown."""
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
    """Return ``rows`` added up by name and rate, over all jurisdictions."""
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
    """Return ``rows`` with jurisdictions only where several rows share a name and rate.

    None if no rows share them, because the tax summary then shows the same.
    """
    row_counts = Counter((row.name, row.rate_percent) for row in rows)
    if len(row_counts) == len(rows):
        return None
    return tuple(
        row if row_counts[row.name, row.rate_percent] > 1 else replace(row, jurisdiction=None)
        for row in rows
    )
