"""Importing products: each as a whole, in batches, again by handle, SKU and options."""

from dataclasses import replace

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.sanitized_html import Nh3HtmlSanitizer
from gateway.engine.catalogue.import_changes import NEW_PRODUCT, ChangedCell
from gateway.engine.catalogue.product_rows import RejectedRow
from gateway.engine.catalogue.products import Image, Product, Stock, Variant
from gateway.services.catalogue.import_report import ImportSummary
from gateway.services.catalogue.product_import import describe
from tests.services.catalogue.imports import EUR, import_text, load_listings

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


async def test_a_file_is_imported(database: SqliteDatabase, clock: ManualClock) -> None:
    report = await import_text(database, clock, HEADER + SHIRT + BOOK)
    new = (ChangedCell(2, NEW_PRODUCT), ChangedCell(6, NEW_PRODUCT))
    assert (report.summary, report.changed_cells) == (ImportSummary(2, 3, 2), new)
    assert (report.ignored_cells, report.rejected_rows, report.unused_columns) == ((), (), ())
    listings = await load_listings(database)
    assert list(listings) == ["shirt", "book"]
    shirt, (small, medium) = listings["shirt"]
    assert shirt == Product(
        shirt.id,
        "shirt",
        "Shirt",
        "Weaver",
        'Of "cotton", woven.',
        description_html='<p>Of "cotton",\nwoven.</p>',
        option_names=("Size",),
        images=(Image("https://example.com/s.jpg"), Image("https://example.com/m.jpg")),
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
    assert report.changed_cells == tuple(
        ChangedCell(2, column) for column in ("Title", "Image Src", "Variant Price")
    )
    after = await load_listings(database)
    assert list(after) == ["shirt", "book"]
    assert after["book"] == before["book"]
    product, (small, medium) = after["shirt"]
    was, (small_was, medium_was) = before["shirt"]
    # Of its pictures the file names one.
    assert product == replace(was, title="Blouse", images=was.images[:1])
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


async def test_many_products_take_few_rounds(database: SqliteDatabase, clock: ManualClock) -> None:
    rows = "".join(BOOK.replace("book,", f"b{n},").replace("BOOK", f"B{n}") for n in range(1200))
    report = await import_text(database, clock, HEADER + rows)
    assert (report.products, report.rejected_rows) == (1200, ())
    assert report.steps == [("Saving", done, 1200) for done in (*range(200, 1201, 200), 1200)]


def test_a_description_is_html_or_a_text_with_its_lines() -> None:
    html = "<h1>A &amp; B</h1><p onclick=x()>one<br>two</p><script>x()</script> end"
    description = describe(html, Nh3HtmlSanitizer())
    assert description.html == "<h1>A &amp; B</h1><p>one<br>two</p> end"
    assert description.text == "A & B\none\ntwo\nend"
    plain = describe("Fish & chips\nfor two", Nh3HtmlSanitizer())
    assert (plain.html, plain.text) == ("Fish &amp; chips<br>for two", "Fish & chips\nfor two")
    compared = describe("Width < 10 cm\nWith <3", Nh3HtmlSanitizer())
    assert compared.html == "Width &lt; 10 cm<br>With &lt;3"
    assert compared.text == "Width < 10 cm\nWith <3"
