"""Product lines: what a file describes, and why a row cannot be used."""

import pytest

from gateway.engine.catalogue import Stock
from gateway.engine.money import Currency
from gateway.engine.product_lines import (
    DraftProduct,
    Drafts,
    DraftVariant,
    Line,
    RefusedLine,
    drafts,
)

USD = Currency("USD", 2)


def line(number: int, **cells: str) -> Line:
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
    return Line(number, {names.get(name, name.title()): cell for name, cell in cells.items()})


MUG = line(2, handle="mug", title="Mug", sku="MUG", price="12.00")


def reasons(*lines: Line) -> list[tuple[int, str]]:
    found = drafts(lines, USD)
    assert found.products == ()
    return [(each.number, each.reason) for each in found.refused]


def test_a_product_of_several_lines() -> None:
    first = line(
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
    second = line(
        9,
        handle="shirt",
        option="Blue",
        other="M",
        sku="BLUE-M",
        price="21",
        shipping="FALSE",
        taxable="false",
    )
    picture = line(10, handle="shirt")
    restricted = frozenset({"AGE_RESTRICTED"})
    assert drafts([first, second, picture], USD) == Drafts(
        (
            DraftProduct(
                "shirt",
                "Shirt",
                "Weaver",
                "Of cotton.",
                "clothing",
                listed=True,
                variants=(
                    DraftVariant(
                        2,
                        "RED-S",
                        "Shirt, Red / S",
                        1990,
                        180,
                        restricted,
                        Stock(5, backorder=True),
                    ),
                    DraftVariant(
                        9,
                        "BLUE-M",
                        "Shirt, Blue / M",
                        2100,
                        0,
                        restricted | {"DIGITAL", "TAX_EXEMPT"},
                        Stock(),
                    ),
                ),
            ),
        ),
        (),
    )


def test_an_only_variant_is_called_as_its_product() -> None:
    only = Line(2, {**MUG.cells, "Option1 Value": "Default Title"})
    assert drafts([only], USD).products[0].variants[0].title == "Mug"


@pytest.mark.parametrize(
    ("status", "published", "listed"),
    [
        ("", "", True),
        ("Active", "TRUE", True),
        ("draft", "", False),
        ("archived", "true", False),
        ("active", "FALSE", False),
    ],
)
def test_what_is_listed(status: str, published: str, listed: bool) -> None:  # noqa: FBT001
    cells = {**MUG.cells, "Status": status, "Published": published}
    assert drafts([Line(2, cells)], USD).products[0].listed is listed


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("Title", "", "Title is missing"),
        ("Title", "x" * 256, "Title is longer than 255 characters"),
        ("Handle", "a mug", "Handle must not hold blanks"),
        ("Status", "gone", "Status 'gone' is none of active, draft, archived"),
        ("Published", "yes", "Published 'yes' is none of true, false"),
        ("Variant SKU", "", "Variant SKU is missing: a later import finds the variant by it"),
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
    cells = {**MUG.cells, "Variant Inventory Tracker": "shopify", column: cell}
    ((number, why),) = reasons(Line(2, cells))
    assert (number, why[: len(reason)]) == (2, reason)


def test_a_refused_row_refuses_its_product() -> None:
    good = line(2, handle="cup", title="Cup", sku="CUP", price="5")
    bad = line(4, handle="mug", sku="MUG-2", option="Blue", price="a lot")
    found = drafts([good, Line(3, MUG.cells), bad], USD)
    assert [each.handle for each in found.products] == ["cup"]
    assert found.refused == (
        RefusedLine(4, "mug", "Variant Price 'a lot' is no amount such as 19.99"),
    )


def test_what_stands_there_twice() -> None:
    again = line(3, handle="mug", sku="MUG", option="Blue", price="5")
    assert reasons(MUG, again) == [(3, "its SKU stands on line 2 too")]
    same = line(3, handle="mug", sku="MUG-2", option="Default Title", price="5")
    assert reasons(MUG, same) == [(3, "its options stand on line 2 too")]


def test_a_row_without_a_handle() -> None:
    assert reasons(line(7, title="Mug", price="5")) == [(7, "Handle is missing")]
    assert drafts([line(8, title="")], USD) == Drafts((), ())
