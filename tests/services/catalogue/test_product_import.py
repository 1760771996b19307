"""Importing products: whole ones, all in one transaction, again by handle, SKU and options."""

import io
from dataclasses import replace

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.product_files import html_to_text, read_product_file
from gateway.adapters.random_ids import RandomIds
from gateway.engine.catalogue.import_changes import NEW_PRODUCT, ChangedCell
from gateway.engine.catalogue.product_rows import IgnoredCell, RejectedRow
from gateway.engine.catalogue.products import Product, Stock, Variant
from gateway.engine.money import Currency
from gateway.services.catalogue.product_import import ImportReport, import_products
from tests.conftest import AnyDatabase

USD, EUR = Currency("USD", 2), Currency("EUR", 2)
HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,"
    "Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,"
    "Variant Price,Variant Requires Shipping,Variant Taxable,Image Src,Status\n"
)
SHIRT = (
    'shirt,Shirt,"<p>Of ""cotton"",\nwoven.</p>",Weaver,,,true,Size,S,SHIRT-S,180,shopify,5,deny,'
    "19.99,true,true,https://example.com/s.jpg,active\n"
    "shirt,,,,,,,,M,SHIRT-M,190,shopify,0,continue,21.50,true,true,,\n"
    "shirt,,,,,,,,,,,,,,,,,https://example.com/m.jpg,\n"
)
BOOK = "book,E-book,,,,,true,Title,Default Title,BOOK,0,,,deny,9,false,true,,active\n"


async def import_text(
    database: AnyDatabase,
    clock: ManualClock,
    text: str,
    currency: Currency = USD,
    *,
    sets_stock: bool = False,
) -> ImportReport:
    read = read_product_file(io.StringIO(text, newline=""))
    progress: list[tuple[int, int]] = []
    report = await import_products(
        read.rows,
        currency,
        database=database,
        ids=RandomIds(),
        clock=clock,
        report_progress=lambda done, of: progress.append((done, of)),
        sets_stock=sets_stock,
        ignored_cells=read.ignored,
    )
    assert not progress or progress[-1][0] == progress[-1][1]
    return report


async def load_listings(database: AnyDatabase) -> dict[str, tuple[Product, tuple[Variant, ...]]]:
    async with database.read() as reading:
        page = await reading.catalogue.list_products(100, None)
        variants = await reading.catalogue.list_listed_variants([each.product.id for each in page])
    return {each.product.handle: (each.product, variants[each.product.id]) for each in page}


async def test_a_file_is_imported(database: SqliteDatabase, clock: ManualClock) -> None:
    report = await import_text(database, clock, HEADER + SHIRT + BOOK)
    new = (ChangedCell(2, NEW_PRODUCT), ChangedCell(6, NEW_PRODUCT))
    unused = tuple(
        IgnoredCell(1, name, "the column is not used") for name in ("Option1 Name", "Image Src")
    )
    assert report == ImportReport(2, 3, (), new, unused)
    listings = await load_listings(database)
    assert list(listings) == ["shirt", "book"]
    shirt, (small, medium) = listings["shirt"]
    assert (shirt.title, shirt.vendor, shirt.description) == (
        "Shirt",
        "Weaver",
        'Of "cotton", woven.',
    )
    assert small == Variant(
        small.id,
        shirt.id,
        "SHIRT-S",
        "Shirt, S",
        {"USD": 1999},
        grams=180,
        stock=Stock(5),
        option_values=("S",),
    )
    assert (medium.sku, medium.price("USD"), medium.stock) == (
        "SHIRT-M",
        2150,
        Stock(0, backorder=True),
    )
    _, (book,) = listings["book"]
    assert (book.title, book.tags, book.available) == ("E-book", frozenset({"DIGITAL"}), None)


async def test_a_later_import_updates(database: SqliteDatabase, clock: ManualClock) -> None:
    await import_text(database, clock, HEADER + SHIRT + BOOK)
    before = await load_listings(database)
    dearer = SHIRT.replace("19.99", "25").replace("shirt,Shirt", "shirt,Blouse")
    without_medium = "".join(dearer.splitlines(keepends=True)[:2])
    report = await import_text(database, clock, HEADER + without_medium, EUR)
    assert (report.products, report.variants, report.rejected_rows) == (1, 1, ())
    assert report.changed_cells == (ChangedCell(2, "Title"), ChangedCell(2, "Variant Price"))
    after = await load_listings(database)
    assert list(after) == ["shirt", "book"]
    assert after["book"] == before["book"]
    product, (small, medium) = after["shirt"]
    was, (small_was, medium_was) = before["shirt"]
    assert product == replace(was, title="Blouse")
    prices = {"USD": 1999, "EUR": 2500}
    assert small == replace(small_was, title="Blouse, S", prices=prices)
    # What a file does not name stays on sale; it is called after its product.
    assert medium == replace(medium_was, title="Blouse, M")


async def test_products_with_a_refused_row_are_left_out_whole(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    report = await import_text(database, clock, HEADER + SHIRT.replace("21.50", "free") + BOOK)
    why = "Variant Price 'free' is no amount such as 19.99"
    assert (report.products, report.rejected_rows) == (1, (RejectedRow(4, "shirt", why),))
    assert list(await load_listings(database)) == ["book"]


async def test_nothing_is_kept_of_an_import_that_fails(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    def fail(done: int, of: int) -> None:
        raise ValueError(f"{done} of {of}")

    with pytest.raises(ValueError, match="2 of 2"):
        await import_products(
            read_product_file(io.StringIO(HEADER + SHIRT + BOOK, newline="")).rows,
            USD,
            database=database,
            ids=RandomIds(),
            clock=clock,
            report_progress=fail,
        )
    assert await load_listings(database) == {}


async def test_many_products_take_few_rounds(database: SqliteDatabase, clock: ManualClock) -> None:
    rows = "".join(BOOK.replace("book,", f"b{n},").replace("BOOK", f"B{n}") for n in range(1200))
    report = await import_text(database, clock, HEADER + rows)
    assert (report.products, report.rejected_rows) == (1200, ())


def test_html_becomes_the_text_a_reader_sees() -> None:
    html = "<style>p {}</style><h1>A &amp; B</h1><p>one<br>two</p><script>x()</script> end</style>"
    assert html_to_text(html) == "A & B\none\ntwo\nend"
