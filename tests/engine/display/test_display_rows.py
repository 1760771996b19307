"""Every row and message of a display, word for word: from the subtotal to what is due."""

from dataclasses import dataclass, replace

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.display.actions import DisplayAction
from gateway.engine.display.purchase_display import (
    DisplayChoice,
    DisplayLine,
    LocaleFormat,
    PurchaseDisplay,
)
from gateway.engine.pricing.discounts import AmountOff
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.snapshots import hide_destination, take_snapshot
from gateway.engine.pricing.totals import TaxedMoney
from tests.engine.purchases import FULL_PURCHASE, item, order_discount, price_items, usd

PLAIN_FORMAT = LocaleFormat("en", lambda value: str(value.minor), lambda percent: f"{percent} %")
FULL = PricedPurchase(FULL_PURCHASE)
SUBTOTAL_ROWS = (
    DisplayLine("subtotal", "Subtotal", "3100"),
    DisplayLine("adjustment.0", "Amount off", "-100"),
    DisplayLine("adjustment.TEN", "off", "-300", "TEN"),
    DisplayLine("adjustment.2", "wrapping", "150"),
    DisplayLine("shipping", "Shipping: post", "300"),
)


def display(priced_purchase: PricedPurchase) -> PurchaseDisplay:
    return PurchaseDisplay(priced_purchase, PLAIN_FORMAT)


def test_rows_of_a_purchase_whose_tax_is_final() -> None:
    view = display(FULL)
    assert view.lines == (
        DisplayLine("0", "2 x item", "1710", "1000 each; reduced by 290", "2000"),
        DisplayLine("1", "item", "990", "reduced by 110; with item, item", "1100"),
    )
    assert view.totals == (
        *SUBTOTAL_ROWS,
        DisplayLine("tax.tax.9.25", "tax 9.25 %", "264", "on 2850"),
        DisplayLine("total", "Total", "3414"),
        DisplayLine("storedValue", "Stored value", "-400"),
        DisplayLine("due", "Due", "3014"),
    )
    assert (view.messages, view.actions, view.locale) == ((), (), "en")


def test_rows_of_a_purchase_whose_tax_is_an_estimate() -> None:
    view = display(PricedPurchase(replace(FULL_PURCHASE, destination=Destination("US", "CA"))))
    assert view.totals == (
        *SUBTOTAL_ROWS,
        DisplayLine("tax.tax.7.25", "tax 7.25 %", "207", "on 2850, estimated"),
        DisplayLine("total", "Estimated total", "3357"),
        DisplayLine("storedValue", "Stored value", "-400"),
        DisplayLine("due", "Due", "2957"),
    )
    assert view.messages == ("The tax is an estimate until the full address is known.",)


def test_rows_of_a_purchase_whose_tax_is_not_known() -> None:
    view = display(PricedPurchase(replace(FULL_PURCHASE, destination=None)))
    assert view.totals == (
        *SUBTOTAL_ROWS,
        DisplayLine("tax", "Tax", "—", "known once the destination is"),
        DisplayLine("total", "Total before tax", "3150"),
    )
    assert view.messages == ("Tell us where it goes to see tax.",)


def test_nothing_of_stored_value_where_none_pays() -> None:
    rows = display(price_items(item(1000, 1, "20"))).totals
    assert [row.key for row in rows] == ["subtotal", "tax.tax20.20", "total"]


def test_an_item_of_its_own_discount_is_its_key() -> None:
    reduced = item(1000, 1, "20", reference="a", discount=AmountOff(100))
    rows = display(price_items(reduced, discounts=(order_discount(AmountOff(50)),))).totals
    assert [(row.key, row.detail) for row in rows if row.key.startswith("adjustment")] == [
        ("adjustment.a", None),
        ("adjustment.1", None),
    ]


def test_what_goes_to_an_unknown_place_is_shipped_somehow() -> None:
    """Whoever may not know where it goes sees what shipping costs."""
    view = PurchaseDisplay(hide_destination(take_snapshot(FULL)), PLAIN_FORMAT)
    assert [row for row in view.totals if row.key == "shipping"] == [
        DisplayLine("shipping", "Shipping", "300")
    ]
    assert view.shipping == (DisplayChoice("shipping", "Shipping", "300", None, selected=True),)
    assert [row.key for row in view.totals if row.key.startswith("tax")] == ["tax"]


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("PRICE_CHANGED", "A price has changed since you added the item."),
        ("BACKORDER", "An item is on back-order and ships later."),
        ("AGE_RESTRICTED", "An item may be sold to adults only."),
        ("ERROR", "An item cannot be bought as it is."),
    ],
)
def test_messages_by_tag(tag: str, message: str) -> None:
    snapshot = replace(take_snapshot(FULL), tags=("GIFT", tag))
    assert PurchaseDisplay(snapshot, PLAIN_FORMAT).messages == (message,)


@dataclass(frozen=True)
class OfferedShipping:
    id: str
    name: str
    price: TaxedMoney
    selected: bool


def taxed_money(*minors: int | None) -> TaxedMoney:
    net, tax, gross = (None if minor is None else usd(minor) for minor in minors)
    return TaxedMoney(net=net, tax=tax, gross=gross)


@dataclass(frozen=True)
class CartState:
    actions: tuple[DisplayAction, ...]
    shipping_options: tuple[OfferedShipping, ...]
    notices: tuple[str, ...]


def test_ways_to_ship_that_can_be_chosen() -> None:
    state = CartState(
        (DisplayAction.CHECK_OUT,),
        (
            OfferedShipping("s1", "Post", taxed_money(300, 60, 360), selected=False),
            OfferedShipping("s2", "Courier", taxed_money(900, 0, 900), selected=True),
            OfferedShipping("s3", "Drone", taxed_money(None, None, 950), selected=False),
            OfferedShipping("s4", "Boat", taxed_money(50, None, None), selected=False),
        ),
        ("Take care.",),
    )
    snapshot = replace(take_snapshot(FULL), tags=("ERROR",))
    view = PurchaseDisplay(snapshot, PLAIN_FORMAT, state)
    assert view.shipping == (
        DisplayChoice("s1", "Post", "300", "360 with tax", selected=False),
        DisplayChoice("s2", "Courier", "900", None, selected=True),
        DisplayChoice("s3", "Drone", "950", None, selected=False),
        DisplayChoice("s4", "Boat", "50", None, selected=False),
    )
    assert view.messages == ("An item cannot be bought as it is.", "Take care.")
    assert view.actions == (DisplayAction.CHECK_OUT,)
