"""R111: an import changes what its columns name and nothing else; it says what it did."""

import asyncio
from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.clocks import StandingClock
from gateway.engine.catalogue import Product, Stock, Variant
from gateway.engine.product_cells import Line
from gateway.engine.product_changes import NEW_PRODUCT, NEW_VARIANT, ChangedCell, changes
from gateway.engine.product_lines import IgnoredCell, RefusedLine, drafts
from gateway.engine.product_matching import Conditions, Present, merged
from gateway.services.product_import import ImportReport
from tests.conftest import AnyDatabase
from tests.services.test_product_import import EUR, USD, imported, shop
from tests.shelves import CALIFORNIA
from tests.store import Store, placed

LAMP = """Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price
floor-lamp,Floor lamp,Title,Default Title,,69.99
"""
SIZES = """Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price
shirt,Shirt,Size,S,A-1,10
shirt,,,M,A-1,11
shirt,,,L,,12
cup,Cup,Title,Default Title,A-1,5
"""
STOCKED = """Handle,Title,Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty
mug,Mug,MUG-7,10,shopify,10
jug,Jug,,12,shopify,10
"""
SHARED = "other variants have the same SKU: found by handle and options"
UNCOUNTED = "its tracker is empty, so it is not counted"
ALONE = "stock is left alone (--set-stock sets it)"


async def only(databases: AnyDatabase, handle: str = "mug") -> Variant:
    _, (found,) = (await shop(databases))[handle]
    return found


# -- SKUs that are not there, and that tell nothing


async def test_without_a_sku(databases: AnyDatabase, clock: StandingClock) -> None:
    """Found again by handle and options."""
    report = await imported(databases, clock, LAMP)
    assert (report.products, report.variants, report.refused) == (1, 1, ())
    before = await shop(databases)
    assert [each.sku for each in before["floor-lamp"][1]] == [""]
    again = await imported(databases, clock, LAMP)
    assert (again.products, again.changed, again.refused) == (1, (), ())
    assert await shop(databases) == before
    dearer = await imported(databases, clock, LAMP.replace("69.99", "70"))
    assert dearer.changed == (ChangedCell(2, "Variant Price"),)
    lamp = await only(databases, "floor-lamp")
    assert lamp == replace(before["floor-lamp"][1][0], prices={"USD": 7000})
    named = await imported(databases, clock, LAMP.replace(",,69", ",LAMP,69"))
    assert [each.column for each in named.changed] == ["Variant SKU", "Variant Price"]
    assert (await only(databases, "floor-lamp")).id == lamp.id


async def test_a_sku_that_stands_at_several(databases: AnyDatabase, clock: StandingClock) -> None:
    """Of one product and of two; in one file and in two."""
    report = await imported(databases, clock, SIZES)
    assert (report.products, report.variants, report.refused) == (2, 4, ())
    assert [each for each in report.ignored if each.column == "Variant SKU"] == [
        IgnoredCell(2, "Variant SKU", SHARED),
        IgnoredCell(3, "Variant SKU", SHARED),
        IgnoredCell(5, "Variant SKU", SHARED),
    ]
    before = await shop(databases)
    _, shirts = before["shirt"]
    assert [(each.sku, each.title, each.price("USD")) for each in shirts] == [
        ("A-1", "Shirt, S", 1000), ("A-1", "Shirt, M", 1100), ("", "Shirt, L", 1200),
    ]  # fmt: skip
    assert (await imported(databases, clock, SIZES)).changed == ()
    assert await shop(databases) == before
    other = "Handle,Title,Variant SKU,Variant Price\njug,Jug,A-1,7\n"
    later = await imported(databases, clock, other)
    assert (later.refused, later.ignored) == ((), (IgnoredCell(2, "Variant SKU", SHARED),))
    assert (await imported(databases, clock, other)).changed == ()
    found = await shop(databases)
    assert (found["shirt"], found["cup"]) == (before["shirt"], before["cup"])


async def test_a_sku_tells_although_options_changed(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    rows = (
        "Handle,Title,Option1 Value,Variant SKU,Variant Price\nshirt,Shirt,{},X,1\nshirt,,{},Y,2\n"
    )
    await imported(databases, clock, rows.format("S", "M"))
    _, before = (await shop(databases))["shirt"]
    report = await imported(databases, clock, rows.format("M", "S"))
    assert [each.column for each in report.changed] == ["Option1 Value"] * 2
    _, after = (await shop(databases))["shirt"]
    assert [(each.id, each.title) for each in after] == [
        (before[0].id, "Shirt, M"), (before[1].id, "Shirt, S"),
    ]  # fmt: skip


async def test_which_variant_is_meant_must_be_told(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    await imported(databases, clock, SIZES)
    before = await shop(databases)
    report = await imported(databases, clock, "Handle,Variant Price\nshirt,5\ncup,4\n")
    why = "which of 3 variants it is cannot be told by its SKU alone"
    assert report.refused == (RefusedLine(2, "shirt", why),)
    assert report.changed == (ChangedCell(3, "Variant Price"),)
    after = await shop(databases)
    assert after["shirt"] == before["shirt"]
    assert after["cup"][1][0].price("USD") == 400


async def test_what_is_new_needs_a_title_and_a_price(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    await imported(databases, clock, SIZES)
    rows = "Handle,Option1 Value,Variant SKU\njug,,J\nshirt,XL,B-1\ncup,,C\n"
    report = await imported(databases, clock, rows)
    assert report.refused == (
        RefusedLine(2, "jug", "Title is missing"),
        RefusedLine(3, "shirt", "Variant Price is missing"),
    )
    assert report.changed == (ChangedCell(4, "Variant SKU"),)


# -- stock


@pytest.mark.parametrize("handle", ["mug", "jug"])
async def test_what_was_sold_is_not_given_back(
    databases: AnyDatabase, clock: StandingClock, handle: str
) -> None:
    """10 in stock, 3 sold: 7, whatever file comes again; without the columns, and empty ones."""
    store = await Store.opened(databases, clock)
    await imported(databases, clock, STOCKED)
    cart = await store.cart([(await only(databases, handle), 3)], CALIFORNIA)
    placed(await store.guest(cart, expected_total=cart.total.gross.amount))  # type: ignore[union-attr]
    line = 2 if handle == "mug" else 3
    report = await imported(databases, clock, STOCKED)
    assert (report.changed, report.ignored) == (
        (),
        (IgnoredCell(line, "Variant Inventory Qty", ALONE),),
    )
    for text in (
        STOCKED,
        STOCKED.replace("shopify,10", "shopify,"),
        STOCKED.replace("shopify,10", ","),
        STOCKED.replace("shopify,10", "shopify,0"),
        STOCKED.replace(",Variant Inventory Tracker,Variant Inventory Qty", "").replace(
            ",shopify,10", ""
        ),
        STOCKED.replace(",Variant Inventory Tracker", "").replace(",shopify", ""),
        STOCKED.replace(",Variant Inventory Qty", "").replace(",10\n", "\n"),
    ):
        await imported(databases, clock, text)
        assert (await only(databases, handle)).stock == Stock(7)


@pytest.mark.parametrize(
    ("cells", "available"),
    [
        ("shopify,10", 10),
        ("shopify,0", 0),
        ("shopify,-2", -2),
        ("shopify,", 4),
        (",10", None),
        (",", None),
    ],
)
async def test_setting_stock(
    databases: AnyDatabase, clock: StandingClock, cells: str, available: int | None
) -> None:
    """Empty says nothing of how many; an empty tracker, that nobody counts."""
    await imported(databases, clock, STOCKED.replace("shopify,10", "shopify,4"))
    text = STOCKED.replace("shopify,10", cells)
    report = await imported(databases, clock, text, sets_stock=True)
    found = await shop(databases)
    assert [found[each][1][0].stock.available for each in ("mug", "jug")] == [available] * 2
    changed = [] if available == 4 else [ChangedCell(at, "Variant Inventory Qty") for at in (2, 3)]
    uncounted = [IgnoredCell(at, "Variant Inventory Qty", UNCOUNTED) for at in (2, 3)]
    ignored = uncounted if cells == ",10" else []
    assert (list(report.changed), list(report.ignored)) == (changed, ignored)
    assert (await imported(databases, clock, text, sets_stock=True)).changed == ()


@pytest.mark.parametrize(
    ("header", "cells", "stock"),
    [
        ("", "", Stock()),
        (",Variant Inventory Qty", ",5", Stock(5)),
        (",Variant Inventory Qty", ",0", Stock(0)),
        (",Variant Inventory Qty", ",", Stock()),
        (",Variant Inventory Tracker", ",shopify", Stock(0)),
        (",Variant Inventory Tracker", ",", Stock()),
        (",Variant Inventory Tracker,Variant Inventory Qty", ",,5", Stock()),
    ],
)
async def test_the_stock_of_what_is_new(
    databases: AnyDatabase, clock: StandingClock, header: str, cells: str, stock: Stock
) -> None:
    text = f"Handle,Title,Variant Price{header}\nmug,Mug,1{cells}\n"
    report = await imported(databases, clock, text)
    assert (await only(databases)).stock == stock
    assert [each.reason for each in report.ignored] == ([UNCOUNTED] if cells == ",,5" else [])


async def test_what_is_sold_beyond_stock_is_no_stock(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    await imported(databases, clock, STOCKED)
    text = "Handle,Variant Inventory Policy\nmug,continue\n"
    report = await imported(databases, clock, text)
    assert report.changed == (ChangedCell(2, "Variant Inventory Policy"),)
    assert (await only(databases)).stock == Stock(10, backorder=True)
    assert (await imported(databases, clock, text.replace("continue", ""))).changed == ()


@pytest.mark.parametrize("sets_stock", [False, True])
async def test_imports_and_purchases_at_once(
    databases: AnyDatabase,
    clock: StandingClock,
    sets_stock: bool,  # noqa: FBT001
) -> None:
    """Neither loses what the other did to stock, and neither waits for ever."""
    store = await Store.opened(databases, clock)
    await imported(databases, clock, STOCKED)
    mug, jug = await only(databases, "mug"), await only(databases, "jug")
    made = [await store.cart([(mug, 1), (jug, 1)], CALIFORNIA) for _ in range(4)]
    twenty = STOCKED.replace("shopify,10", "shopify,20").replace(",10,", ",11,")
    importing = asyncio.create_task(imported(databases, clock, twenty, sets_stock=sets_stock))
    outcomes = await asyncio.gather(
        *(store.guest(cart, expected_total=Decimal(99)) for cart in made)
    )
    report = await importing
    assert [placed(each).status for each in outcomes] == ["OPEN"] * 4
    assert report.refused == ()
    stock = [(await only(databases, each)).stock.available for each in ("mug", "jug")]
    if sets_stock:
        # What was bought before the setting is in the number that was set.
        assert all(each is not None and 16 <= each <= 20 for each in stock)
    else:
        assert stock == [6, 6]


# -- columns


MUG = Variant(
    "var_1", "prd_1", "MUG", "Mug, Red", {"USD": 500, "EUR": 450}, None, "food", 300,
    frozenset({"OVERSIZE", "DIGITAL"}), Stock(7, backorder=True), options="Red",
)  # fmt: skip
WAS = Present(Product("prd_1", "mug", "Mug", "Potter", "Of clay.", listed=False), (MUG,))
CELLS = {
    "Title": ["Cup"],
    "Body (HTML)": ["", "Of glass."],
    "Vendor": ["", "Glazier"],
    "Type": ["", "Glass"],
    "Tags": ["", "age restricted"],
    "Published": ["", "true", "false"],
    "Status": ["", "active", "draft"],
    "Option1 Value": ["Red"],
    "Variant SKU": ["", "CUP"],
    "Variant Price": ["0", "4"],
    "Variant Grams": ["", "0", "20"],
    "Variant Inventory Tracker": ["", "shopify"],
    "Variant Inventory Qty": ["", "0", "9"],
    "Variant Inventory Policy": ["", "deny", "continue"],
    "Variant Requires Shipping": ["", "true", "false"],
    "Variant Taxable": ["", "true", "false"],
}
FIELDS = {
    "Title": {"product.title", "title"},
    "Body (HTML)": {"product.description"},
    "Vendor": {"product.vendor"},
    "Type": {"tax_category"},
    "Tags": {"tags"},
    "Published": {"product.listed"},
    "Status": {"product.listed"},
    "Option1 Value": set(),
    "Variant SKU": {"sku"},
    "Variant Price": {"prices"},
    "Variant Grams": {"grams"},
    "Variant Inventory Tracker": set(),
    "Variant Inventory Qty": set(),
    "Variant Inventory Policy": {"stock"},
    "Variant Requires Shipping": {"tags"},
    "Variant Taxable": {"tags"},
}
"""Which fields a column may change."""


@given(
    st.lists(st.sampled_from(sorted(CELLS)), unique=True).flatmap(
        lambda names: st.fixed_dictionaries({each: st.sampled_from(CELLS[each]) for each in names})
    )
)
def test_a_column_changes_what_it_names(cells: dict[str, str]) -> None:
    """And a second time nothing; nothing else is told as changed."""
    found = drafts([Line(2, {"Handle": "mug", **cells})], USD)
    (draft,) = found.products
    on = Conditions("USD", sets_stock=False)
    made = merged(draft, WAS, on)
    assert (found.refused, made.refused) == ((), ())
    (matched,) = made.matched
    now = matched.variant
    changed = {
        each.name for each in fields(MUG) if getattr(now, each.name) != getattr(MUG, each.name)
    }
    changed |= {
        f"product.{each.name}"
        for each in fields(WAS.product)
        if getattr(made.product, each.name) != getattr(WAS.product, each.name)
    }
    allowed = set().union(*(FIELDS[each] for each in cells))
    assert changed <= allowed
    assert now.stock.available == 7
    assert bool(changes(draft, WAS, made)) is bool(changed)
    then = Present(made.product, (now,))
    assert changes(draft, then, merged(draft, then, on)) == ()


def test_other_currencies_keep_their_price() -> None:
    (draft,) = drafts([Line(2, {"Handle": "mug", "Variant Price": "3"})], EUR).products
    (matched,) = merged(draft, WAS, Conditions("EUR", sets_stock=False)).matched
    assert matched.variant.prices == {"USD": 500, "EUR": 300}


async def test_a_file_that_names_some_variants(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    await imported(databases, clock, SIZES)
    before = await shop(databases)
    rows = "Handle,Option1 Value,Variant Price\nshirt,M,20\nshirt,XL,30\n"
    report = await imported(databases, clock, rows)
    assert report.changed == (ChangedCell(2, "Variant Price"), ChangedCell(3, NEW_VARIANT))
    _, now = (await shop(databases))["shirt"]
    assert [(each.options, each.price("USD")) for each in now] == [
        ("S", 1000), ("M", 2000), ("L", 1200), ("XL", 3000),
    ]  # fmt: skip
    assert [each.id for each in now[:3]] == [each.id for each in before["shirt"][1]]
    new = await imported(databases, clock, LAMP)
    assert new.changed == (ChangedCell(2, NEW_PRODUCT),)


async def test_what_was_not_imported_keeps_its_title_and_parts(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    """A bundle among variants that are not called after their product."""
    await Store.opened(databases, clock)
    before = (await shop(databases))["things"]
    report = await imported(databases, clock, "Handle,SKU,Price\nthings,SET,6\n")
    assert report == ImportReport(1, 1, (), (ChangedCell(2, "Variant Price"),))
    product, variants = (await shop(databases))["things"]
    cheaper = [
        replace(each, prices={"USD": 600}) if each.sku == "SET" else each for each in before[1]
    ]
    assert (product, list(variants)) == (before[0], cheaper)
    renamed = await imported(databases, clock, "Handle,Title,SKU,Price\nthings,Goods,SET,6\n")
    assert renamed.changed == (ChangedCell(2, "Title"),)
    assert (await shop(databases))["things"] == (replace(product, title="Goods"), variants)
