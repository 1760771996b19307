"""Cells of a product file: what they say, and their bounds (R111)."""

import pytest

from gateway.engine.catalogue.product_cells import (
    RULE_TAGS,
    FileRow,
    FileStock,
    FileTags,
    InvalidCell,
    parse_grams,
    parse_listed,
    parse_option_values,
    parse_price,
    parse_product_tags,
    parse_sku,
    parse_stock,
    parse_tags,
    parse_variant_tags,
)
from gateway.engine.money import Currency

USD, JPY = Currency("USD", 2), Currency("JPY", 0)


def row(**cells: str) -> FileRow:
    return FileRow(2, {column.replace("_", " "): cell for column, cell in cells.items()})


@pytest.mark.parametrize(
    ("policy", "backorder"),
    [("deny", False), ("Continue", True), ("false", False), ("TRUE", True), ("", None)],
)
def test_the_policy_says_whether_to_sell_beyond_stock(policy: str, backorder: bool | None) -> None:  # noqa: FBT001
    cells = {"Variant_Inventory_Policy": policy}
    assert parse_stock(row(**cells)) == FileStock(None, None, backorder)
    with_quantity = row(**cells, Variant_Inventory_Qty="3", Variant_Inventory_Tracker="shopify")
    assert parse_stock(with_quantity) == FileStock(True, 3, backorder)  # noqa: FBT003
    untracked = row(**cells, Variant_Inventory_Tracker="")
    assert parse_stock(untracked) == FileStock(False, None, backorder)  # noqa: FBT003


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("2147483647", 2147483647), ("-2147483647", -2147483647), ("5.0", 5), ("0", 0)],
)
def test_how_many_there_are(text: str, quantity: int) -> None:
    assert parse_stock(row(Variant_Inventory_Qty=text)).quantity == quantity


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2147483648", "Variant Inventory Qty '2147483648' is out of bounds"),
        ("-2147483648", "Variant Inventory Qty '-2147483648' is out of bounds"),
        ("2.5", "Variant Inventory Qty '2.5' is not whole"),
        ("some", "Variant Inventory Qty 'some' is no number"),
        ("NaN", "Variant Inventory Qty 'NaN' is no number"),
    ],
)
def test_how_many_there_cannot_be(text: str, message: str) -> None:
    with pytest.raises(InvalidCell) as raised:
        parse_stock(row(Variant_Inventory_Qty=text))
    assert str(raised.value) == message


def test_weights() -> None:
    assert parse_grams(row(Variant_Grams="180.4")) == 180
    assert parse_grams(row(Variant_Grams="0")) == 0
    assert parse_grams(row(Variant_Grams="2147483647")) == 2147483647
    assert parse_grams(row()) is None
    for text in ("-0.1", "2147483648"):
        with pytest.raises(InvalidCell) as raised:
            parse_grams(row(Variant_Grams=text))
        assert str(raised.value) == f"Variant Grams {text!r} is out of bounds"


def test_prices() -> None:
    assert parse_price(row(Variant_Price="10000000000"), USD) == 10**12
    assert parse_price(row(Variant_Price="999999999999"), JPY) == 999_999_999_999
    assert parse_price(row(Variant_Price="12.500"), USD) == 1250
    assert parse_price(row(), USD) is None
    for text in ("1000000000000", "1.", ".5", "12.50 "):
        with pytest.raises(InvalidCell) as raised:
            parse_price(row(Variant_Price=text), USD)
        assert str(raised.value) == f"Variant Price {text!r} is no amount such as 19.99"


def test_tags_are_spelled_as_rules_spell_theirs() -> None:
    assert parse_tags(row(Tags=" age-restricted,, over size ,Not discountable")) == [
        "AGE_RESTRICTED",
        "OVER_SIZE",
        "NOT_DISCOUNTABLE",
    ]
    tags = parse_product_tags(row(Tags="Oversize, summer"))
    assert tags == FileTags(frozenset({"OVERSIZE"}), RULE_TAGS)
    assert parse_product_tags(row(Tags="")) == FileTags(frozenset(), RULE_TAGS)
    assert parse_product_tags(row()) == FileTags()
    assert tags.apply_to(frozenset({"AGE_RESTRICTED", "DIGITAL"})) == {"OVERSIZE", "DIGITAL"}


def test_what_is_shipped_and_taxed() -> None:
    both = {"Variant_Requires_Shipping": "TRUE", "Variant_Taxable": "false"}
    assert parse_variant_tags(row(**both)) == FileTags(
        frozenset({"TAX_EXEMPT"}), frozenset({"DIGITAL"})
    )
    assert parse_variant_tags(row()) == FileTags()
    with pytest.raises(InvalidCell) as raised:
        parse_variant_tags(row(Variant_Taxable="maybe"))
    assert str(raised.value) == "Variant Taxable 'maybe' is none of true, false"


def test_texts_have_at_most_255_characters() -> None:
    longest = "x" * 255
    assert parse_sku(row(Variant_SKU=longest)) == longest
    assert parse_option_values(row(Option1_Value=longest, Option3_Value="S")) == (longest, "S")
    assert parse_option_values(row(Option2_Value="Default Title", Option3_Value="S")) == ("S",)
    assert (parse_sku(row()), parse_option_values(row())) == (None, None)
    with pytest.raises(InvalidCell, match=r"^Variant SKU is longer than 255 characters$"):
        parse_sku(row(Variant_SKU=longest + "x"))
    with pytest.raises(InvalidCell, match=r"^Option3 Value is longer than 255 characters$"):
        parse_option_values(row(Option3_Value=longest + "x"))


def test_what_is_listed() -> None:
    assert parse_listed(row(Status="ACTIVE", Published="true")) is True
    assert parse_listed(row(Status="draft", Published="true")) is False
    assert parse_listed(row(Published="false")) is False
    assert parse_listed(row()) is None
    with pytest.raises(InvalidCell) as raised:
        parse_listed(row(Status="gone"))
    assert str(raised.value) == "Status 'gone' is none of active, draft, archived"
