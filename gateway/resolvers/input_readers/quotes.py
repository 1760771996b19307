"""The reader of the input of ``quote``, which makes a purchase or collects all errors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from gateway.engine.addresses.address import Destination
from gateway.engine.addresses.destinations import check_destination
from gateway.engine.addresses.validation import MAX_PART_LENGTH
from gateway.engine.areas.existence import country_fault
from gateway.engine.money import Currency
from gateway.engine.pricing.discounts import (
    AmountOff,
    AmountOffPerUnit,
    Discount,
    OrderDiscount,
    PercentOff,
)
from gateway.engine.pricing.pipeline import describe_discount
from gateway.engine.pricing.purchase import (
    ChargeTaxSource,
    ExtraCharge,
    FixedRates,
    Item,
    Purchase,
    RatesByTable,
    TaxSource,
    charge_tax_source,
)
from gateway.engine.tax.rounding import DEFAULT_ROUNDING, RoundingPolicy
from gateway.engine.tax.tax_tables import TaxTables, normalize_table_name
from gateway.engine.user_errors import ErrorCode, ErrorCollector, InputPath
from gateway.resolvers.input_readers.amounts import AmountReader
from gateway.resolvers.input_readers.taxes import TaxReader
from gateway.resolvers.inputs.destinations import DestinationInput
from gateway.resolvers.inputs.quotes import (
    MAX_QUOTE_LINES,
    DiscountInput,
    QuoteChargeInput,
    QuoteInput,
    QuoteItemInput,
    RoundingInput,
    TaxRateInput,
)
from gateway.resolvers.quote_bounds import check_sums
from gateway.services.identity.address_checks import finding_text
from gateway.services.identity.text_input import check_text
from gateway.services.ports.countries import Countries

MAX_DEPTH = 64
"""Levels of nested lines, far fewer than would exhaust the parser."""
INPUT: InputPath = ("input",)


@dataclass(frozen=True, slots=True)
class QuoteReader:
    """Reads one quote's input."""

    reader: AmountReader
    taxes: TaxReader
    tables: TaxTables | None
    include_tax: bool

    @property
    def collector(self) -> ErrorCollector:
        """The collector of errors."""
        return self.reader.collector

    def items(self, items: Sequence[QuoteItemInput], path: InputPath) -> tuple[Item, ...]:
        """The items of the purchase, with their components."""
        return tuple(
            self._item(item, (*path, str(index)), str(index)) for index, item in enumerate(items)
        )

    def _item(self, item: QuoteItemInput, path: InputPath, index: str) -> Item:
        reader = self.reader
        reference = index if item.reference is None else item.reference
        return Item(
            reference=reader.text(reference, (*path, "reference")),
            name=reader.text(item.name, (*path, "name")),
            unit_price=reader.amount(item.unit_price, (*path, "unitPrice")),
            quantity=reader.quantity(item.quantity, (*path, "quantity")),
            includes_tax=self._includes_tax(item.prices_include_tax),
            tax_source=self._tax_source(item.tax_rates, item.tax_table, path),
            discount=self._discount(item.discount, (*path, "discount")),
            tags=self._tags(item.tags, (*path, "tags")),
            components=self.items(item.components, (*path, "components")),
            home_rates=self._home_rates(item, (*path, "includedTaxRates")),
        )

    def _home_rates(self, item: QuoteItemInput, path: InputPath) -> FixedRates | None:
        if item.included_tax_rates is None:
            return None
        if not self._includes_tax(item.prices_include_tax):
            message = "Only a price that includes tax has rates in it: set `pricesIncludeTax`."
            self.collector.add(path, message)
        return FixedRates(self.taxes.rates(item.included_tax_rates, path))

    def _includes_tax(self, includes_tax: bool | None) -> bool:  # noqa: FBT001
        return self.include_tax if includes_tax is None else includes_tax

    def _tax_source(
        self, rates: Sequence[TaxRateInput] | None, table: str | None, path: InputPath
    ) -> TaxSource:
        if rates is not None and table is not None:
            self.collector.add((*path, "taxTable"), "Give either `taxRates` or `taxTable`.")
        if rates is not None:
            return FixedRates(self.taxes.rates(rates, (*path, "taxRates")))
        if table is not None and (
            self.tables is None or normalize_table_name(table) not in self.tables.alternates
        ):
            message = "There is no tax table of that name."
            self.collector.add((*path, "taxTable"), message, ErrorCode.UNKNOWN_TAX_TABLE)
        return RatesByTable(None if table is None else normalize_table_name(table))

    def _discount(self, discount: DiscountInput | None, path: InputPath) -> Discount | None:
        if discount is None:
            return None
        if isinstance(discount.amount_per_unit, Decimal):
            amount = self.reader.amount(discount.amount_per_unit, (*path, "amountPerUnit"))
            return AmountOffPerUnit(amount)
        return self._whole_discount(discount, path)

    def _whole_discount(self, discount: DiscountInput, path: InputPath) -> AmountOff | PercentOff:
        if isinstance(discount.percent, Decimal):
            maximum = Decimal(100)
            return PercentOff(self.reader.percent(discount.percent, (*path, "percent"), maximum))
        if isinstance(discount.amount, Decimal):
            return AmountOff(self.reader.amount(discount.amount, (*path, "amount")))
        self.collector.add(
            (*path, "amountPerUnit"), "Only items have `amountPerUnit`. Give `amount` or `percent`."
        )
        return AmountOff(0)

    def _tags(self, tags: Sequence[str], path: InputPath) -> frozenset[str]:
        for index, tag in enumerate(tags):
            self.reader.text(tag, (*path, str(index)))
        return frozenset(tags)

    def order_discounts(
        self, discounts: Sequence[DiscountInput], path: InputPath
    ) -> tuple[OrderDiscount, ...]:
        """The discounts of the order, in their order."""
        parsed_discounts = [
            self._whole_discount(discount, (*path, str(index)))
            for index, discount in enumerate(discounts)
        ]
        return tuple(
            OrderDiscount(discount, describe_discount(discount)) for discount in parsed_discounts
        )

    def charges(
        self, charges: Sequence[QuoteChargeInput], path: InputPath, *, allow_negative: bool
    ) -> tuple[ExtraCharge, ...]:
        """The shipping prices or surcharges."""
        return tuple(
            self._charge(charge, (*path, str(index)), allow_negative=allow_negative)
            for index, charge in enumerate(charges)
        )

    def _charge(
        self, charge: QuoteChargeInput, path: InputPath, *, allow_negative: bool
    ) -> ExtraCharge:
        discount = charge.discount
        return ExtraCharge(
            name=self.reader.text(charge.name, (*path, "name")),
            amount=self.reader.amount(
                charge.amount, (*path, "amount"), allow_negative=allow_negative
            ),
            includes_tax=self._includes_tax(charge.prices_include_tax),
            tax_source=self._charge_tax_source(charge, path),
            discount=None
            if discount is None
            else self._whole_discount(discount, (*path, "discount")),
        )

    def _charge_tax_source(self, charge: QuoteChargeInput, path: InputPath) -> ChargeTaxSource:
        if charge.tax_rates is not None:
            return self._tax_source(charge.tax_rates, None, path)
        return charge_tax_source(charge.tax_method)


def read_destination(
    area_input: DestinationInput, path: InputPath, countries: Countries, collector: ErrorCollector
) -> Destination:
    """The destination of ``area_input``, normalized; collects its errors."""
    typed = Destination(
        area_input.country,
        _clean_part(area_input.region, (*path, "region"), collector),
        _clean_part(area_input.postal_code, (*path, "postalCode"), collector),
        _clean_part(area_input.city, (*path, "city"), collector),
    )
    rules = countries.rules_for(area_input.country)
    if rules is None:
        collector.add((*path, "country"), f"{country_fault(area_input.country)}.")
        return typed
    destination, findings = check_destination(typed, rules)
    for finding in findings:
        collector.add((*path, finding.field.value), finding_text(finding))
    return destination


def _clean_part(text: str | None, path: InputPath, collector: ErrorCollector) -> str | None:
    return check_text(text or "", path, collector, max_length=MAX_PART_LENGTH) or None


def read_rounding(rounding: RoundingInput | None, reader: AmountReader) -> RoundingPolicy:
    """The rounding policy of the input, or the default one; collects its errors."""
    if rounding is None:
        return DEFAULT_ROUNDING
    return RoundingPolicy(
        rounding.mode,
        rounding.level,
        rounding.per_rate,
        rounding.side,
        _payable_step(rounding.payable_step, reader),
    )


def _payable_step(step: Decimal | None, reader: AmountReader) -> int:
    """The step of what is to pay, in minor units."""
    if step is None:
        return 1
    path = (*INPUT, "rounding", "payableStep")
    minor = reader.amount(step, path)
    if minor == 0 and not any(error.field == path for error in reader.collector.errors):
        reader.collector.add(path, "The step must be more than zero.")
    return max(1, minor)


def read_quote(
    quote_input: QuoteInput, currency: Currency, day: date, countries: Countries
) -> tuple[Purchase, ErrorCollector]:
    """The purchase of ``quote_input`` on a day, and the collector of its errors."""
    collector = ErrorCollector()
    amount_reader = AmountReader(currency, collector)
    tax_reader = TaxReader(amount_reader, countries)
    tables = None
    if quote_input.tax_tables is not None:
        tables = tax_reader.tables(quote_input.tax_tables, (*INPUT, "taxTables"))
    quote_reader = QuoteReader(amount_reader, tax_reader, tables, quote_input.prices_include_tax)
    if not _is_within_limits(quote_input.items, collector):
        quote_input = replace(quote_input, items=[])
    purchase = Purchase(
        currency=currency,
        items=quote_reader.items(quote_input.items, (*INPUT, "items")),
        on=day,
        rounding=read_rounding(quote_input.rounding, amount_reader),
        discounts=quote_reader.order_discounts(quote_input.discounts, (*INPUT, "discounts")),
        surcharges=quote_reader.charges(
            quote_input.surcharges, (*INPUT, "surcharges"), allow_negative=True
        ),
        shipping=quote_reader.charges(
            quote_input.shipping, (*INPUT, "shipping"), allow_negative=False
        ),
        stored_value=_stored_value(quote_input.stored_value, amount_reader),
        destination=None
        if quote_input.ship_to is None
        else read_destination(quote_input.ship_to, (*INPUT, "shipTo"), countries, collector),
        tax_tables=tables,
        customer=quote_input.customer,
    )
    check_sums(purchase, collector)
    return purchase, collector


def _stored_value(amount: Decimal | None, amount_reader: AmountReader) -> int | None:
    return None if amount is None else amount_reader.amount(amount, (*INPUT, "storedValue"))


def _is_within_limits(items: Sequence[QuoteItemInput], collector: ErrorCollector) -> bool:
    """Whether the lines are neither too many nor nested too deeply; collects an error if not."""
    for line_count, depth in enumerate(_depths(items), 1):
        if line_count > MAX_QUOTE_LINES:
            collector.add(
                (*INPUT, "items"), f"There may be at most {MAX_QUOTE_LINES:,} lines in all."
            )
            return False
        if depth > MAX_DEPTH:
            collector.add((*INPUT, "items"), f"Bundles may nest at most {MAX_DEPTH} deep.")
            return False
    return True


def _depths(items: Sequence[QuoteItemInput]) -> Iterator[int]:
    stack = [(item, 1) for item in items]
    while stack:
        item, depth = stack.pop()
        yield depth
        stack += [(component, depth + 1) for component in item.components]
