"""Carts over GraphQL under rules by place: every figure, its rows and its explanation (R133, R135).

Shipping is taxed by the goods, prices are net abroad, there is a fee, and a step of what is to pay.
"""

from datetime import timedelta
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.rules.files import from_yaml
from gateway.engine.catalogue.products import Variant
from gateway.services.dependencies import Dependencies
from gateway.services.rule_import import import_rules
from tests.api.conftest import Ask
from tests.shelves import PRODUCT, build_dependencies
from tests.store import Store

LAMP = Variant("var_lamp", PRODUCT.id, "LAMP", "Lamp", {"CHF": 1190, "EUR": 1190})
TEA = Variant("var_tea", PRODUCT.id, "TEA", "Tea", {"CHF": 1070, "EUR": 1070}, tax_category="food")
RULES = """
valid_from: 2020-01-01
markets:
  - {currency: EUR, prices_include_tax: true, prices_abroad: NET, home: [DE]}
  - {currency: CHF, prices_include_tax: false, payable_step: 0.05}
tax: {default: {rules: [
  {name: VAT, areas: [DE], categories: [food], percent: 7},
  {name: VAT, areas: [DE], percent: 19},
  {name: MWST, areas: [CH], percent: 7.7},
  {name: moms, areas: [DK], percent: 25}]}}
shipping: [{id: post, name: Post, flat: {EUR: 5.00, CHF: 5.00}}]
shipping_tax: PRO_RATA
fees: [{name: Bulky goods, areas: [CH], amount: {CHF: 2.00}, tax_method: PRO_RATA}]
"""
# Read once.
RULE_FILE = from_yaml(RULES)
FIGURES = """cart { id version
  total { net { amount } tax { amount } gross { amount } } due { amount } taxState
  shippingTotal { net { amount } tax { amount } gross { amount } }
  shippingOptions { price { tax { amount } gross { amount } } }
  adjustments { label amount { amount } }
  taxSummary { name ratePercent base { amount } tax { amount } }
  explanations { figure target text }
  display { totals { key text } }
} userErrors { code field }"""
CREATE = f"mutation ($input: CartCreateInput!) {{ cartCreate(input: $input) {{ {FIGURES} }} }}"
SEND = f"""mutation ($input: CartDestinationSetInput!) {{
  cartDestinationSet(input: $input) {{ {FIGURES} }} }}"""


@pytest.fixture
def parts(database: SqliteDatabase, clock: ManualClock) -> Dependencies:
    return build_dependencies(database, clock)


@pytest.fixture(autouse=True)
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    store = await Store.open(database, clock)
    clock.advance(timedelta(seconds=1))
    async with database.begin() as work:
        await work.catalogue.save({PRODUCT: [LAMP, TEA]}, clock.now())
    await import_rules(
        RULE_FILE,
        database=database,
        ids=store.dependencies.ids,
        clock=clock,
        countries=store.dependencies.countries,
    )
    return store


async def fill_cart(ask: Ask, currency: str, country: str | None) -> Any:  # noqa: ANN401
    lines = [{"variantId": each.id, "quantity": 1} for each in (LAMP, TEA)]
    cart = (await ask(CREATE, input={"currency": currency, "lines": lines}))["cartCreate"]["cart"]
    if country is None:
        return cart
    sent = {"cartId": cart["id"], "destination": {"country": country}}
    answer = (await ask(SEND, input=sent))["cartDestinationSet"]
    assert answer["userErrors"] == []
    return answer["cart"]


def amounts(total: dict[str, Any]) -> tuple[str, ...]:
    """Net, tax and gross."""
    return tuple(total[side]["amount"] for side in ("net", "tax", "gross"))


async def test_shipping_with_tax_is_shared_at_home(ask: Ask) -> None:
    """11.90 with 19 % and 10.70 with 7 % are 10.00 each: 2.50 of the 5.00 with each rate in it."""
    cart = await fill_cart(ask, "EUR", "DE")
    # 2.50 x 19 / 119 = 0.399, 2.50 x 7 / 107 = 0.164.
    assert amounts(cart["shippingTotal"]) == ("4.44", "0.56", "5.00")
    assert cart["shippingOptions"] == [
        {"price": {"tax": {"amount": "0.56"}, "gross": {"amount": "5.00"}}}
    ]
    assert amounts(cart["total"]) == ("24.44", "3.16", "27.60")
    assert [(row["ratePercent"], row["tax"]["amount"]) for row in cart["taxSummary"]] == [
        ("19", "2.30"),
        ("7", "0.86"),
    ]
    assert (cart["taxState"], cart["adjustments"]) == ("FINAL", [])


async def test_net_is_kept_abroad_and_explained(ask: Ask) -> None:
    """10.00 and 10.00 and 25 % of each; shipping keeps its 5.00, of which 1.00 is tax."""
    cart = await fill_cart(ask, "EUR", "DK")
    assert amounts(cart["total"]) == ("24.00", "6.00", "30.00")
    texts = [(each["figure"], each["target"], each["text"]) for each in cart["explanations"]]
    shared = "included in the price, shared over the goods that it goes with by net value."
    assert texts == [
        ("shipping", None, "Post costs 5.00."),
        ("price", LAMP.id, "11.90 with the taxes of home is 10.00 without them."),
        ("tax", LAMP.id, "moms 25 % (DK, table default) of 10.00, added to the price."),
        ("price", TEA.id, "10.70 with the taxes of home is 10.00 without them."),
        ("tax", TEA.id, "moms 25 % (DK, table default) of 10.00, added to the price."),
        ("tax", "Post", f"moms 25 % (DK, table default) of 4.00, {shared}"),
    ]


async def test_before_the_destination_is_known_prices_abroad_are_not(ask: Ask) -> None:
    cart = await fill_cart(ask, "EUR", None)
    assert cart["total"] == {"net": None, "tax": None, "gross": None}
    assert (cart["due"], cart["taxState"]) == (None, "NEEDS_ADDRESS")


async def test_a_fee_and_the_step_are_rows_that_add_up(ask: Ask) -> None:
    """11.90, 10.70, 5.00 and 2.00 are 29.60; 0.92, 0.82, 0.39, 0.15 are tax: 31.88, paid 31.90."""
    cart = await fill_cart(ask, "CHF", "CH")
    assert amounts(cart["total"]) == ("29.60", "2.28", "31.88")
    assert cart["due"] == {"amount": "31.90"}
    assert [(each["label"], each["amount"]["amount"]) for each in cart["adjustments"]] == [
        ("Bulky goods", "2.00"),
        ("Rounding", "0.02"),
    ]
    assert [(each["key"], each["text"]) for each in cart["display"]["totals"]] == [
        ("subtotal", "CHF22.60"),
        ("adjustment.0", "CHF2.00"),
        ("shipping", "CHF5.00"),
        ("tax.MWST.7.7", "CHF2.28"),
        ("total", "CHF31.88"),
        ("rounding", "CHF0.02"),
        ("due", "CHF31.90"),
    ]
    abroad = await fill_cart(ask, "CHF", "FR")
    assert [each["label"] for each in abroad["adjustments"]] == []
    assert abroad["due"] == {"amount": "27.60"}
