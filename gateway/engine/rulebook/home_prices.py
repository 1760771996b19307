"""Prices that include the taxes of home: which taxes those are, for each item."""

from dataclasses import replace
from datetime import date

from gateway.engine.pricing.purchase import FixedRates, Item, RatesByTable
from gateway.engine.pricing.tags import TAX_EXEMPT, item_tags
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.rulebook.sample_destinations import sample_area
from gateway.engine.tax.rate_lookup import find_rates
from gateway.engine.tax.tax_tables import CustomerKind, TaxQuery


def with_home_rates(item: Item, market: Market, day: date) -> Item:
    """``item`` and its components with the rates that their prices include at home.

    They are those of the first area of home for a consumer on that day; where ``market`` keeps
    prices as they are, and for what is not taxed anywhere, there are none.
    """
    if not market.home or not market.includes_tax:
        return item
    components = tuple(with_home_rates(component, market, day) for component in item.components)
    source = item.tax_source
    if not isinstance(source, RatesByTable) or TAX_EXEMPT in item_tags(item):
        return replace(item, components=components)
    tables = market.tax_tables
    query = TaxQuery(next(sample_area(market.home[0])), CustomerKind.CONSUMER, day)
    price = tables.price_class(market.currency, item.unit_price, 1)
    rates = find_rates(tables, query, source.table, source.category, price).rates
    return replace(item, components=components, home_rates=FixedRates(rates))
