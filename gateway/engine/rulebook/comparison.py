"""What two rulebooks decide differently, by example destinations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.existence import AddressRulesLookup
from gateway.engine.rulebook.examples import place_text, whole_samples
from gateway.engine.rulebook.rulebook import Rulebook
from gateway.engine.tax.line_tax import ApplicableRates
from gateway.engine.tax.rate_lookup import find_rates, find_shipping_rates
from gateway.engine.tax.tax_tables import CustomerKind, TaxQuery, TaxTables

ALL_GOODS, SHIPPING = "goods", "shipping"
NO_TAX = "no tax"


@dataclass(frozen=True, slots=True)
class RateChange:
    """A place where the rates change: for whom, for which goods or shipping, as texts."""

    place: Destination
    customer: CustomerKind
    goods: str
    before: str
    after: str

    @property
    def message(self) -> str:
        """The change in one line."""
        buyer = ", a business" if self.customer is CustomerKind.BUSINESS else ""
        return f"{place_text(self.place)}{buyer}, {self.goods}: {self.before} -> {self.after}"


def compare_rates(
    before: Rulebook, after: Rulebook, day: date, rules_of: AddressRulesLookup
) -> tuple[RateChange, ...]:
    """The changes of rates on ``day`` at one place of each area of the tax rules of either.

    Changes of a category of goods, or for businesses, are left out where all goods or consumers
    have the same change. So are goods of tables that only one of the rulebooks has.
    """
    places = dict.fromkeys(
        place
        for rulebook in (after, before)
        for place in whole_samples(rulebook.tax_tables, rules_of)
    )
    return tuple(
        change
        for place in places
        for change in _place_changes(before.tax_tables, after.tax_tables, place, day)
    )


def _place_changes(
    before: TaxTables, after: TaxTables, place: Destination, day: date
) -> Iterator[RateChange]:
    consumers = _rate_changes(before, after, TaxQuery(place, CustomerKind.CONSUMER, day))
    businesses = _rate_changes(before, after, TaxQuery(place, CustomerKind.BUSINESS, day))
    for goods, (earlier, later) in consumers.items():
        yield RateChange(place, CustomerKind.CONSUMER, goods, earlier, later)
    for goods, (earlier, later) in businesses.items():
        if consumers.get(goods) != (earlier, later):
            yield RateChange(place, CustomerKind.BUSINESS, goods, earlier, later)


def _rate_changes(
    before: TaxTables, after: TaxTables, query: TaxQuery
) -> Mapping[str, tuple[str, str]]:
    """The earlier and later rates of goods and shipping, where they differ."""
    rates = {
        goods: tuple(
            _rates_text(find_rates(tables, query, selector, category)) for tables in (before, after)
        )
        for goods, selector, category in _kinds_of_goods(before, after)
    }
    rates[SHIPPING] = tuple(
        _rates_text(find_shipping_rates(tables, query)) for tables in (before, after)
    )
    return {
        goods: (earlier, later)
        for goods, (earlier, later) in rates.items()
        if earlier != later
        and (goods in (ALL_GOODS, SHIPPING) or rates[ALL_GOODS] != (earlier, later))
    }


def _kinds_of_goods(
    before: TaxTables, after: TaxTables
) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield the goods in words, with their table and category."""
    yield ALL_GOODS, None, None
    categories = {
        category
        for tables in (before, after)
        for table in (tables.default, *tables.alternates.values())
        for rule in table.rules
        for category in rule.categories or ()
    }
    yield from ((category, None, category) for category in sorted(categories))
    for name in sorted(before.alternates.keys() & after.alternates.keys()):
        yield f"goods of table {name}", name, None


def _rates_text(rates: ApplicableRates) -> str:
    return " + ".join(f"{rate.name} {rate.percent} %" for rate in rates.rates) or NO_TAX
