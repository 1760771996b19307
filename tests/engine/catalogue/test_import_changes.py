"""What an import says that it changed, by line and column (R111)."""

from dataclasses import replace

import pytest

from gateway.engine.catalogue.import_changes import NOT_SOLD, ChangedCell, list_changes
from gateway.engine.catalogue.import_matching import MatchedVariant, MergedProduct, StoredProduct
from gateway.engine.catalogue.products import BundleComponent, Image, Product, Seo, Stock, Variant
from tests.engine.catalogue.lines import (
    BLUE,
    GREEN,
    RED,
    SHIRT,
    SILENT_LINE,
    STORED_SHIRT,
    parsed_shirt,
)

LINE = replace(SILENT_LINE, line_number=7)
PARSED = parsed_shirt(LINE)
PICTURE = Image("https://a.example/red.jpg")
TAGGED = replace(RED, tags=frozenset({"OVERSIZE", "DIGITAL", "TAX_EXEMPT"}))


def changes(product: Product, *variants: MatchedVariant) -> list[tuple[int, str]]:
    merged = MergedProduct(product, variants)
    return [(cell.line_number, cell.column) for cell in list_changes(PARSED, STORED_SHIRT, merged)]


@pytest.mark.parametrize(
    ("product", "column"),
    [
        (replace(SHIRT, title="Blouse"), "Title"),
        (replace(SHIRT, description="Wool."), "Body (HTML)"),
        (replace(SHIRT, vendor="Potter"), "Vendor"),
        (replace(SHIRT, listed=True), "Published, Status"),
        (replace(SHIRT, description_html="<p>Of cotton.</p>"), "Body (HTML)"),
        (replace(SHIRT, product_type="Clothes"), "Type"),
        (replace(SHIRT, tags=("warm",)), "Tags"),
        (replace(SHIRT, option_names=("Color",)), "Option1 Name"),
        (replace(SHIRT, images=(PICTURE,)), "Image Src"),
        (replace(SHIRT, seo=Seo("Shirts")), "SEO Title"),
        (replace(SHIRT, seo=Seo(description="Shirts")), "SEO Description"),
    ],
)
def test_what_changed_of_the_product_stands_on_its_first_line(
    product: Product, column: str
) -> None:
    assert changes(product) == [(2, column)]
    assert changes(SHIRT) == []


@pytest.mark.parametrize(
    ("variant", "columns"),
    [
        (replace(RED, sku="CRIMSON"), ["Variant SKU"]),
        (replace(RED, option_values=("Crimson",)), ["Option1 Value"]),
        (replace(RED, prices={"USD": 501}), ["Variant Price"]),
        (replace(RED, grams=181), ["Variant Grams"]),
        (replace(RED, stock=replace(RED.stock, available=4)), ["Variant Inventory Qty"]),
        (replace(RED, stock=replace(RED.stock, backorder=False)), ["Variant Inventory Policy"]),
        (
            replace(RED, stock=Stock()),
            [
                "Variant Inventory Qty",
                "Variant Inventory Policy",
                "Ships In Days",
                "Backorder Days",
            ],
        ),
        (replace(RED, barcode="7"), ["Variant Barcode"]),
        (replace(RED, compare_at_prices={"USD": 900}), ["Variant Compare At Price"]),
        (replace(RED, image=PICTURE), ["Variant Image"]),
        (replace(RED, tax_table="reduced"), ["Tax Table"]),
        (replace(RED, components=(BundleComponent(BLUE, 2, {}),)), ["Bundle Parts"]),
        (replace(RED, tags=RED.tags | {"DIGITAL"}), ["Variant Requires Shipping"]),
        (replace(RED, tags=RED.tags | {"TAX_EXEMPT"}), ["Variant Taxable"]),
        (TAGGED, ["Variant Requires Shipping", "Variant Taxable"]),
        (replace(RED, tags=RED.tags | {"BACKORDER"}, title="Another"), []),
    ],
)
def test_what_changed_of_a_variant_stands_on_its_line(variant: Variant, columns: list[str]) -> None:
    expected = [(7, column) for column in columns]
    assert changes(SHIRT, MatchedVariant(variant, RED, LINE)) == expected
    assert changes(SHIRT, MatchedVariant(RED, variant, LINE))[: len(columns)] == expected
    # What no line names changes by the product's alone.
    assert changes(SHIRT, MatchedVariant(variant, RED, None)) == []


def test_what_the_first_line_changed_of_variants_stands_there_once() -> None:
    shoes = [
        MatchedVariant(replace(variant, tax_category="shoes", tags=frozenset()), variant, None)
        for variant in (RED, BLUE)
    ]
    new = MatchedVariant(replace(GREEN, tax_category="shoes"), None, LINE)
    assert changes(SHIRT, *shoes) == [(2, "Type"), (2, "Tags")]
    assert changes(SHIRT, new, *shoes) == [(2, "Type"), (2, "Tags"), (7, "a new variant")]
    retitled = replace(SHIRT, title="Blouse")
    assert changes(retitled, *shoes) == [(2, "Title"), (2, "Type"), (2, "Tags")]


def test_what_is_new_or_sold_again() -> None:
    merged = MergedProduct(SHIRT, (MatchedVariant(RED, None, LINE),))
    assert list_changes(PARSED, None, merged) == (ChangedCell(2, "a new product"),)
    assert list_changes(PARSED, StoredProduct(SHIRT), merged) == (ChangedCell(7, "a new variant"),)
    unsold = replace(RED, listed=False)
    assert changes(SHIRT, MatchedVariant(RED, unsold, LINE)) == [(7, "sold again")]
    assert changes(SHIRT, MatchedVariant(unsold, unsold, LINE)) == []


def test_variants_that_are_sold_no_longer_stand_on_the_first_line() -> None:
    ended = MatchedVariant(replace(RED, listed=False), RED, None)
    assert changes(SHIRT, ended) == [(2, NOT_SOLD)]


def test_each_variant_that_is_sold_no_longer_is_named() -> None:
    """By its options, or its title where it has none, and its SKU where it has one."""
    blue = replace(BLUE, sku="")
    plain = replace(GREEN, option_values=(), title="Shirt")
    ended = [MatchedVariant(replace(each, listed=False), each, None) for each in (RED, blue, plain)]
    cells = list_changes(PARSED, STORED_SHIRT, MergedProduct(SHIRT, tuple(ended)))
    assert [(cell.line_number, cell.column, cell.before, cell.after) for cell in cells] == [
        (2, NOT_SOLD, ("Red", "RED"), None),
        (2, NOT_SOLD, ("Blue",), None),
        (2, NOT_SOLD, ("Shirt", "GREEN"), None),
    ]


def test_lines_keep_the_order_of_the_variants() -> None:
    dearer = [
        MatchedVariant(replace(variant, grams=1), variant, replace(LINE, line_number=number))
        for variant, number in ((RED, 9), (BLUE, 3))
    ]
    unnamed = MatchedVariant(GREEN, GREEN, None)
    assert changes(SHIRT, unnamed, *dearer) == [(9, "Variant Grams"), (3, "Variant Grams")]
