from dataclasses import replace
from datetime import date

from gateway.engine.addresses.address import Destination
from gateway.engine.carts import Cart, CartLine, PricingContext
from gateway.engine.catalogue.products import Variant
from gateway.engine.display.purchase_display import LocaleFormat
from gateway.engine.money import Currency, Money
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing import pipeline
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.tax.rounding import DEFAULT_ROUNDING
from gateway.engine.tax.tax_tables import TaxTable, TaxTables
from gateway.services.priced_cart_cache import PricedCartCache

USD = Currency("USD", 2)
TABLES = TaxTables(TaxTable("default"))
MARKET = Market("USD", False, DEFAULT_ROUNDING, TABLES, (), ())  # noqa: FBT003
SETTING = PricingContext(
    {"var_a": Variant("var_a", "prd", "A", "A", {"USD": 500})}, MARKET, (), date.max
)
CART = Cart("crt_1", 1, USD, (CartLine("var_a", 2, 500),))
PLAIN_FORMAT = LocaleFormat("en-US", lambda value: str(value.minor), str)


def gross_total(cart: PricedCart) -> Money | None:
    return cart.total.gross


def test_a_cart_that_has_not_changed_keeps_its_figures(runs: list[str]) -> None:
    recent = PricedCartCache()
    first = recent.price_cart(CART, SETTING)
    assert gross_total(first) == Money(1000, USD)
    runs.clear()
    again = recent.price_cart(replace(CART), replace(SETTING))
    assert again is first
    assert gross_total(again) == Money(1000, USD)
    assert runs == []


def test_another_price_is_seen_at_once() -> None:
    recent = PricedCartCache()
    assert gross_total(recent.price_cart(CART, SETTING)) == Money(1000, USD)
    dearer = replace(SETTING.variants["var_a"], prices={"USD": 700})
    priced_cart = recent.price_cart(CART, replace(SETTING, variants={"var_a": dearer}))
    assert gross_total(priced_cart) == Money(1400, USD)
    assert priced_cart.items[0].unit_price == Money(700, USD)
    assert "PRICE_CHANGED" in priced_cart.tags


# R: after a mutation only what depends on the change is computed anew.
def test_another_destination_leaves_prices_and_discounts_as_they_were(runs: list[str]) -> None:
    recent = PricedCartCache()
    gross_total(recent.price_cart(CART, SETTING))
    runs.clear()
    moved = replace(CART, version=2, destination=Destination("US", "CA"))
    assert gross_total(recent.price_cart(moved, SETTING)) == Money(1000, USD)
    assert pipeline.TAX in runs
    unaffected_steps = {
        pipeline.TAG,
        pipeline.PRICE,
        pipeline.ITEM_DISCOUNTS,
        pipeline.ORDER_DISCOUNTS,
    }
    assert not unaffected_steps & set(runs)


def test_a_new_version_of_the_same_purchase_shares_its_figures() -> None:
    recent = PricedCartCache()
    first = recent.price_cart(CART, SETTING)
    assert gross_total(first) == Money(1000, USD)
    second = recent.price_cart(replace(CART, version=2), SETTING)
    assert (first.version, second.version) == (1, 2)
    assert second.total is first.total


def test_the_display_of_a_locale_is_made_once() -> None:
    cart = PricedCartCache().price_cart(CART, SETTING)
    shown = cart.display(PLAIN_FORMAT)
    assert cart.display(PLAIN_FORMAT).lines is shown.lines
    others = [
        cart.display(replace(PLAIN_FORMAT, nearest_locale=locale))
        for locale in ("a", "b", "c", "d")
    ]
    assert [each.locale for each in others] == ["a", "b", "c", "d"]
    assert cart.display(PLAIN_FORMAT).lines == shown.lines


def test_the_oldest_make_room() -> None:
    recent = PricedCartCache(max_lines=2)
    first = recent.price_cart(CART, SETTING)
    for id in ("crt_2", "crt_3"):
        recent.price_cart(replace(CART, id=id), SETTING)
    assert recent.price_cart(CART, SETTING) is not first
