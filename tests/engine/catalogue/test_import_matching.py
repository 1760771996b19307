"""Which variants the lines of a product file are about, and what becomes of them (R111)."""

from dataclasses import replace

import pytest

from gateway.engine.catalogue.import_matching import (
    NEW,
    ImportOptions,
    MatchedVariant,
    MergedProduct,
    StoredProduct,
    shared_skus,
)
from gateway.engine.catalogue.import_merging import VariantNaming, merge_product
from gateway.engine.catalogue.picture_cells import FileImage
from gateway.engine.catalogue.product_cells import FilePrice, FileStock, FileTags
from gateway.engine.catalogue.product_rows import (
    FileDescription,
    IgnoredCell,
    ParsedProduct,
    ParsedVariant,
    RejectedRow,
)
from gateway.engine.catalogue.products import Image, Product, Seo, Stock, Variant
from tests.engine.catalogue.lines import (
    BLUE,
    BLUE_LINE,
    DOLLARS,
    DOLLARS_AND_STOCK,
    GREEN,
    RED,
    RED_LINE,
    SHIRT,
    SILENT_LINE,
    SILENT_SHIRT,
    STORED_SHIRT,
    merge_shirt,
    parsed_shirt,
)

CANNOT_BE_TOLD = "which of {} variants it is cannot be told by its {}"
SAME_OPTIONS = "another variant of the product has the same options"


def matched_ids(merged: MergedProduct) -> dict[int, str | None]:
    """The ids of the variants that lines were found to be about."""
    assert merged.rejected == ()
    return {
        entry.parsed.line_number: entry.before.id if entry.before else None
        for entry in merged.variants
        if entry.parsed
    }


def rejections(merged: MergedProduct) -> list[tuple[int, str]]:
    assert merged.variants == ()
    assert {row.handle for row in merged.rejected} == {"shirt"}
    return [(row.line_number, row.reason) for row in merged.rejected]


# -- a new product


def test_a_product_that_is_not_there_has_all_its_first_lines_say() -> None:
    line = ParsedVariant(
        2,
        "RED",
        ("Red",),
        1990,
        FilePrice(2500),
        180,
        FileTags(frozenset({"DIGITAL"})),
        FileStock(quantity=5, ships_in_days=1, backorder_days=8),
        barcode="7",
        image=FileImage("https://a.example/red.jpg"),
        tax_table="reduced",
    )
    parsed = ParsedProduct(
        2,
        "shirt",
        "Shirt",
        "Weaver",
        FileDescription("<p>Wool.</p>", "Wool."),
        "Clothing",
        listed=False,
        tags=("Oversize", "warm"),
        rule_tags=FileTags(frozenset({"OVERSIZE"})),
        option_names=("Colour",),
        images=(FileImage("https://a.example/red.jpg", "The red one"),),
        seo_title="Shirts",
        variants=(line,),
    )
    image = Image("https://a.example/red.jpg", "The red one")
    variant = Variant(
        NEW,
        NEW,
        "RED",
        "Shirt, Red",
        {"USD": 1990},
        tax_table="reduced",
        tax_category="clothing",
        grams=180,
        tags=frozenset({"OVERSIZE", "DIGITAL"}),
        stock=Stock(5, ships_in_days=1, backorder_days=8),
        option_values=("Red",),
        compare_at_prices={"USD": 2500},
        barcode="7",
        image=image,
    )
    product = Product(
        NEW,
        "shirt",
        "Shirt",
        "Weaver",
        "Wool.",
        listed=False,
        description_html="<p>Wool.</p>",
        product_type="Clothing",
        tags=("Oversize", "warm"),
        option_names=("Colour",),
        images=(image,),
        seo=Seo("Shirts"),
    )
    assert merge_product(parsed, None, DOLLARS) == MergedProduct(
        product, (MatchedVariant(variant, None, line),)
    )


def test_a_new_product_needs_a_title() -> None:
    assert merge_product(replace(SILENT_SHIRT, line_number=7), None, DOLLARS) == MergedProduct(
        Product("", "shirt", ""), rejected=(RejectedRow(7, "shirt", "Title is missing"),)
    )
    assert merge_shirt(RED_LINE).product == SHIRT


def test_a_new_product_may_say_nothing_else() -> None:
    line = replace(SILENT_LINE, price=0)
    merged = merge_product(replace(SILENT_SHIRT, title="Shirt", variants=(line,)), None, DOLLARS)
    variant = Variant(NEW, NEW, "", "Shirt", {"USD": 0})
    assert merged == MergedProduct(
        Product(NEW, "shirt", "Shirt"), (MatchedVariant(variant, None, line),)
    )


def test_a_new_variant_needs_a_price() -> None:
    lines = (replace(SILENT_LINE, line_number=4, sku="GREEN", option_values=("Green",)), RED_LINE)
    assert rejections(merge_shirt(*lines)) == [(4, "Variant Price is missing")]
    free = replace(lines[0], price=0)
    assert matched_ids(merge_shirt(free, RED_LINE)) == {4: None, 2: "v1"}


# -- which variants


def test_a_line_is_about_the_variant_with_its_sku() -> None:
    renamed = replace(RED_LINE, option_values=("Blue-ish",))
    assert matched_ids(merge_shirt(renamed, BLUE_LINE)) == {2: "v1", 3: "v2"}
    # In the order of the variants that are there, whatever that of the lines; new ones last.
    new = replace(SILENT_LINE, line_number=4, option_values=("Green",), price=1)
    merged = merge_shirt(new, BLUE_LINE, RED_LINE)
    assert [entry.before for entry in merged.variants] == [RED, BLUE, None]
    assert list(matched_ids(merged)) == [2, 3, 4]


def test_a_sku_that_several_have_tells_nothing() -> None:
    shared = replace(DOLLARS, shared_skus=frozenset({"RED"}))
    lines = (
        replace(RED_LINE, option_values=("Blue",)),
        replace(SILENT_LINE, line_number=3, option_values=("Red",)),
    )
    merged = merge_shirt(*lines, import_options=shared)
    assert matched_ids(merged) == {2: "v2", 3: "v1"}
    assert merged.ignored == (
        IgnoredCell(
            2, "Variant SKU", "other variants have the same SKU: found by handle and options"
        ),
    )


def test_a_line_without_a_sku_is_about_the_variant_with_its_options() -> None:
    lines = (
        replace(SILENT_LINE, option_values=("Blue",)),
        replace(SILENT_LINE, line_number=3, option_values=("Red",)),
    )
    assert matched_ids(merge_shirt(*lines)) == {2: "v2", 3: "v1"}
    # An unknown or an empty SKU is none to go by either.
    assert matched_ids(merge_shirt(replace(lines[0], sku="NEW"))) == {2: "v2"}
    assert matched_ids(merge_shirt(replace(lines[0], sku=""))) == {2: "v2"}
    without_sku = StoredProduct(SHIRT, (replace(RED, sku=""), BLUE))
    assert matched_ids(merge_shirt(replace(lines[0], sku=""), stored=without_sku)) == {2: "v2"}


def test_a_variant_that_a_sku_claims_is_not_found_by_options_again() -> None:
    lines = (
        replace(SILENT_LINE, option_values=("Red",), price=1),
        replace(RED_LINE, line_number=3, option_values=("Crimson",)),
    )
    assert matched_ids(merge_shirt(*lines)) == {2: None, 3: "v1"}


def test_of_several_with_the_same_options_the_sku_tells() -> None:
    shared = replace(DOLLARS, shared_skus=frozenset({"BLUE"}))
    twin = replace(BLUE, id="v4", sku="OTHER")
    line = replace(BLUE_LINE, option_values=("Blue",))
    for variants in ((twin, BLUE), (BLUE, twin)):
        stored = StoredProduct(SHIRT, variants)
        assert matched_ids(merge_shirt(line, stored=stored, import_options=shared)) == {3: "v2"}
        merged = merge_shirt(replace(line, sku="NONE", price=1), stored=stored)
        assert rejections(merged) == [
            (3, CANNOT_BE_TOLD.format(2, "options")),
            (3, SAME_OPTIONS),
        ]


def test_an_only_line_without_options_is_about_the_only_variant() -> None:
    only = StoredProduct(SHIRT, (RED,))
    assert matched_ids(merge_shirt(SILENT_LINE, stored=only)) == {2: "v1"}
    merged = merge_shirt(replace(SILENT_LINE, price=1))
    assert rejections(merged) == [(2, CANNOT_BE_TOLD.format(2, "SKU alone"))]


def test_lines_without_options_are_not_guessed() -> None:
    unnamed = replace(SILENT_LINE, price=1)
    three = StoredProduct(SHIRT, (RED, BLUE, GREEN))
    lines = (unnamed, BLUE_LINE, replace(unnamed, line_number=5))
    reason = CANNOT_BE_TOLD.format(3, "SKU alone")
    assert rejections(merge_shirt(*lines, stored=three))[:2] == [(2, reason), (5, reason)]
    # What is there is all claimed by SKU, so that the line is of another.
    merged = merge_shirt(RED_LINE, BLUE_LINE, replace(unnamed, line_number=4))
    assert rejections(merged) == [(4, "Option1 Value is missing")]


def test_every_line_that_cannot_be_told_is_named() -> None:
    twins = StoredProduct(SHIRT, (RED, replace(RED, id="v4", sku="")))
    lines = (
        replace(SILENT_LINE, option_values=("Red",), price=1),
        replace(SILENT_LINE, line_number=3, option_values=("Green",)),
    )
    assert rejections(merge_shirt(*lines, stored=twins))[0] == (
        2,
        CANNOT_BE_TOLD.format(2, "options"),
    )
    assert (3, "Variant Price is missing") in rejections(merge_shirt(*lines, stored=twins))


# -- duplicates


def test_a_new_variant_has_options_of_its_own() -> None:
    new = replace(SILENT_LINE, line_number=5, sku="NEW", option_values=("Crimson",), price=1)
    becomes_crimson = replace(RED_LINE, option_values=("Crimson",))
    assert rejections(merge_shirt(becomes_crimson, new)) == [(5, SAME_OPTIONS)]
    # The options that the red one had are free then.
    red_again = replace(new, option_values=("Red",))
    assert matched_ids(merge_shirt(becomes_crimson, red_again)) == {2: "v1", 5: None}
    # Of two new ones the second.
    twice = (new, replace(new, line_number=6, sku="NEWER"))
    assert rejections(merge_shirt(*twice)) == [(6, SAME_OPTIONS)]


def test_a_new_variant_differs_from_those_the_file_does_not_name() -> None:
    unnamed = replace(SILENT_LINE, line_number=4, price=1)
    plain = replace(BLUE, option_values=())
    stored = StoredProduct(SHIRT, (RED, plain))
    lines = (RED_LINE, replace(BLUE_LINE, option_values=("Blue",)), unnamed)
    assert rejections(merge_shirt(*lines, stored=stored)) == [(4, "Option1 Value is missing")]
    lines = (RED_LINE, BLUE_LINE, unnamed)
    assert rejections(merge_shirt(*lines, stored=stored)) == [(4, SAME_OPTIONS)]


def test_options_that_change_are_not_those_of_a_variant_the_file_does_not_name() -> None:
    becomes_blue = replace(RED_LINE, option_values=("Blue",))
    assert rejections(merge_shirt(becomes_blue)) == [(2, SAME_OPTIONS)]
    # Two that change places are no duplicates.
    becomes_red = replace(BLUE_LINE, option_values=("Red",))
    assert matched_ids(merge_shirt(becomes_blue, becomes_red)) == {2: "v1", 3: "v2"}


def test_a_variant_that_is_not_sold_is_not_meant_where_one_is() -> None:
    stored = StoredProduct(SHIRT, (replace(RED, listed=False), BLUE))
    assert matched_ids(merge_shirt(SILENT_LINE, stored=stored)) == {2: "v2"}


# -- options


def test_every_listed_variant_has_a_value_of_each_option() -> None:
    two_values = replace(RED_LINE, option_values=("Red", "S"))
    parsed = replace(parsed_shirt(two_values), option_names=("Colour", "Size"))
    reason = (
        "1 variants that the file does not name lack values of its options (Colour, Size): name "
        "them too, or use --complete"
    )
    assert rejections(merge_product(parsed, STORED_SHIRT, DOLLARS)) == [(2, reason)]
    completing = replace(DOLLARS, completes=True)
    merged = merge_product(parsed, STORED_SHIRT, completing)
    assert merged.product.option_names == ("Colour", "Size")
    assert [entry.variant.listed for entry in merged.variants] == [True, False]
    one_value = replace(parsed, variants=(replace(RED_LINE, option_values=("Red",)),))
    assert rejections(merge_product(one_value, STORED_SHIRT, completing)) == [
        (2, "Option2 Value is missing")
    ]
    one_name = replace(parsed, option_names=("Colour",))
    assert rejections(merge_product(one_name, STORED_SHIRT, completing)) == [
        (2, "Option2 Name is missing")
    ]


def test_what_lacked_options_before_may_lack_them() -> None:
    """So that a price can be imported whatever earlier releases have kept."""
    plain = StoredProduct(SHIRT, (replace(RED, option_values=()), BLUE))
    assert matched_ids(merge_shirt(replace(RED_LINE, price=7), stored=plain)) == {2: "v1"}


def test_options_without_a_name_get_one() -> None:
    nameless = StoredProduct(replace(SHIRT, option_names=()), (RED, BLUE))
    assert merge_shirt(RED_LINE, stored=nameless).product.option_names == ("Option",)
    lines = [replace(SILENT_LINE, line_number=each, price=1) for each in (2, 3)]
    new = replace(
        parsed_shirt(*(replace(each, option_values=(str(each), "S")) for each in lines)),
        title="Shirt",
    )
    merged = merge_product(new, None, DOLLARS)
    assert merged.product.option_names == ("Option 1", "Option 2")


# -- complete files


def test_a_complete_file_ends_the_sale_of_what_it_does_not_name() -> None:
    completing = replace(DOLLARS, completes=True)
    merged = merge_shirt(RED_LINE, import_options=completing)
    assert [(entry.variant.id, entry.variant.listed) for entry in merged.variants] == [
        ("v1", True),
        ("v2", False),
    ]
    ended = StoredProduct(SHIRT, tuple(entry.variant for entry in merged.variants))
    back = merge_shirt(BLUE_LINE, stored=ended)
    assert [entry.variant.listed for entry in back.variants] == [True, True]


# -- what becomes of them


def test_a_silent_line_changes_nothing() -> None:
    assert merge_shirt(RED_LINE) == MergedProduct(
        SHIRT, (MatchedVariant(RED, RED, RED_LINE), MatchedVariant(BLUE, BLUE, None))
    )
    assert merge_shirt(RED_LINE, import_options=DOLLARS_AND_STOCK).variants[0].variant == RED


def test_a_line_changes_what_it_says() -> None:
    line = ParsedVariant(
        2,
        "RED",
        ("Crimson",),
        1990,
        grams=0,
        tags=FileTags(frozenset({"DIGITAL"}), frozenset({"TAX_EXEMPT"})),
        stock=FileStock(quantity=8, backorder=False),
    )
    parsed = ParsedProduct(
        2,
        "shirt",
        "Blouse",
        "",
        FileDescription("<p>Wool.</p>", "Wool."),
        "",
        listed=True,
        rule_tags=FileTags(frozenset({"AGE_RESTRICTED"}), frozenset({"OVERSIZE"})),
        variants=(line,),
    )
    euros = ImportOptions("EUR", sets_stock=True)
    unsold = replace(RED, listed=False, tags=frozenset({"OVERSIZE", "TAX_EXEMPT"}))
    product = replace(
        SHIRT,
        title="Blouse",
        vendor="",
        description="Wool.",
        description_html="<p>Wool.</p>",
        product_type="",
        listed=True,
    )
    crimson = replace(
        RED,
        title="Blouse, Crimson",
        option_values=("Crimson",),
        prices={"USD": 500, "EUR": 1990},
        tax_category=None,
        grams=0,
        tags=frozenset({"AGE_RESTRICTED", "DIGITAL"}),
        stock=Stock(8, backorder=False, ships_in_days=2, backorder_days=9),
        listed=True,
    )
    blue = replace(
        BLUE, title="Blouse, Blue", tax_category=None, tags=frozenset({"AGE_RESTRICTED"})
    )
    assert merge_product(parsed, StoredProduct(SHIRT, (unsold, BLUE)), euros) == MergedProduct(
        product, (MatchedVariant(crimson, unsold, line), MatchedVariant(blue, BLUE, None))
    )


def test_a_sku_and_a_category_are_given_and_taken() -> None:
    by_options = replace(SILENT_LINE, option_values=("Red",), sku="CRIMSON")
    assert merge_shirt(by_options).variants[0].variant.sku == "CRIMSON"
    assert merge_shirt(replace(by_options, sku="")).variants[0].variant.sku == ""
    shoes = replace(parsed_shirt(RED_LINE), product_type="Shoes")
    categories = [
        entry.variant.tax_category for entry in merge_product(shoes, STORED_SHIRT, DOLLARS).variants
    ]
    assert categories == ["shoes", "shoes"]


def test_a_price_replaces_that_of_its_currency() -> None:
    line = replace(RED_LINE, price=700)
    stored = StoredProduct(SHIRT, (replace(RED, prices={"USD": 500, "EUR": 450}),))
    assert merge_shirt(line, stored=stored).variants[0].variant.prices == {"USD": 700, "EUR": 450}


def test_variants_are_called_after_their_product_and_options() -> None:
    naming = VariantNaming(SHIRT, replace(SHIRT, title="Blouse"))
    assert naming.title_for(RED) == "Blouse, Red"
    assert naming.title_for(RED, ("Red",)) == "Blouse, Red"
    assert naming.title_for(RED, ("Crimson",)) == "Blouse, Crimson"
    assert naming.title_for(RED, ()) == "Blouse"
    assert naming.title_for(replace(RED, title="")) == "Blouse, Red"
    assert naming.title_for(replace(RED, title="", option_values=())) == "Blouse"
    own_title = replace(RED, title="The red one")
    assert naming.title_for(own_title) == "The red one"
    assert naming.title_for(own_title, ("Red",)) == "The red one"
    assert naming.title_for(own_title, ("Crimson",)) == "Blouse, Crimson"


# -- SKUs that tell nothing


@pytest.mark.parametrize(
    ("sku_owners", "shared"),
    [
        ({}, frozenset()),
        ({"RED": ["p1"]}, frozenset()),
        ({"RED": ["p1", "p1"]}, frozenset({"RED"})),
        ({"RED": ["p2"]}, frozenset({"RED"})),
        ({"RED": ["p1", "p2"], "OTHER": ["p3", "p3"]}, frozenset({"RED"})),
    ],
)
def test_a_sku_of_several_variants_is_shared(
    sku_owners: dict[str, list[str]], shared: frozenset[str]
) -> None:
    lines = (RED_LINE, replace(SILENT_LINE, sku=""), SILENT_LINE)
    assert shared_skus([parsed_shirt(*lines)], {"shirt": "p1"}, sku_owners) == shared


def test_a_sku_that_stands_twice_in_the_file_is_shared() -> None:
    hat = replace(parsed_shirt(BLUE_LINE, RED_LINE), handle="hat")
    assert shared_skus([parsed_shirt(RED_LINE), hat], {}, {}) == {"RED"}
    assert shared_skus([parsed_shirt(RED_LINE, RED_LINE)], {"shirt": "p1"}, {}) == {"RED"}
    assert shared_skus([parsed_shirt(RED_LINE)], {}, {"RED": ["p2"]}) == {"RED"}
