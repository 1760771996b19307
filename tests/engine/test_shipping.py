"""R83: which ways to ship fit, at which price, which is taken, and why there may be none."""

from collections.abc import Iterable

import pytest

from gateway.engine.areas import UsArea, World
from gateway.engine.findings import OneChoice
from gateway.engine.ledger import ShippingFound
from gateway.engine.places import Destination
from gateway.engine.pricing import PricedPurchase
from gateway.engine.shipping import (
    FlatPrice,
    Pickup,
    PriceByArea,
    PriceByWeight,
    ShippingMethod,
    Unshippable,
)
from gateway.engine.tree import Item
from tests.engine.purchases import (
    CA_94043,
    GB,
    NY_10001,
    codes,
    item,
    order_discount,
    percent_off,
    priced,
    rule,
    sides,
    state,
    tables,
    us,
)

ALASKA = Destination("US", "AK", "99501")
POST = ShippingMethod("post", "Post", FlatPrice(500), allowed=(us(UsArea.ALL),))
VAN = ShippingMethod("van", "Van", FlatPrice(300), allowed=(us(UsArea.CONTINENTAL_48),))
SCALES = ShippingMethod("scales", "Scales", PriceByWeight(((1000, 400), (5000, 900))))
ZONES = ShippingMethod(
    "zones", "Zones", PriceByArea((((state("CA"),), 100), ((codes("US"), World()), 800)))
)
COUNTER = ShippingMethod("counter", "Counter", Pickup())


def shipped(
    *methods: ShippingMethod, things: Iterable[Item] = (item(1000),), **more: object
) -> ShippingFound:
    found = priced(*things, methods=methods, **({"destination": CA_94043} | more))
    return found.at("shipping").shipping


def offered(found: ShippingFound) -> list[tuple[str, int]]:
    return [(choice.method.id, choice.minor) for choice in found.choices]


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
    assert offered(shipped(POST, VAN, destination=to)) == expected


def test_excluded_areas_outrank_allowed_ones() -> None:
    picky = ShippingMethod("p", "P", FlatPrice(1), allowed=(World(),), excluded=(state("NY"),))
    assert offered(shipped(picky)) == [("p", 1)]
    assert offered(shipped(picky, destination=NY_10001)) == []
    assert offered(shipped(picky, destination=Destination("US"))) == []


@pytest.mark.parametrize(("grams", "price"), [(1000, 400), (1001, 900), (5000, 900), (5001, None)])
def test_weight_decides_the_bracket(grams: int, price: int | None) -> None:
    found = shipped(SCALES, things=[item(100, grams=grams)])
    assert offered(found) == ([] if price is None else [("scales", price)])


def test_all_that_is_shipped_is_weighed_and_nothing_else() -> None:
    digital = item(100, grams=9_000, tags=frozenset({"DIGITAL"}))
    bundle = item(0, 2, grams=100, components=(item(10, 3, grams=200),))
    assert offered(shipped(SCALES, things=[digital, bundle])) == [("scales", 900)]


@pytest.mark.parametrize(("to", "price"), [(CA_94043, 100), (NY_10001, 800), (GB, 800)])
def test_the_first_area_that_holds_the_destination_has_the_price(
    to: Destination, price: int
) -> None:
    assert offered(shipped(ZONES, destination=to)) == [("zones", price)]


def test_pickup_is_free_and_needs_no_destination() -> None:
    assert offered(shipped(COUNTER, POST, destination=None)) == [("counter", 0)]


def test_what_is_too_large_is_not_carried_by_everyone() -> None:
    small = ShippingMethod("small", "Small", FlatPrice(100), takes_oversize=False)
    large = item(1000, grams=31_000)
    assert offered(shipped(small, POST, things=[large])) == [("post", 500)]


def test_free_from_a_worth_after_discounts() -> None:
    method = ShippingMethod("m", "M", FlatPrice(500), free_from=1000)
    assert offered(shipped(method)) == [("m", 0)]
    less = (order_discount(percent_off("1")),)
    assert offered(shipped(method, discounts=less)) == [("m", 500)]


def taken(found: ShippingFound) -> str | None:
    return found.taken.method.id if found.taken else None


def test_the_cheapest_is_taken_until_another_is() -> None:
    assert taken(shipped(POST, VAN)) == "van"
    assert taken(shipped(POST, VAN, method_id="post")) == "post"
    # What was chosen does not go to Alaska: the cheapest that does.
    assert taken(shipped(POST, VAN, method_id="van", destination=ALASKA)) == "post"


def test_why_there_is_none() -> None:
    assert shipped(VAN, destination=GB).problem is Unshippable.NO_METHOD_FITS
    assert shipped(VAN, destination=None).problem is Unshippable.NEEDS_ADDRESS


def test_a_digital_purchase_needs_none() -> None:
    found = shipped(VAN, things=[item(1, tags=frozenset({"DIGITAL"}))], destination=None)
    assert (found.choices, found.problem, found.taken) == ((), None, None)


def test_each_choice_is_taxed_in_its_own_basis() -> None:
    """R81."""
    given = tables(rule("20", World(), shipping_taxed=True))
    gross = ShippingMethod("gross", "Gross", FlatPrice(600), includes_tax=True)
    found: PricedPurchase = priced(
        item(1000), methods=(POST, gross), destination=CA_94043, tax_tables=given
    )
    assert sides(found.shipping_total) == (500, 100, 600)
    choices = [OneChoice(found._found, position) for position in range(2)]
    assert [sides(each) for each in choices] == [(500, 100, 600), (500, 100, 600)]
    assert sides(found.total) == (1500, 300, 1800)
