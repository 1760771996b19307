"""Reading the input of ``quote`` as a purchase to price, or everything that is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from gateway.engine.complaints import Complaints, Path
from gateway.engine.destinations import judged
from gateway.engine.discounts import (
    AmountOff,
    AmountOffEach,
    Discount,
    OrderDiscount,
    PercentOff,
)
from gateway.engine.money import Currency
from gateway.engine.places import Destination
from gateway.engine.problems import ErrorCode
from gateway.engine.rounding import DEFAULT_ROUNDING, Rounding
from gateway.engine.stages import discount_label
from gateway.engine.sufficiency import LONGEST_PART
from gateway.engine.taxes import TaxTables, table_key
from gateway.engine.tree import (
    ByTable,
    Charge,
    Item,
    Purchase,
    Rates,
    Taxation,
)
from gateway.resolvers.amounts import Reading
from gateway.resolvers.inputs.places import DestinationInput
from gateway.resolvers.inputs.quotes import (
    MAX_LINES,
    DiscountInput,
    QuoteChargeInput,
    QuoteInput,
    QuoteItemInput,
    RoundingInput,
    TaxRateInput,
)
from gateway.resolvers.quote_bounds import complain_of_sums
from gateway.resolvers.tax_inputs import TaxReading
from gateway.services.identity.address_checks import words
from gateway.services.identity.texts import kept_text
from gateway.services.ports.countries import Countries

# Far more than anybody packs, and far less than it takes to exhaust the parser.
MOST_DEPTH = 64
INPUT: Path = ("input",)


@dataclass(frozen=True, slots=True)
class QuoteReading:
    """Reads one quote's input."""

    reading: Reading
    taxes: TaxReading
    tables: TaxTables | None
    include_tax: bool

    @property
    def complaints(self) -> Complaints:
        """Where refusals go."""
        return self.reading.complaints

    def items(self, given: Sequence[QuoteItemInput], path: Path) -> tuple[Item, ...]:
        """The lines, with their parts."""
        return tuple(self._item(item, (*path, str(at)), str(at)) for at, item in enumerate(given))

    def _item(self, given: QuoteItemInput, path: Path, index: str) -> Item:
        reading = self.reading
        reference = index if given.reference is None else given.reference
        return Item(
            reference=reading.text(reference, (*path, "reference")),
            name=reading.text(given.name, (*path, "name")),
            unit_price=reading.amount(given.unit_price, (*path, "unitPrice")),
            quantity=reading.quantity(given.quantity, (*path, "quantity")),
            includes_tax=self._basis(given.prices_include_tax),
            taxation=self._taxation(given.tax_rates, given.tax_table, path),
            discount=self._discount(given.discount, (*path, "discount")),
            tags=self._tags(given.tags, (*path, "tags")),
            components=self.items(given.components, (*path, "components")),
        )

    def _basis(self, given: bool | None) -> bool:  # noqa: FBT001
        return self.include_tax if given is None else given

    def _taxation(
        self, rates: Sequence[TaxRateInput] | None, table: str | None, path: Path
    ) -> Taxation:
        if rates is not None and table is not None:
            self.complaints.add((*path, "taxTable"), "Give either `taxRates` or `taxTable`.")
        if rates is not None:
            return Rates(self.taxes.rates(rates, (*path, "taxRates")))
        if table is not None and (
            self.tables is None or table_key(table) not in self.tables.alternates
        ):
            message = "There is no tax table of that name."
            self.complaints.add((*path, "taxTable"), message, ErrorCode.UNKNOWN_TAX_TABLE)
        return ByTable(None if table is None else table_key(table))

    def _discount(self, given: DiscountInput | None, path: Path) -> Discount | None:
        if given is None:
            return None
        if isinstance(given.amount_per_unit, Decimal):
            off = self.reading.amount(given.amount_per_unit, (*path, "amountPerUnit"))
            return AmountOffEach(off)
        return self._whole_discount(given, path)

    def _whole_discount(self, given: DiscountInput, path: Path) -> AmountOff | PercentOff:
        if isinstance(given.percent, Decimal):
            most = Decimal(100)
            return PercentOff(self.reading.percent(given.percent, (*path, "percent"), most))
        if isinstance(given.amount, Decimal):
            return AmountOff(self.reading.amount(given.amount, (*path, "amount")))
        self.complaints.add((*path, "amountPerUnit"), "Only an item has units.")
        return AmountOff(0)

    def _tags(self, given: Sequence[str], path: Path) -> frozenset[str]:
        for at, tag in enumerate(given):
            self.reading.text(tag, (*path, str(at)))
        return frozenset(given)

    def order_discounts(
        self, given: Sequence[DiscountInput], path: Path
    ) -> tuple[OrderDiscount, ...]:
        """Reductions of the order, in order."""
        found = [self._whole_discount(each, (*path, str(at))) for at, each in enumerate(given)]
        return tuple(OrderDiscount(each, discount_label(each)) for each in found)

    def charges(
        self, given: Sequence[QuoteChargeInput], path: Path, *, negative: bool
    ) -> tuple[Charge, ...]:
        """Shipping prices or surcharges."""
        return tuple(
            self._charge(each, (*path, str(at)), negative=negative) for at, each in enumerate(given)
        )

    def _charge(self, given: QuoteChargeInput, path: Path, *, negative: bool) -> Charge:
        discount = given.discount
        return Charge(
            name=self.reading.text(given.name, (*path, "name")),
            amount=self.reading.amount(given.amount, (*path, "amount"), negative=negative),
            includes_tax=self._basis(given.prices_include_tax),
            taxation=self._taxation(given.tax_rates, None, path),
            discount=None
            if discount is None
            else self._whole_discount(discount, (*path, "discount")),
        )


def read_destination(
    given: DestinationInput, path: Path, countries: Countries, complaints: Complaints
) -> Destination:
    """The area that ``given`` names, cleaned; what of it is not understood is refused."""
    typed = Destination(
        given.country,
        _kept(given.region, (*path, "region"), complaints),
        _kept(given.postal_code, (*path, "postalCode"), complaints),
        _kept(given.city, (*path, "city"), complaints),
    )
    rules = countries.rules(given.country)
    if rules is None:
        complaints.add((*path, "country"), f"There is no country {given.country}.")
        return typed
    destination, wrong = judged(typed, rules)
    for finding in wrong:
        complaints.add((*path, finding.field.value), words(finding))
    return destination


def _kept(text: str | None, path: Path, complaints: Complaints) -> str | None:
    return kept_text(text or "", path, complaints, longest=LONGEST_PART) or None


def read_rounding(given: RoundingInput | None) -> Rounding:
    """The rounding policy that is asked for."""
    if given is None:
        return DEFAULT_ROUNDING
    return Rounding(given.mode, given.level, given.per_rate, given.side)


def read_quote(
    given: QuoteInput, currency: Currency, on: date, countries: Countries
) -> tuple[Purchase, Complaints]:
    """The purchase that ``given`` describes on a day, and what is wrong with it."""
    complaints = Complaints()
    reading = Reading(currency, complaints)
    taxes = TaxReading(reading, countries)
    tables = None
    if given.tax_tables is not None:
        tables = taxes.tables(given.tax_tables, (*INPUT, "taxTables"))
    quote = QuoteReading(reading, taxes, tables, given.prices_include_tax)
    if not _few_enough(given.items, complaints):
        given = replace(given, items=[])
    purchase = Purchase(
        currency=currency,
        items=quote.items(given.items, (*INPUT, "items")),
        on=on,
        rounding=read_rounding(given.rounding),
        discounts=quote.order_discounts(given.discounts, (*INPUT, "discounts")),
        surcharges=quote.charges(given.surcharges, (*INPUT, "surcharges"), negative=True),
        shipping=quote.charges(given.shipping, (*INPUT, "shipping"), negative=False),
        stored_value=_stored_value(given.stored_value, reading),
        destination=None
        if given.ship_to is None
        else read_destination(given.ship_to, (*INPUT, "shipTo"), countries, complaints),
        tax_tables=tables,
        customer=given.customer,
    )
    complain_of_sums(purchase, complaints)
    return purchase, complaints


def _stored_value(given: Decimal | None, reading: Reading) -> int | None:
    return None if given is None else reading.amount(given, (*INPUT, "storedValue"))


def _few_enough(items: Sequence[QuoteItemInput], complaints: Complaints) -> bool:
    """Whether the lines are not too many, nor nested too deeply."""
    for lines, depth in enumerate(_depths(items), 1):
        if lines > MAX_LINES:
            complaints.add((*INPUT, "items"), f"There may be at most {MAX_LINES:,} lines in all.")
            return False
        if depth > MOST_DEPTH:
            complaints.add((*INPUT, "items"), f"Bundles may nest at most {MOST_DEPTH} deep.")
            return False
    return True


def _depths(items: Sequence[QuoteItemInput]) -> Iterator[int]:
    waiting = [(item, 1) for item in items]
    while waiting:
        item, depth = waiting.pop()
        yield depth
        waiting += [(part, depth + 1) for part in item.components]
