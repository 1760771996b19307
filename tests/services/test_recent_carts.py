from dataclasses import replace
from datetime import date

from gateway.engine import stages
from gateway.engine.carts import Cart, CartLine, PricedCart, Setting
from gateway.engine.catalogue import Variant
from gateway.engine.display import Writing
from gateway.engine.money import Currency, Money
from gateway.engine.places import Destination
from gateway.engine.rounding import DEFAULT_ROUNDING
from gateway.engine.rulebook import Market
from gateway.engine.taxes import TaxTable, TaxTables
from gateway.services.recent_carts import RecentCarts

USD = Currency("USD", 2)
TABLES = TaxTables(TaxTable("default"))
MARKET = Market("USD", False, DEFAULT_ROUNDING, TABLES, (), ())  # noqa: FBT003
SETTING = Setting({"var_a": Variant("var_a", "prd", "A", "A", {"USD": 500})}, MARKET, (), date.max)
CART = Cart("crt_1", 1, USD, (CartLine("var_a", 2, 500),))
PLAIN = Writing("en-US", lambda value: str(value.minor), str)


def total(cart: PricedCart) -> Money | None:
    return cart.total.gross


def test_a_cart_that_has_not_changed_keeps_its_figures(runs: list[str]) -> None:
    recent = RecentCarts()
    first = recent.priced(CART, SETTING)
    assert total(first) == Money(1000, USD)
    runs.clear()
    again = recent.priced(replace(CART), replace(SETTING))
    assert again is first
    assert total(again) == Money(1000, USD)
    assert runs == []


def test_another_price_is_seen_at_once() -> None:
    recent = RecentCarts()
    assert total(recent.priced(CART, SETTING)) == Money(1000, USD)
    dearer = replace(SETTING.variants["var_a"], prices={"USD": 700})
    found = recent.priced(CART, replace(SETTING, variants={"var_a": dearer}))
    assert total(found) == Money(1400, USD)
    assert found.items[0].unit_price == Money(700, USD)
    assert "PRICE_CHANGED" in found.tags


# R: after a mutation only what depends on the change is computed anew.
def test_another_destination_leaves_prices_and_discounts_as_they_were(runs: list[str]) -> None:
    recent = RecentCarts()
    total(recent.priced(CART, SETTING))
    runs.clear()
    moved = replace(CART, version=2, destination=Destination("US", "CA"))
    assert total(recent.priced(moved, SETTING)) == Money(1000, USD)
    assert stages.TAX in runs
    kept = {stages.TAG, stages.PRICE, stages.ITEM_DISCOUNTS, stages.ORDER_DISCOUNTS}
    assert not kept & set(runs)


def test_a_new_version_of_the_same_purchase_shares_its_figures() -> None:
    recent = RecentCarts()
    first = recent.priced(CART, SETTING)
    assert total(first) == Money(1000, USD)
    second = recent.priced(replace(CART, version=2), SETTING)
    assert (first.version, second.version) == (1, 2)
    assert second.total is first.total


def test_the_display_of_a_locale_is_made_once() -> None:
    cart = RecentCarts().priced(CART, SETTING)
    shown = cart.display(PLAIN)
    assert cart.display(PLAIN).lines is shown.lines
    others = [cart.display(replace(PLAIN, locale=locale)) for locale in ("a", "b", "c", "d")]
    assert [each.locale for each in others] == ["a", "b", "c", "d"]
    assert cart.display(PLAIN).lines == shown.lines


def test_the_oldest_make_room() -> None:
    recent = RecentCarts(most_lines=2)
    first = recent.priced(CART, SETTING)
    for id in ("crt_2", "crt_3"):
        recent.priced(replace(CART, id=id), SETTING)
    assert recent.priced(CART, SETTING) is not first
