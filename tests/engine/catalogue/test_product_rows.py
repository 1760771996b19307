"""Product lines: what a file describes, and why a row cannot be used (R111)."""

from dataclasses import replace

import pytest

from gateway.engine.catalogue.bundle_cells import FileComponent
from gateway.engine.catalogue.picture_cells import FileImage
from gateway.engine.catalogue.product_cells import (
    RULE_TAGS,
    FilePrice,
    FileRow,
    FileStock,
    FileTags,
    InvalidCell,
)
from gateway.engine.catalogue.product_rows import (
    FileDescription,
    IgnoredCell,
    ParsedProduct,
    ParsedRows,
    ParsedVariant,
    ParsingOptions,
    RejectedRow,
    parse_product,
)
from gateway.engine.money import Currency

PARSING = ParsingOptions(
    Currency("USD", 2), lambda html: FileDescription(html, html.upper()), frozenset({"reduced"})
)
MUG = {"Handle": "mug", "Title": "Mug", "Variant SKU": "MUG", "Variant Price": "12.00"}
RED, PLAIN = {"Option1 Name": "Colour", "Option1 Value": "Red"}, {"Option1 Value": "Default Title"}


def row(number: int, cells: dict[str, str], **more: str) -> FileRow:
    return FileRow(number, {**cells, **{key.replace("_", " "): text for key, text in more.items()}})


def parse_one(*rows: FileRow) -> ParsedProduct:
    parsed = parse_product(rows, PARSING)
    assert parsed.rejected == ()
    assert parsed.product is not None
    return parsed.product


def rejections(*rows: FileRow) -> list[tuple[int, str]]:
    parsed = parse_product(rows, PARSING)
    assert (parsed.product, parsed.ignored) == (None, ())
    return [(rejected.line_number, rejected.reason) for rejected in parsed.rejected]


def test_a_product_of_several_lines() -> None:
    first = FileRow(
        2,
        {
            "Handle": "shirt",
            "Title": "Shirt",
            "Body (HTML)": "Of cotton.",
            "Vendor": "Weaver",
            "Type": "Clothing",
            "Tags": "Summer, age restricted",
            "Status": "active",
            "Collection": "New",
            "SEO Title": "Shirts",
            "SEO Description": "All shirts",
            "Option1 Name": "Colour",
            "Option1 Value": "Red",
            "Option2 Name": "Size",
            "Option2 Value": "S",
            "Variant SKU": "RED-S",
            "Variant Barcode": "4006381333931",
            "Variant Price": "19.9",
            "Variant Compare At Price": "25",
            "Variant Grams": "180.0",
            "Variant Inventory Tracker": "shopify",
            "Variant Inventory Qty": "5",
            "Variant Inventory Policy": "continue",
            "Variant Image": "https://a.example/red.jpg",
            "Image Src": "https://a.example/front.jpg",
            "Image Position": "2",
            "Image Alt Text": "From the front",
            "Tax Table": "Reduced",
            "Ships In Days": "2",
            "Backorder Days": "21",
        },
    )
    second = FileRow(
        9,
        {
            "Handle": "shirt",
            "Option1 Value": "Blue",
            "Option2 Value": "M",
            "Variant SKU": "BLUE-M",
            "Variant Price": "21",
            "Variant Requires Shipping": "FALSE",
            "Variant Taxable": "false",
            "Bundle Parts": "RED-S*2; BUTTON @ 1.50",
            "Image Src": "https://a.example/back.jpg",
            "Image Position": "1",
        },
    )
    picture = FileRow(10, {"Handle": "shirt", "Image Src": "https://a.example/front.jpg"})
    assert parse_product([first, second, picture], PARSING) == ParsedRows(
        ParsedProduct(
            2,
            "shirt",
            "Shirt",
            "Weaver",
            FileDescription("Of cotton.", "OF COTTON."),
            "Clothing",
            listed=True,
            tags=("Summer", "age restricted"),
            rule_tags=FileTags(frozenset({"AGE_RESTRICTED"}), RULE_TAGS),
            option_names=("Colour", "Size"),
            images=(
                FileImage("https://a.example/back.jpg"),
                FileImage("https://a.example/front.jpg", "From the front"),
            ),
            seo_title="Shirts",
            seo_description="All shirts",
            collection="New",
            variants=(
                ParsedVariant(
                    2,
                    "RED-S",
                    ("Red", "S"),
                    1990,
                    FilePrice(2500),
                    180,
                    stock=FileStock(
                        counted=True,
                        quantity=5,
                        backorder=True,
                        ships_in_days=2,
                        backorder_days=21,
                    ),
                    barcode="4006381333931",
                    image=FileImage("https://a.example/red.jpg"),
                    tax_table="reduced",
                ),
                ParsedVariant(
                    9,
                    "BLUE-M",
                    ("Blue", "M"),
                    2100,
                    tags=FileTags(added=frozenset({"DIGITAL", "TAX_EXEMPT"})),
                    components=(FileComponent("RED-S", 2), FileComponent("BUTTON", 1, 150)),
                ),
            ),
        )
    )


def test_an_only_variant_has_no_options() -> None:
    product = parse_one(row(2, MUG, **{"Option1 Name": "Title"}, **PLAIN))
    assert (product.option_names, product.variants[0].option_values) == ((), ())


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("Title", "", "Title is missing"),
        ("Title", "x" * 256, "Title is longer than 255 characters: it has 256"),
        ("Handle", "a mug", "Handle must not hold blanks, slashes, or any of ? # % \\"),
        ("Handle", "a/b", "Handle must not hold blanks, slashes, or any of ? # % \\"),
        ("Handle", "a#b", "Handle must not hold blanks, slashes, or any of ? # % \\"),
        ("Handle", ".", "Handle must not be . or .., which browsers leave out of addresses"),
        ("Handle", "..", "Handle must not be . or .., which browsers leave out of addresses"),
        ("Handle", "m\u200bug", "Handle must not hold characters that nobody sees"),
        ("Handle", "\ufeffmug", "Handle must not hold characters that nobody sees"),
        ("Handle", "mug\u202e", "Handle must not hold characters that nobody sees"),
        ("Handle", "h" * 256, "Handle is longer than 255 characters: it has 256"),
        ("Vendor", "x" * 256, "Vendor is longer than 255 characters: it has 256"),
        (
            "SEO Description",
            "x" * 2001,
            "SEO Description is longer than 2,000 characters: it has 2,001",
        ),
        ("Status", "gone", "Status 'gone' is none of active, draft, archived, unlisted"),
        ("Published", "yes", "Published 'yes' is none of true, false"),
        ("Gift Card", "true", "Gift Card: gift cards cannot be sold yet"),
        ("Variant Price", "$5", "Variant Price '$5' is no amount such as 19.99"),
        ("Variant Price", "-5", "Variant Price '-5' is no amount such as 19.99"),
        ("Variant Price", "NaN", "Variant Price 'NaN' is no amount such as 19.99"),
        ("Variant Price", "1,50", "Variant Price '1,50' is no amount such as 19.99"),
        ("Variant Price", "٣", "Variant Price '٣' is no amount such as 19.99"),
        ("Variant Price", "=1+1", "Variant Price '=1+1' is no amount such as 19.99"),
        ("Variant Price", "1.005", "Variant Price '1.005' is too precise: USD has 2 decimals"),
        (
            "Variant Price",
            "10000000000.01",
            "Variant Price '10000000000.01' is too large: at most 10,000,000,000.00",
        ),
        ("Variant Price", "9" * 18, f"Variant Price '{'9' * 18}' is too large: at most 10,000,0"),
        ("Variant Price", "0" * 29, f"Variant Price '{'0' * 29}' has too many digits"),
        ("Variant Compare At Price", "-1", "Variant Compare At Price '-1' is no amount"),
        ("Variant Grams", "-1", "Variant Grams '-1' is out of bounds: from 0 to 2,147,483,647"),
        ("Variant Grams", "heavy", "Variant Grams 'heavy' is no number"),
        ("Variant Grams", "Infinity", "Variant Grams 'Infinity' is no number"),
        ("Variant Inventory Policy", "maybe", "Variant Inventory Policy 'maybe' is none of deny"),
        ("Variant Inventory Qty", "2.5", "Variant Inventory Qty '2.5' is not whole"),
        ("Variant Inventory Qty", "1e99", "Variant Inventory Qty '1e99' is out of bounds"),
        ("Variant Taxable", "2", "Variant Taxable '2' is none of true, false"),
        ("Ships In Days", "-1", "Ships In Days '-1' is out of bounds: from 0 to 3,650"),
        ("Backorder Days", "3651", "Backorder Days '3651' is out of bounds: from 0 to 3,650"),
        ("Tax Table", "food", "Tax Table 'food' is no alternate table: reduced"),
        ("Image Src", "javascript:x", "Image Src 'javascript:x' is no http or https address"),
        ("Image Src", "mug.jpg", "Image Src 'mug.jpg' is the name of a file: --pictures FOLDER"),
        ("Variant Image", "../mug.jpg", "Variant Image '../mug.jpg' is no http or https address"),
        ("Bundle Parts", "A*0", "Bundle Parts 'A*0': a quantity is from 1 to 1000"),
        ("Bundle Parts", "A; A*2", "Bundle Parts names 'A' twice"),
    ],
)
def test_why_a_row_cannot_be_used(column: str, cell: str, reason: str) -> None:
    ((number, why),) = rejections(FileRow(2, {**MUG, column: cell}))
    assert (number, why[: len(reason)]) == (2, reason)


def test_every_refused_row_is_named() -> None:
    first = row(2, MUG, Type="x" * 256, **RED)
    bad = row(4, {"Handle": "mug", "Variant SKU": "MUG-2"}, Option1_Value="B", Variant_Price="free")
    assert rejections(first, bad) == [
        (2, "Type is longer than 255 characters: it has 256"),
        (4, "Variant Price 'free' is no amount such as 19.99"),
    ]


def test_a_description_that_is_too_large_is_refused() -> None:
    def refuse(html: str) -> FileDescription:
        raise InvalidCell(f"{html}: too large")

    parsed = parse_product(
        [row(2, MUG, **{"Body (HTML)": "<p>"})], replace(PARSING, describe=refuse)
    )
    assert parsed == ParsedRows(rejected=(RejectedRow(2, "mug", "<p>: too large"),))


def test_what_stands_there_twice() -> None:
    """R111: options tell variants apart; a SKU may stand at several."""
    first = row(2, MUG, **PLAIN)
    again = row(3, {"Handle": "mug", "Variant SKU": "MUG"}, Option1_Value="Blue", Variant_Price="5")
    assert [variant.sku for variant in parse_one(first, again).variants] == ["MUG", "MUG"]
    same = row(3, {"Handle": "mug", "Variant SKU": "MUG-2", "Variant Price": "5"}, **PLAIN)
    assert rejections(first, same) == [(3, "its options stand on line 2 too")]


def test_absent_empty_and_zero_are_three_things() -> None:
    """R111: an empty cell empties what may be empty, and says nothing of anything else."""

    def parse_mug(cells: dict[str, str]) -> ParsedProduct:
        return parse_one(FileRow(2, {"Handle": "mug", **cells}))

    nothing = parse_mug({})
    assert nothing == ParsedProduct(2, "mug", variants=(ParsedVariant(2, is_silent=True),))
    texts = (
        "Vendor", "Body (HTML)", "Type", "Tags", "SEO Title", "SEO Description", "Collection",
        "Image Src", "Variant SKU", "Variant Barcode", "Variant Image", "Variant Compare At Price",
        "Tax Table", "Bundle Parts",
    )  # fmt: skip
    assert parse_mug(dict.fromkeys(texts, "")) == ParsedProduct(
        2,
        "mug",
        vendor="",
        description=FileDescription("", ""),
        product_type="",
        tags=(),
        rule_tags=FileTags(removed=RULE_TAGS),
        images=(),
        seo_title="",
        seo_description="",
        collection="",
        variants=(
            ParsedVariant(
                2,
                sku="",
                barcode="",
                image=FileImage(""),
                compare_at_price=FilePrice(None),
                tax_table="",
                components=(),
                is_silent=True,
            ),
        ),
    )
    others = (
        "Published", "Status", "Gift Card", "Option1 Name", "Option1 Value", "Variant Price",
        "Variant Grams", "Variant Inventory Qty", "Variant Inventory Policy",
        "Variant Requires Shipping", "Variant Taxable", "Image Position", "Ships In Days",
        "Backorder Days",
    )  # fmt: skip
    assert parse_mug(dict.fromkeys(others, "")) == nothing
    untracked = parse_mug({"Variant Inventory Tracker": ""}).variants[0].stock
    assert untracked == FileStock(counted=False)
    zero = {"Variant Grams": "0", "Variant Price": "0", "Variant Inventory Qty": "0"}
    (variant,) = parse_mug(zero).variants
    assert (variant.grams, variant.price, variant.stock) == (0, 0, FileStock(quantity=0))


def test_what_is_read_and_not_kept_is_said() -> None:
    """R111."""
    first = row(2, MUG, Vendor="Potter", **RED)
    second = row(3, MUG, Title="Cup", Vendor="Potter", Option1_Value="Blue")
    picture = row(4, {"Handle": "mug"}, Variant_Grams="5", Image_Position="3", Image_Alt_Text="x")
    assert parse_product([first, second, picture], PARSING).ignored == (
        IgnoredCell(3, "Title", "a product has what its first line says"),
        IgnoredCell(4, "Variant Grams", "the line names no variant"),
        IgnoredCell(4, "Image Position", "the line names no picture"),
        IgnoredCell(4, "Image Alt Text", "the line names no picture"),
    )


def test_a_row_that_cannot_be_used_as_a_whole() -> None:
    """A missing quote shifts what follows: better refused than taken for something else."""
    shifted = FileRow(3, MUG, "it has 2 more cells than there are columns")
    assert rejections(FileRow(2, MUG), shifted) == [(3, shifted.defect)]


def test_a_row_without_a_handle() -> None:
    assert rejections(FileRow(7, {"Handle": "", "Title": "Mug"})) == [(7, "Handle is missing")]


def test_very_many_variants() -> None:
    further = [
        row(number, {"Handle": "mug"}, Option1_Value=f"v{number}", Variant_Price="1")
        for number in range(3, 2051)
    ]
    reason = "it has 2049 variants; at most 2048 are possible"
    assert rejections(row(2, MUG, **RED), *further) == [(2, reason)]
    assert len(parse_one(row(2, MUG, **RED), *further[:-1]).variants) == 2048


# -- pictures


def test_pictures_stand_in_the_order_of_their_positions() -> None:
    """Those without a position come last, as in the file; each address once."""
    rows = [("c", "3"), ("a", ""), ("b", "1"), ("c", ""), ("d", "2")]
    lines = [
        FileRow(
            number,
            {
                "Handle": "mug",
                "Image Src": f"https://a.example/{name}.jpg",
                "Image Position": position,
                "Image Alt Text": "see" if number == 5 else "",
            },
        )
        for number, (name, position) in enumerate(rows, 2)
    ]
    images = parse_one(*lines).images
    assert images is not None
    assert [image.url[-5] for image in images] == ["b", "d", "c", "a"]
    assert [image.alt_text for image in images] == ["", "", "see", ""]


def test_names_of_files_are_pictures_where_a_folder_is_given() -> None:
    options = replace(PARSING, takes_file_names=True)
    cells = {**MUG, "Image Src": "Red mug.jpg", "Variant Image": "/media/abc.png"}
    product = parse_product([FileRow(2, cells)], options).product
    assert product is not None
    assert product.images == (FileImage("Red mug.jpg"),)
    assert product.variants[0].image == FileImage("/media/abc.png")
    for name in ("../x.jpg", "a\\b.jpg", "c:x.jpg", "/etc/passwd", "x" * 256):
        assert parse_product([FileRow(2, {**MUG, "Image Src": name})], options).product is None


def test_thousands_of_pictures_are_refused() -> None:
    lines = [
        FileRow(number, {"Handle": "mug", "Image Src": f"https://a.example/{number}.jpg"})
        for number in range(2, 5002)
    ]
    assert rejections(*lines) == [(2, "it has 5000 pictures; at most 250 are possible")]
