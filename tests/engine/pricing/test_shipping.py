"""R83: which ways to ship fit, at which price, which is taken, and why there may be none."""

from collections.abc import Iterable

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import UsCountryArea, WorldArea
from gateway.engine.pricing.ledger import ShippingResult
from gateway.engine.pricing.node_totals import ShippingRateTotal
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import Item
from gateway.engine.pricing.shipping import (
    FlatPrice,
    Pickup,
    PriceByArea,
    PriceByWeight,
    ShippingMethod,
    ShippingProblem,
)
from tests.engine.purchases import (
    CA_94043,
    GB,
    NY_10001,
    item,
    net_tax_gross,
    order_discount,
    percent_off,
    postal_code_area,
    price_items,
    rule,
    state_area,
    tables,
    us_area,
)

ALASKA = Destination("US", "AK", "99501")
POST = ShippingMethod("post", "Post", FlatPrice(500), allowed=(us_area(UsCountryArea.ALL),))
VAN = ShippingMethod("van", "Van", FlatPrice(300), allowed=(us_area(UsCountryArea.CONTINENTAL_48),))
BY_WEIGHT = ShippingMethod("scales", "Scales", PriceByWeight(((1000, 400), (5000, 900))))
BY_ZONE = ShippingMethod(
    "zones",
    "Zones",
    PriceByArea((((state_area("CA"),), 100), ((postal_code_area("US"), WorldArea()), 800))),
)
COUNTER = ShippingMethod("counter", "Counter", Pickup())


def shipping_for(
    *methods: ShippingMethod, items: Iterable[Item] = (item(1000),), **more: object
) -> ShippingResult:
    priced_purchase = price_items(*items, methods=methods, **({"destination": CA_94043} | more))
    return priced_purchase.ledger_after("shipping").shipping


def offered_rates(result: ShippingResult) -> list[tuple[str, int]]:
    return [(rate.method.id, rate.minor) for rate in result.rates]


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (CA_94043, [("van", 300), ("post", 500)]),
        (ALASKA, [("post", 500)]),
        (Destination("US"), [("post", 500)]),  # it might be Alaska: no van is promised
        (GB, []),
        (None, []),
    ],
)
def test_methods_go_where_they_are_allowed(
    to: Destination | None, expected: list[tuple[str, int]]
) -> None:
    assert offered_rates(shipping_for(POST, VAN, destination=to)) == expected


def test_excluded_areas_outrank_allowed_ones() -> None:
    picky = ShippingMethod(
        "p", "P", FlatPrice(1), allowed=(WorldArea(),), excluded=(state_area("NY"),)
    )
    assert offered_rates(shipping_for(picky)) == [("p", 1)]
    assert offered_rates(shipping_for(picky, destination=NY_10001)) == []
    assert offered_rates(shipping_for(picky, destination=Destination("US"))) == []


@pytest.mark.parametrize(("grams", "price"), [(1000, 400), (1001, 900), (5000, 900), (5001, None)])
def test_weight_decides_the_bracket(grams: int, price: int | None) -> None:
    result = shipping_for(BY_WEIGHT, items=[item(100, grams=grams)])
    assert offered_rates(result) == ([] if price is None else [("scales", price)])


def test_all_that_is_shipped_is_weighed_and_nothing_else() -> None:
    digital = item(100, grams=9_000, tags=frozenset({"DIGITAL"}))
    bundle = item(0, 2, grams=100, components=(item(10, 3, grams=200),))
    assert offered_rates(shipping_for(BY_WEIGHT, items=[digital, bundle])) == [("scales", 900)]


@pytest.mark.parametrize(("to", "price"), [(CA_94043, 100), (NY_10001, 800), (GB, 800)])
def test_the_first_area_that_holds_the_destination_has_the_price(
    to: Destination, price: int
) -> None:
    assert offered_rates(shipping_for(BY_ZONE, destination=to)) == [("zones", price)]


def test_pickup_is_free_and_needs_no_destination() -> None:
    assert offered_rates(shipping_for(COUNTER, POST, destination=None)) == [("counter", 0)]


def test_what_is_too_large_is_not_carried_by_everyone() -> None:
    small = ShippingMethod("small", "Small", FlatPrice(100), takes_oversize=False)
    large = item(1000, grams=31_000)
    assert offered_rates(shipping_for(small, POST, items=[large])) == [("post", 500)]


def test_free_from_a_worth_after_discounts() -> None:
    method = ShippingMethod("m", "M", FlatPrice(500), free_from=1000)
    assert offered_rates(shipping_for(method)) == [("m", 0)]
    one_percent_off = (order_discount(percent_off("1")),)
    assert offered_rates(shipping_for(method, discounts=one_percent_off)) == [("m", 500)]


def selected_method_id(result: ShippingResult) -> str | None:
    return result.selected.method.id if result.selected else None


def test_the_cheapest_is_taken_until_another_is() -> None:
    assert selected_method_id(shipping_for(POST, VAN)) == "van"
    assert selected_method_id(shipping_for(POST, VAN, method_id="post")) == "post"
    # What was chosen does not go to Alaska: the cheapest that does.
    assert (
        selected_method_id(shipping_for(POST, VAN, method_id="van", destination=ALASKA)) == "post"
    )


def test_why_there_is_none() -> None:
    assert shipping_for(VAN, destination=GB).problem is ShippingProblem.NO_METHOD_FITS
    assert shipping_for(VAN, destination=None).problem is ShippingProblem.NEEDS_ADDRESS


def test_a_digital_purchase_needs_none() -> None:
    result = shipping_for(VAN, items=[item(1, tags=frozenset({"DIGITAL"}))], destination=None)
    assert (result.rates, result.problem, result.selected) == ((), None, None)


def test_each_choice_is_taxed_in_its_own_basis() -> None:
    """R81."""
    tax_tables = tables(rule("20", WorldArea(), shipping_taxed=True))
    gross = ShippingMethod("gross", "Gross", FlatPrice(600), includes_tax=True)
    priced_purchase: PricedPurchase = price_items(
        item(1000), methods=(POST, gross), destination=CA_94043, tax_tables=tax_tables
    )
    assert net_tax_gross(priced_purchase.shipping_total) == (500, 100, 600)
    rate_totals = [ShippingRateTotal(priced_purchase._run, position) for position in range(2)]
    assert [net_tax_gross(each) for each in rate_totals] == [(500, 100, 600), (500, 100, 600)]
    assert net_tax_gross(priced_purchase.total) == (1500, 300, 1800)
