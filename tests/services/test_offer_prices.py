"""Prices of one-click offers are computed once, and again when anything that they need changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.carts import PricingContext
from gateway.engine.catalogue.products import BundleComponent, Stock, Variant
from gateway.engine.money import Currency, Money
from gateway.engine.pricing.totals import TaxedMoney
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.tax.rounding import DEFAULT_ROUNDING
from gateway.engine.tax.tax_tables import TaxTable, TaxTables
from gateway.services.offer_prices import OfferPrice, OfferPriceCache, offer_terms

USD = Currency("USD", 2)
MARKET = Market("USD", False, DEFAULT_ROUNDING, TaxTables(TaxTable("default")), (), ())  # noqa: FBT003
SETTING = PricingContext({}, MARKET, (), date(2026, 11, 28))
HERE = Destination("US", "CA", "94043")
THERE = Destination("US", "OR", "97201")
MUG = Variant("var_mug", "prd_mug", "MUG", "Mug", {"USD": 1200})
SPOON = Variant("var_spoon", "prd_spoon", "SPOON", "Spoon", {"USD": 300})


class Pricing:
    """Prices offers, and counts how often it had to compute."""

    def __init__(self, max_offers: int = 100) -> None:
        self.cache = OfferPriceCache(max_offers)
        self.computed = 0

    def price(
        self,
        variant: Variant = MUG,
        quantity: int = 1,
        destination: Destination = HERE,
        context: PricingContext = SETTING,
        open_orders: object = None,
    ) -> OfferPrice | None:
        joined = () if open_orders is None else ("pur_ada", open_orders)
        terms = offer_terms(destination, context, *joined)
        cached = self.cache.find(variant, quantity, terms)
        if cached is not None:
            return cached.price
        self.computed += 1
        due = Money(variant.prices["USD"] * quantity, USD)
        price = OfferPrice(TaxedMoney(due, due, Money(0, USD)), due)
        self.cache.keep(variant, quantity, terms, price)
        return price


def test_what_is_asked_again_is_not_computed_again() -> None:
    pricing = Pricing()
    first = pricing.price()
    assert pricing.price(replace(MUG)) is first
    assert pricing.computed == 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda pricing: pricing.price(replace(MUG, prices={"USD": 1300})),
        lambda pricing: pricing.price(replace(MUG, tax_category="food")),
        lambda pricing: pricing.price(replace(MUG, stock=Stock(0))),
        lambda pricing: pricing.price(quantity=2),
        lambda pricing: pricing.price(destination=THERE),
        lambda pricing: pricing.price(
            context=replace(SETTING, day=SETTING.day + timedelta(days=1))
        ),
        lambda pricing: pricing.price(
            context=replace(SETTING, market=replace(SETTING.market, includes_tax=True))
        ),
        lambda pricing: pricing.price(
            context=replace(SETTING, customer_groups=frozenset({"trade"}))
        ),
        lambda pricing: pricing.price(
            context=replace(SETTING, scope_keys={MUG.product_id: frozenset({"tag:sale"})})
        ),
    ],
    ids=["price", "tax", "stock", "quantity", "place", "day", "rules", "groups", "promotion"],
)
def test_whatever_changes_the_price_is_computed_anew(ask: Callable[[Pricing], object]) -> None:
    """R114: the button shows what the click would cost now."""
    pricing = Pricing()
    pricing.price()
    ask(pricing)
    assert pricing.computed == 2


def test_what_other_goods_are_on_the_page_changes_nothing() -> None:
    pricing = Pricing()
    pricing.price()
    others = replace(
        SETTING, variants={SPOON.id: SPOON}, scope_keys={SPOON.product_id: frozenset({"tag:sale"})}
    )
    pricing.price(context=others)
    assert pricing.computed == 1


def test_bundles_are_computed_each_time() -> None:
    pricing = Pricing()
    bundle = replace(MUG, components=(BundleComponent(SPOON, 1, {"USD": 200}),))
    pricing.price(bundle)
    pricing.price(bundle)
    assert pricing.computed == 2


def test_the_offer_that_was_asked_for_longest_ago_is_forgotten() -> None:
    pricing = Pricing(max_offers=2)
    pricing.price()
    pricing.price(SPOON)
    pricing.price()
    pricing.price(quantity=2)
    assert pricing.computed == 3
    pricing.price()
    assert pricing.computed == 3
    pricing.price(SPOON)
    assert pricing.computed == 4


def test_what_joins_an_open_order_is_computed_again_when_that_changes() -> None:
    """R114, R29: the button shows what the click would add to the order as it is now."""
    pricing = Pricing()
    orders = pricing.cache.remember_open_orders("pur_ada", {"SHORT": ["order", 1]})
    pricing.price(open_orders=orders)
    same_orders = pricing.cache.remember_open_orders("pur_ada", {"SHORT": ["order", 1]})
    assert same_orders is orders
    pricing.price(open_orders=same_orders)
    assert pricing.computed == 1
    pricing.price(
        open_orders=pricing.cache.remember_open_orders("pur_ada", {"SHORT": ["order", 2]})
    )
    pricing.price()
    assert pricing.computed == 3


def test_open_orders_are_each_purchasers_own() -> None:
    cache, orders = OfferPriceCache(), {"SHORT": ["order", 1]}
    assert cache.remember_open_orders("pur_ada", orders) is orders
    twin = dict(orders)
    assert cache.remember_open_orders("pur_bob", twin) is twin
    assert cache.remember_open_orders("pur_ada", dict(orders)) is orders
