"""Product lines: what a file describes, and why a row cannot be used."""

import pytest

from gateway.engine.catalogue.product_cells import RULE_TAGS, FileRow, FileStock, FileTags
from gateway.engine.catalogue.product_rows import (
    IgnoredCell,
    ParsedFile,
    ParsedProduct,
    ParsedVariant,
    RejectedRow,
    parse_products,
)
from gateway.engine.money import Currency

USD = Currency("USD", 2)


def file_row(number: int, **cells: str) -> FileRow:
    names = {
        "sku": "Variant SKU",
        "price": "Variant Price",
        "grams": "Variant Grams",
        "tracker": "Variant Inventory Tracker",
        "quantity": "Variant Inventory Qty",
        "policy": "Variant Inventory Policy",
        "shipping": "Variant Requires Shipping",
        "taxable": "Variant Taxable",
        "option": "Option1 Value",
        "other": "Option2 Value",
        "body": "Body (HTML)",
    }
    return FileRow(number, {names.get(name, name.title()): cell for name, cell in cells.items()})


MUG_ROW = file_row(2, handle="mug", title="Mug", sku="MUG", price="12.00")


def rejection_reasons(*rows: FileRow) -> list[tuple[int, str]]:
    parsed = parse_products(rows, USD)
    assert parsed.products == ()
    return [(each.line_number, each.reason) for each in parsed.rejected]


def test_a_product_of_several_lines() -> None:
    first = file_row(
        2,
        handle="shirt",
        title="Shirt",
        body="Of cotton.",
        vendor="Weaver",
        type="Clothing",
        tags="Summer, age restricted",
        option="Red",
        other="S",
        sku="RED-S",
        price="19.9",
        grams="180.0",
        tracker="shopify",
        quantity="5",
        policy="continue",
    )
    second = file_row(
        9,
        handle="shirt",
        option="Blue",
        other="M",
        sku="BLUE-M",
        price="21",
        shipping="FALSE",
        taxable="false",
    )
    picture = file_row(10, handle="shirt")
    assert parse_products([first, second, picture], USD) == ParsedFile(
        (
            ParsedProduct(
                2,
                "shirt",
                "Shirt",
                "Weaver",
                "Of cotton.",
                "clothing",
                listed=None,
                tags=FileTags(frozenset({"AGE_RESTRICTED"}), RULE_TAGS),
                variants=(
                    ParsedVariant(
                        2,
                        "RED-S",
                        ("Red", "S"),
                        1990,
                        180,
                        FileTags(),
                        FileStock(counted=True, quantity=5, backorder=True),
                    ),
                    ParsedVariant(
                        9,
                        "BLUE-M",
                        ("Blue", "M"),
                        2100,
                        None,
                        FileTags(added=frozenset({"DIGITAL", "TAX_EXEMPT"})),
                        FileStock(),
                    ),
                ),
            ),
        ),
        (),
        (IgnoredCell(2, "Tags", "no rule goes by these tags, which are not kept"),),
    )


def test_an_only_variant_is_has_no_options() -> None:
    only = FileRow(2, {**MUG_ROW.cells, "Option1 Value": "Default Title"})
    assert parse_products([only], USD).products[0].variants[0].option_values == ()


@pytest.mark.parametrize(
    ("status", "published", "listed"),
    [
        ("", "", None),
        ("Active", "TRUE", True),
        ("draft", "", False),
        ("archived", "true", False),
        ("active", "FALSE", False),
    ],
)
def test_what_is_listed(status: str, published: str, listed: bool | None) -> None:  # noqa: FBT001
    cells = {**MUG_ROW.cells, "Status": status, "Published": published}
    assert parse_products([FileRow(2, cells)], USD).products[0].listed is listed


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("Title", "", "Title is missing"),
        ("Title", "x" * 256, "Title is longer than 255 characters"),
        ("Handle", "a mug", "Handle must not hold blanks"),
        ("Status", "gone", "Status 'gone' is none of active, draft, archived"),
        ("Published", "yes", "Published 'yes' is none of true, false"),
        ("Option2 Value", "x" * 256, "Option2 Value is longer than 255 characters"),
        ("Variant SKU", "x" * 256, "Variant SKU is longer than 255 characters"),
        ("Variant Price", "", "Variant Price is missing"),
        ("Variant Price", "$5", "Variant Price '$5' is no amount such as 19.99"),
        ("Variant Price", "-5", "Variant Price '-5' is no amount such as 19.99"),
        ("Variant Price", "NaN", "Variant Price 'NaN' is no amount such as 19.99"),
        ("Variant Price", "1,50", "Variant Price '1,50' is no amount such as 19.99"),
        ("Variant Price", "٣", "Variant Price '٣' is no amount such as 19.99"),
        ("Variant Price", "1.005", "Variant Price '1.005' is too precise: USD has 2 decimals"),
        ("Variant Price", "10000000000.01", "Variant Price '10000000000.01' is too large"),
        ("Variant Grams", "-1", "Variant Grams '-1' is out of bounds"),
        ("Variant Grams", "heavy", "Variant Grams 'heavy' is no number"),
        ("Variant Grams", "Infinity", "Variant Grams 'Infinity' is no number"),
        ("Variant Inventory Policy", "maybe", "Variant Inventory Policy 'maybe' is none of deny"),
        ("Variant Inventory Qty", "2.5", "Variant Inventory Qty '2.5' is not whole"),
        ("Variant Inventory Qty", "1e99", "Variant Inventory Qty '1e99' is out of bounds"),
        ("Variant Taxable", "2", "Variant Taxable '2' is none of true, false"),
    ],
)
def test_why_a_row_cannot_be_used(column: str, cell: str, reason: str) -> None:
    cells = {**MUG_ROW.cells, "Variant Inventory Tracker": "shopify", column: cell}
    ((number, why),) = rejection_reasons(FileRow(2, cells))
    assert (number, why[: len(reason)]) == (2, reason)


def test_a_refused_row_refuses_its_product() -> None:
    good = file_row(2, handle="cup", title="Cup", sku="CUP", price="5")
    bad = file_row(4, handle="mug", sku="MUG-2", option="Blue", price="a lot")
    parsed = parse_products([good, FileRow(3, MUG_ROW.cells), bad], USD)
    assert [each.handle for each in parsed.products] == ["cup"]
    assert parsed.rejected == (
        RejectedRow(4, "mug", "Variant Price 'a lot' is no amount such as 19.99"),
    )


def test_what_stands_there_twice() -> None:
    """R111: options tell variants apart; a SKU may stand at several."""
    first = FileRow(2, {**MUG_ROW.cells, "Option1 Value": "Default Title"})
    again = file_row(3, handle="mug", sku="MUG", option="Blue", price="5")
    assert parse_products([first, again], USD).rejected == ()
    same = file_row(3, handle="mug", sku="MUG-2", option="Default Title", price="5")
    assert rejection_reasons(first, same) == [(3, "its options stand on line 2 too")]


def test_absent_empty_and_zero_are_three_things() -> None:
    """R111: an empty cell empties a text, and says nothing of anything else."""

    def parse_one(**cells: str) -> ParsedProduct:
        (product,) = parse_products([FileRow(2, {"Handle": "mug", **cells})], USD).products
        return product

    nothing = parse_one()
    (variant,) = nothing.variants
    assert (nothing.title, nothing.vendor, nothing.description, nothing.category) == (
        None, None, None, None,
    )  # fmt: skip
    assert (nothing.listed, nothing.tags, variant.tags, variant.stock) == (
        None, FileTags(), FileTags(), FileStock(),
    )  # fmt: skip
    assert (variant.sku, variant.option_values, variant.price, variant.grams) == (None,) * 4
    texts = ("Vendor", "Body (HTML)", "Type", "Tags", "Variant SKU")
    emptied = parse_one(**dict.fromkeys(texts, ""))
    assert (emptied.vendor, emptied.description, emptied.category) == ("", "", "")
    assert (emptied.tags, emptied.variants[0].sku) == (FileTags(removed=RULE_TAGS), "")
    others = ("Published", "Status", "Variant Grams", "Variant Inventory Qty",
              "Variant Inventory Policy", "Variant Requires Shipping",
              "Variant Taxable")  # fmt: skip
    assert parse_one(**dict.fromkeys(others, "")) == nothing
    untracked = parse_one(**{"Variant Inventory Tracker": ""}).variants[0].stock
    assert untracked == FileStock(counted=False)
    zero = {"Variant Grams": "0", "Variant Price": "0", "Variant Inventory Qty": "0"}
    (variant,) = parse_one(**zero).variants
    assert (variant.grams, variant.price, variant.stock) == (0, 0, FileStock(quantity=0))


def test_what_is_read_and_not_kept_is_said() -> None:
    """R111."""
    first = file_row(2, handle="mug", title="Mug", vendor="Potter", price="1", option="Red")
    second = file_row(3, handle="mug", title="Cup", vendor="Potter", price="1", option="Blue")
    picture = file_row(4, handle="mug", grams="5")
    assert parse_products([first, second, picture], USD).ignored == (
        IgnoredCell(3, "Title", "a product has what its first line says"),
        IgnoredCell(4, "Variant Grams", "the line names no variant"),
    )


def test_a_row_with_more_cells_than_columns() -> None:
    """A missing quote shifts what follows: better refused than taken for something else."""
    shifted = FileRow(2, MUG_ROW.cells, surplus=2)
    assert rejection_reasons(shifted) == [(2, "it has 2 more cells than there are columns")]


def test_a_row_without_a_handle() -> None:
    assert parse_products([file_row(7, title="Mug", price="5")], USD) == ParsedFile(
        (), (RejectedRow(7, "", "Handle is missing"),)
    )
    assert parse_products([file_row(8, title="")], USD) == ParsedFile((), ())
