"""R111: an import changes what its columns name and nothing else; it says what it did."""

import asyncio
from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.clocks import ManualClock
from gateway.engine.catalogue.import_changes import (
    NEW_PRODUCT,
    NEW_VARIANT,
    ChangedCell,
    list_changes,
)
from gateway.engine.catalogue.import_matching import ImportOptions, StoredProduct
from gateway.engine.catalogue.import_merging import merge_product
from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.product_rows import (
    FileDescription,
    IgnoredCell,
    ParsedProduct,
    ParsingOptions,
    RejectedRow,
    parse_product,
)
from gateway.engine.catalogue.products import Image, Product, Seo, Stock, Variant
from gateway.engine.money import Currency
from gateway.services.catalogue.import_report import ImportSummary
from tests.conftest import AnyDatabase
from tests.services.catalogue.imports import EUR, USD, import_text, load_listings
from tests.shelves import CALIFORNIA
from tests.store import Store, require_order

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


async def load_variant(databases: AnyDatabase, handle: str = "mug") -> Variant:
    _, (variant,) = (await load_listings(databases))[handle]
    return variant


# -- SKUs that are not there, and that tell nothing


async def test_without_a_sku(databases: AnyDatabase, clock: ManualClock) -> None:
    """Found again by handle and options."""
    report = await import_text(databases, clock, LAMP)
    assert (report.products, report.variants, report.rejected_rows) == (1, 1, ())
    before = await load_listings(databases)
    assert [each.sku for each in before["floor-lamp"][1]] == [""]
    again = await import_text(databases, clock, LAMP)
    assert (again.products, again.changed_cells, again.rejected_rows) == (1, (), ())
    assert await load_listings(databases) == before
    dearer = await import_text(databases, clock, LAMP.replace("69.99", "70"))
    assert dearer.changed_cells == (ChangedCell(2, "Variant Price"),)
    lamp = await load_variant(databases, "floor-lamp")
    assert lamp == replace(before["floor-lamp"][1][0], prices={"USD": 7000})
    named = await import_text(databases, clock, LAMP.replace(",,69", ",LAMP,69"))
    assert [each.column for each in named.changed_cells] == ["Variant SKU", "Variant Price"]
    assert (await load_variant(databases, "floor-lamp")).id == lamp.id


async def test_a_sku_that_stands_at_several(databases: AnyDatabase, clock: ManualClock) -> None:
    """Of one product and of two; in one file and in two."""
    report = await import_text(databases, clock, SIZES)
    assert (report.products, report.variants, report.rejected_rows) == (2, 4, ())
    assert [each for each in report.ignored_cells if each.column == "Variant SKU"] == [
        IgnoredCell(2, "Variant SKU", SHARED),
        IgnoredCell(3, "Variant SKU", SHARED),
        IgnoredCell(5, "Variant SKU", SHARED),
    ]
    before = await load_listings(databases)
    _, shirts = before["shirt"]
    assert [(each.sku, each.title, each.price("USD")) for each in shirts] == [
        ("A-1", "Shirt, S", 1000), ("A-1", "Shirt, M", 1100), ("", "Shirt, L", 1200),
    ]  # fmt: skip
    assert (await import_text(databases, clock, SIZES)).changed_cells == ()
    assert await load_listings(databases) == before
    other_file = "Handle,Title,Variant SKU,Variant Price\njug,Jug,A-1,7\n"
    later = await import_text(databases, clock, other_file)
    assert (later.rejected_rows, later.ignored_cells) == (
        (),
        (IgnoredCell(2, "Variant SKU", SHARED),),
    )
    assert (await import_text(databases, clock, other_file)).changed_cells == ()
    listings = await load_listings(databases)
    assert (listings["shirt"], listings["cup"]) == (before["shirt"], before["cup"])


async def test_a_sku_tells_although_options_changed(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    rows = (
        "Handle,Title,Option1 Value,Variant SKU,Variant Price\nshirt,Shirt,{},X,1\nshirt,,{},Y,2\n"
    )
    await import_text(databases, clock, rows.format("S", "M"))
    _, before = (await load_listings(databases))["shirt"]
    report = await import_text(databases, clock, rows.format("M", "S"))
    assert [each.column for each in report.changed_cells] == ["Option1 Value"] * 2
    _, after = (await load_listings(databases))["shirt"]
    assert [(each.id, each.title) for each in after] == [
        (before[0].id, "Shirt, M"), (before[1].id, "Shirt, S"),
    ]  # fmt: skip


async def test_which_variant_is_meant_must_be_told(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    await import_text(databases, clock, SIZES)
    before = await load_listings(databases)
    report = await import_text(databases, clock, "Handle,Variant Price\nshirt,5\ncup,4\n")
    why = "which of 3 variants it is cannot be told by its SKU alone"
    assert report.rejected_rows == (RejectedRow(2, "shirt", why),)
    assert report.changed_cells == (ChangedCell(3, "Variant Price"),)
    after = await load_listings(databases)
    assert after["shirt"] == before["shirt"]
    assert after["cup"][1][0].price("USD") == 400


async def test_what_is_new_needs_a_title_and_a_price(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    await import_text(databases, clock, SIZES)
    rows = "Handle,Option1 Value,Variant SKU\njug,,J\nshirt,XL,B-1\ncup,,C\n"
    report = await import_text(databases, clock, rows)
    assert report.rejected_rows == (
        RejectedRow(2, "jug", "Title is missing"),
        RejectedRow(3, "shirt", "Variant Price is missing"),
    )
    assert report.changed_cells == (ChangedCell(4, "Variant SKU"),)


# -- stock


@pytest.mark.parametrize("handle", ["mug", "jug"])
async def test_what_was_sold_is_not_given_back(
    databases: AnyDatabase, clock: ManualClock, handle: str
) -> None:
    """10 in stock, 3 sold: 7, whatever file comes again; without the columns, and empty ones."""
    store = await Store.open(databases, clock)
    await import_text(databases, clock, STOCKED)
    cart = await store.create_cart([(await load_variant(databases, handle), 3)], CALIFORNIA)
    require_order(await store.check_out_as_guest(cart, expected_total=cart.total.gross.amount))  # type: ignore[union-attr]
    line = 2 if handle == "mug" else 3
    report = await import_text(databases, clock, STOCKED)
    assert (report.changed_cells, report.ignored_cells) == (
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
        await import_text(databases, clock, text)
        assert (await load_variant(databases, handle)).stock == Stock(7)


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
    databases: AnyDatabase, clock: ManualClock, cells: str, available: int | None
) -> None:
    """Empty says nothing of how many; an empty tracker, that nobody counts."""
    await import_text(databases, clock, STOCKED.replace("shopify,10", "shopify,4"))
    text = STOCKED.replace("shopify,10", cells)
    report = await import_text(databases, clock, text, sets_stock=True)
    listings = await load_listings(databases)
    assert [listings[each][1][0].stock.available for each in ("mug", "jug")] == [available] * 2
    changed = (
        []
        if available == 4
        else [ChangedCell(line_number, "Variant Inventory Qty") for line_number in (2, 3)]
    )
    uncounted = [
        IgnoredCell(line_number, "Variant Inventory Qty", UNCOUNTED) for line_number in (2, 3)
    ]
    ignored = uncounted if cells == ",10" else []
    assert (list(report.changed_cells), list(report.ignored_cells)) == (changed, ignored)
    assert (await import_text(databases, clock, text, sets_stock=True)).changed_cells == ()


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
    databases: AnyDatabase, clock: ManualClock, header: str, cells: str, stock: Stock
) -> None:
    text = f"Handle,Title,Variant Price{header}\nmug,Mug,1{cells}\n"
    report = await import_text(databases, clock, text)
    assert (await load_variant(databases)).stock == stock
    assert [each.reason for each in report.ignored_cells] == ([UNCOUNTED] if cells == ",,5" else [])


async def test_what_is_sold_beyond_stock_is_no_stock(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    await import_text(databases, clock, STOCKED)
    text = "Handle,Variant Inventory Policy\nmug,continue\n"
    report = await import_text(databases, clock, text)
    assert report.changed_cells == (ChangedCell(2, "Variant Inventory Policy"),)
    assert (await load_variant(databases)).stock == Stock(10, backorder=True)
    assert (await import_text(databases, clock, text.replace("continue", ""))).changed_cells == ()


@pytest.mark.parametrize("sets_stock", [False, True])
async def test_imports_and_purchases_at_once(
    databases: AnyDatabase,
    clock: ManualClock,
    sets_stock: bool,  # noqa: FBT001
) -> None:
    """Neither loses what the other did to stock, and neither waits for ever."""
    store = await Store.open(databases, clock)
    await import_text(databases, clock, STOCKED)
    mug, jug = await load_variant(databases, "mug"), await load_variant(databases, "jug")
    carts = [await store.create_cart([(mug, 1), (jug, 1)], CALIFORNIA) for _ in range(4)]
    twenty = STOCKED.replace("shopify,10", "shopify,20").replace(",10,", ",11,")
    importing = asyncio.create_task(import_text(databases, clock, twenty, sets_stock=sets_stock))
    outcomes = await asyncio.gather(
        *(store.check_out_as_guest(cart, expected_total=Decimal(99)) for cart in carts)
    )
    report = await importing
    assert [require_order(each).status for each in outcomes] == ["OPEN"] * 4
    assert report.rejected_rows == ()
    stock = [(await load_variant(databases, each)).stock.available for each in ("mug", "jug")]
    if sets_stock:
        # What was bought before the setting is in the number that was set.
        assert all(each is not None and 16 <= each <= 20 for each in stock)
    else:
        assert stock == [6, 6]


# -- columns


MUG = Variant(
    "var_1", "prd_1", "MUG", "Mug, Red", {"USD": 500, "EUR": 450}, "exempt", "food", 300,
    frozenset({"OVERSIZE", "DIGITAL"}),
    Stock(7, backorder=True, ships_in_days=1, backorder_days=9),
    option_values=("Red",),
    compare_at_prices={"USD": 900}, barcode="7", image=Image("https://a.example/1.jpg", "A mug"),
)  # fmt: skip
EXISTING = StoredProduct(
    Product(
        "prd_1", "mug", "Mug", "Potter", "Of clay.", listed=False,
        description_html="<p>Of clay.</p>",
        product_type="Food", tags=("Oversize",), option_names=("Colour",),
        images=(Image("https://a.example/1.jpg", "A mug", 3, 4),), seo=Seo("Mugs", "All mugs"),
    ),
    (MUG,),
)  # fmt: skip
CELLS = {
    "Title": ["Cup"],
    "Body (HTML)": ["", "Of glass."],
    "Vendor": ["", "Glazier"],
    "Type": ["", "Glass"],
    "Tags": ["", "age restricted"],
    "Published": ["", "true", "false"],
    "Status": ["", "active", "draft", "unlisted"],
    "Collection": ["", "Cups"],
    "Gift Card": ["", "false"],
    "SEO Title": ["", "Cups"],
    "SEO Description": ["", "All cups"],
    "Image Src": ["", "https://a.example/2.jpg", "https://a.example/1.jpg"],
    "Image Position": ["", "1"],
    "Image Alt Text": ["", "A cup"],
    "Option1 Name": ["", "Colour", "Color"],
    "Option1 Value": ["", "Red"],
    "Variant SKU": ["", "CUP"],
    "Variant Barcode": ["", "8"],
    "Variant Price": ["", "0", "4"],
    "Variant Compare At Price": ["", "0", "6"],
    "Variant Grams": ["", "0", "20"],
    "Variant Inventory Tracker": ["", "shopify"],
    "Variant Inventory Qty": ["", "0", "9"],
    "Variant Inventory Policy": ["", "deny", "continue"],
    "Variant Requires Shipping": ["", "true", "false"],
    "Variant Taxable": ["", "true", "false"],
    "Variant Image": ["", "https://a.example/2.jpg", "https://a.example/1.jpg"],
    "Tax Table": ["", "reduced"],
    "Ships In Days": ["", "0", "3"],
    "Backorder Days": ["", "0", "30"],
}
FIELDS = {
    "Title": {"product.title", "title"},
    "Body (HTML)": {"product.description", "product.description_html"},
    "Vendor": {"product.vendor"},
    "Type": {"product.product_type", "tax_category"},
    "Tags": {"product.tags", "tags"},
    "Published": {"product.listed"},
    "Status": {"product.listed"},
    "SEO Title": {"product.seo"},
    "SEO Description": {"product.seo"},
    "Image Src": {"product.images"},
    "Image Alt Text": {"product.images", "image"},
    "Option1 Name": {"product.option_names"},
    "Variant SKU": {"sku"},
    "Variant Barcode": {"barcode"},
    "Variant Price": {"prices"},
    "Variant Compare At Price": {"compare_at_prices"},
    "Variant Grams": {"grams"},
    "Variant Inventory Policy": {"stock"},
    "Variant Requires Shipping": {"tags"},
    "Variant Taxable": {"tags"},
    "Variant Image": {"image"},
    "Tax Table": {"tax_table"},
    "Ships In Days": {"stock"},
    "Backorder Days": {"stock"},
}
"""Which fields a column may change; other columns change none."""


def parse_line(cells: dict[str, str], currency: Currency = USD) -> ParsedProduct:
    """The mug of a file with these cells."""
    parsing = ParsingOptions(
        currency,
        lambda html: FileDescription(html, html.removeprefix("<p>")),
        frozenset({"exempt", "reduced"}),
    )
    parsed = parse_product([FileRow(2, {"Handle": "mug", **cells})], parsing)
    assert parsed.rejected == ()
    assert parsed.product is not None
    return parsed.product


@given(
    st.lists(st.sampled_from(sorted(CELLS)), unique=True).flatmap(
        lambda names: st.fixed_dictionaries({each: st.sampled_from(CELLS[each]) for each in names})
    )
)
def test_a_column_changes_what_it_names(cells: dict[str, str]) -> None:
    """And a second time nothing; nothing else is told as changed."""
    draft = parse_line(cells)
    conditions = ImportOptions("USD", sets_stock=False)
    merge_result = merge_product(draft, EXISTING, conditions)
    assert merge_result.rejected == ()
    (matched,) = merge_result.variants
    now = matched.variant
    changed = {
        each.name for each in fields(MUG) if getattr(now, each.name) != getattr(MUG, each.name)
    }
    changed |= {
        f"product.{each.name}"
        for each in fields(EXISTING.product)
        if getattr(merge_result.product, each.name) != getattr(EXISTING.product, each.name)
    }
    allowed = set().union(*(FIELDS.get(each, set()) for each in cells))
    assert changed <= allowed
    assert now.stock.available == 7
    assert bool(list_changes(draft, EXISTING, merge_result)) is bool(changed)
    then = StoredProduct(merge_result.product, (now,))
    assert list_changes(draft, then, merge_product(draft, then, conditions)) == ()


def test_other_currencies_keep_their_price() -> None:
    draft = parse_line({"Variant Price": "3", "Variant Compare At Price": "4"}, EUR)
    (matched,) = merge_product(draft, EXISTING, ImportOptions("EUR", sets_stock=False)).variants
    assert matched.variant.prices == {"USD": 500, "EUR": 300}
    assert matched.variant.compare_at_prices == {"USD": 900, "EUR": 400}


async def test_a_file_that_names_some_variants(databases: AnyDatabase, clock: ManualClock) -> None:
    await import_text(databases, clock, SIZES)
    before = await load_listings(databases)
    rows = "Handle,Option1 Value,Variant Price\nshirt,M,20\nshirt,XL,30\n"
    report = await import_text(databases, clock, rows)
    assert report.changed_cells == (ChangedCell(2, "Variant Price"), ChangedCell(3, NEW_VARIANT))
    _, now = (await load_listings(databases))["shirt"]
    assert [(each.options, each.price("USD")) for each in now] == [
        ("S", 1000), ("M", 2000), ("L", 1200), ("XL", 3000),
    ]  # fmt: skip
    assert [each.id for each in now[:3]] == [each.id for each in before["shirt"][1]]
    new = await import_text(databases, clock, LAMP)
    assert new.changed_cells == (ChangedCell(2, NEW_PRODUCT),)


async def test_what_was_not_imported_keeps_its_title_and_parts(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """A bundle among variants that are not called after their product."""
    await Store.open(databases, clock)
    before = (await load_listings(databases))["things"]
    report = await import_text(databases, clock, "Handle,SKU,Price\nthings,SET,6\n")
    assert (report.summary, report.changed_cells) == (
        ImportSummary(1, 1, 1),
        (ChangedCell(2, "Variant Price"),),
    )
    product, variants = (await load_listings(databases))["things"]
    cheaper = [
        replace(each, prices={"USD": 600}) if each.sku == "SET" else each for each in before[1]
    ]
    assert (product, list(variants)) == (before[0], cheaper)
    renamed = await import_text(databases, clock, "Handle,Title,SKU,Price\nthings,Goods,SET,6\n")
    assert renamed.changed_cells == (ChangedCell(2, "Title"),)
    assert (await load_listings(databases))["things"] == (replace(product, title="Goods"), variants)
