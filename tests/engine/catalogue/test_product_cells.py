"""Cells of a product file: what they say, and their bounds (R111)."""

import pytest

from gateway.engine.catalogue.product_cells import (
    RULE_TAGS,
    FilePrice,
    FileRow,
    FileStock,
    FileTags,
    InvalidCell,
    parse_compare_at_price,
    parse_grams,
    parse_line,
    parse_listed,
    parse_option_names,
    parse_option_values,
    parse_price,
    parse_rule_tags,
    parse_stock,
    parse_tags,
    parse_tax_table,
    parse_variant_tags,
    quote_cell,
    require_no_gift_card,
)
from gateway.engine.money import Currency

USD, JPY = Currency("USD", 2), Currency("JPY", 0)
STOCK_BOUNDS = "from -2,147,483,647 to 2,147,483,647"


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
        ("2147483648", f"Variant Inventory Qty '2147483648' is out of bounds: {STOCK_BOUNDS}"),
        ("-2147483648", f"Variant Inventory Qty '-2147483648' is out of bounds: {STOCK_BOUNDS}"),
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
        assert (
            str(raised.value) == f"Variant Grams {text!r} is out of bounds: from 0 to 2,147,483,647"
        )


def test_prices() -> None:
    assert parse_price(row(Variant_Price="10000000000"), USD) == 10**12
    assert parse_price(row(Variant_Price="999999999999"), JPY) == 999_999_999_999
    assert parse_price(row(Variant_Price="12.500"), USD) == 1250
    assert parse_price(row(), USD) is None
    assert parse_price(row(Variant_Price=""), USD) is None
    for text in ("1.", ".5", "12.50 "):
        with pytest.raises(InvalidCell) as raised:
            parse_price(row(Variant_Price=text), USD)
        assert str(raised.value) == f"Variant Price {text!r} is no amount such as 19.99"


def test_compare_at_prices() -> None:
    """Empty and zero say that there is none."""
    assert parse_compare_at_price(row(), USD) is None
    assert parse_compare_at_price(row(Variant_Compare_At_Price=""), USD) == FilePrice(None)
    assert parse_compare_at_price(row(Variant_Compare_At_Price="0"), USD) == FilePrice(None)
    assert parse_compare_at_price(row(Variant_Compare_At_Price="25.5"), USD) == FilePrice(2550)
    with pytest.raises(InvalidCell, match="Variant Compare At Price 'x' is no amount"):
        parse_compare_at_price(row(Variant_Compare_At_Price="x"), USD)


def test_tags_are_kept_as_written_and_read_as_rules_spell_theirs() -> None:
    cell = row(Tags=" age-restricted,, Over  size ,OVER SIZE,Not discountable")
    tags = parse_tags(cell)
    assert tags == ("age-restricted", "Over size", "Not discountable")
    rule_tags = frozenset({"AGE_RESTRICTED", "NOT_DISCOUNTABLE"})
    assert parse_rule_tags(tags) == FileTags(rule_tags, RULE_TAGS)
    assert parse_rule_tags(()) == FileTags(frozenset(), RULE_TAGS)
    assert (parse_tags(row()), parse_rule_tags(None)) == (None, FileTags())
    oversize = parse_rule_tags(("Oversize", "summer"))
    assert oversize.apply_to(frozenset({"AGE_RESTRICTED", "DIGITAL"})) == {"OVERSIZE", "DIGITAL"}


def test_tags_have_bounds() -> None:
    many = ",".join(f"t{number}" for number in range(251))
    with pytest.raises(InvalidCell, match=r"^Tags has 251 tags; at most 250 are possible$"):
        parse_tags(row(Tags=many))
    with pytest.raises(InvalidCell, match=r"^a tag is longer than 255 characters: it has 256$"):
        parse_tags(row(Tags="x" * 256))


def test_gift_cards_are_refused() -> None:
    require_no_gift_card(row(Gift_Card="FALSE"))
    require_no_gift_card(row(Gift_Card=""))
    with pytest.raises(InvalidCell, match=r"^Gift Card: gift cards cannot be sold yet$"):
        require_no_gift_card(row(Gift_Card="TRUE"))


def test_a_tax_table_is_one_of_the_rules() -> None:
    tables = frozenset({"reduced", "exempt"})
    assert parse_tax_table(row(), tables) is None
    assert parse_tax_table(row(Tax_Table=""), tables) == ""
    assert parse_tax_table(row(Tax_Table="Reduced"), tables) == "reduced"
    message = r"^Tax Table 'food' is no alternate table: exempt, reduced$"
    with pytest.raises(InvalidCell, match=message):
        parse_tax_table(row(Tax_Table="food"), tables)
    with pytest.raises(InvalidCell, match=r"the rules have no alternate table$"):
        parse_tax_table(row(Tax_Table="food"), frozenset())


@pytest.mark.parametrize(
    ("names", "values", "parsed_names", "parsed_values"),
    [
        (["Title"], ["Default Title"], (), ()),
        (["Title"], ["Small"], ("Title",), ("Small",)),
        (["Size", "Colour"], ["S", "Red"], ("Size", "Colour"), ("S", "Red")),
        ([], ["S"], None, ("S",)),
        (["Size"], [], ("Size",), None),
        (["", ""], ["", ""], None, None),
    ],
)
def test_options(
    names: list[str],
    values: list[str],
    parsed_names: tuple[str, ...] | None,
    parsed_values: tuple[str, ...] | None,
) -> None:
    """A title "Default Title" is no option; other titles are."""
    cells = {f"Option{number}_Name": name for number, name in enumerate(names, 1)}
    cells |= {f"Option{number}_Value": value for number, value in enumerate(values, 1)}
    assert parse_option_names(row(**cells)) == parsed_names
    assert parse_option_values(row(**cells)) == parsed_values


def test_options_that_cannot_be() -> None:
    with pytest.raises(InvalidCell, match=r"^Option1 Name is missing$"):
        parse_option_names(row(Option2_Name="Size"))
    with pytest.raises(InvalidCell, match=r"^Option2 Value is missing$"):
        parse_option_values(row(Option1_Value="S", Option3_Value="Red"))
    with pytest.raises(InvalidCell, match=r"^two options have the same name$"):
        parse_option_names(row(Option1_Name="Size", Option2_Name="SIZE"))


def test_what_is_shipped_and_taxed() -> None:
    both = {"Variant_Requires_Shipping": "TRUE", "Variant_Taxable": "false"}
    assert parse_variant_tags(row(**both)) == FileTags(
        frozenset({"TAX_EXEMPT"}), frozenset({"DIGITAL"})
    )
    assert parse_variant_tags(row()) == FileTags()
    with pytest.raises(InvalidCell) as raised:
        parse_variant_tags(row(Variant_Taxable="maybe"))
    assert str(raised.value) == "Variant Taxable 'maybe' is none of true, false"


def test_texts_have_at_most_255_characters_on_one_line() -> None:
    longest = "x" * 255
    assert parse_line(row(Variant_SKU=longest), "Variant SKU") == longest
    assert parse_line(row(Title="a\n b\tc"), "Title") == "a b c"
    assert parse_line(row(), "Title") is None
    assert parse_option_values(row(Option1_Value=longest)) == (longest,)
    with pytest.raises(
        InvalidCell, match=r"^Variant SKU is longer than 255 characters: it has 256$"
    ):
        parse_line(row(Variant_SKU=longest + "x"), "Variant SKU")
    with pytest.raises(
        InvalidCell, match=r"^Option1 Value is longer than 255 characters: it has 256$"
    ):
        parse_option_values(row(Option1_Value=longest + "x"))


def test_messages_quote_the_beginning_of_a_long_cell() -> None:
    assert quote_cell("x" * 60) == repr("x" * 60)
    assert quote_cell("x" * 61) == repr("x" * 60 + "…")


def test_what_is_listed() -> None:
    assert parse_listed(row(Status="ACTIVE", Published="true")) is True
    assert parse_listed(row(Status="draft", Published="true")) is False
    assert parse_listed(row(Status="Unlisted")) is False
    assert parse_listed(row(Published="false")) is False
    assert parse_listed(row()) is None
    with pytest.raises(InvalidCell) as raised:
        parse_listed(row(Status="gone"))
    assert str(raised.value) == "Status 'gone' is none of active, draft, archived, unlisted"
