"""What becomes of the stock that a product file tells (R111)."""

from dataclasses import replace

import pytest

from gateway.engine.catalogue.import_matching import ImportOptions
from gateway.engine.catalogue.product_cells import FileStock
from gateway.engine.catalogue.product_rows import IgnoredCell
from gateway.engine.catalogue.products import UNLIMITED_STOCK, Stock
from tests.engine.catalogue.lines import (
    BLUE_LINE,
    DOLLARS,
    DOLLARS_AND_STOCK,
    RED_LINE,
    SILENT_LINE,
    merge_shirt,
)


@pytest.mark.parametrize(
    ("file_stock", "stock"),
    [
        (FileStock(), UNLIMITED_STOCK),
        (FileStock(backorder=True), Stock(backorder=True)),
        (FileStock(counted=False), UNLIMITED_STOCK),
        (FileStock(counted=False, quantity=5), UNLIMITED_STOCK),
        (FileStock(counted=True), Stock(0)),
        (FileStock(counted=True, backorder=True), Stock(0, backorder=True)),
        (FileStock(quantity=5), Stock(5)),
        (FileStock(counted=True, quantity=-5, backorder=False), Stock(-5)),
    ],
)
def test_stock_of_a_new_variant_is_counted_where_the_file_counts_it(
    file_stock: FileStock, stock: Stock
) -> None:
    line = replace(SILENT_LINE, option_values=("Green",), price=1, stock=file_stock)
    for sets_stock in (False, True):
        merged = merge_shirt(line, import_options=ImportOptions("USD", sets_stock=sets_stock))
        assert merged.variants[-1].variant.stock == stock


@pytest.mark.parametrize(
    ("file_stock", "available", "backorder"),
    [
        (FileStock(), 3, True),
        (FileStock(quantity=0), 0, True),
        (FileStock(counted=True), 3, True),
        (FileStock(counted=True, quantity=-2, backorder=False), -2, False),
        (FileStock(counted=False), None, True),
        (FileStock(counted=False, quantity=8), None, True),
    ],
)
def test_stock_of_what_is_there_is_set_where_the_import_sets_it(
    file_stock: FileStock,
    available: int | None,
    backorder: bool,  # noqa: FBT001
) -> None:
    line = replace(RED_LINE, stock=file_stock)
    stock = merge_shirt(line, import_options=DOLLARS_AND_STOCK).variants[0].variant.stock
    assert stock == Stock(available, backorder, ships_in_days=2, backorder_days=9)
    stock = merge_shirt(line).variants[0].variant.stock
    assert stock == Stock(3, backorder, ships_in_days=2, backorder_days=9)


LEFT_ALONE = "stock is left alone (--set-stock sets it)"
NOT_COUNTED = "its tracker is empty, so it is not counted"


@pytest.mark.parametrize(
    ("file_stock", "when_left_alone", "when_set"),
    [
        (FileStock(), None, None),
        (FileStock(backorder=False), None, None),
        (FileStock(quantity=3), None, None),
        (FileStock(quantity=4), LEFT_ALONE, None),
        (FileStock(counted=False), LEFT_ALONE, None),
        (FileStock(counted=False, quantity=3), LEFT_ALONE, NOT_COUNTED),
    ],
)
def test_stock_that_is_not_taken_is_said(
    file_stock: FileStock, when_left_alone: str | None, when_set: str | None
) -> None:
    line = replace(BLUE_LINE, stock=file_stock)
    for import_options, reason in ((DOLLARS, when_left_alone), (DOLLARS_AND_STOCK, when_set)):
        ignored = () if reason is None else (IgnoredCell(3, "Variant Inventory Qty", reason),)
        # The red one, of which the file says nothing, stands before it.
        assert merge_shirt(line, import_options=import_options).ignored == ignored


def test_stock_of_a_new_variant_without_a_tracker_is_not_taken() -> None:
    line = replace(SILENT_LINE, option_values=("Green",), price=1, stock=FileStock(False, 5))  # noqa: FBT003
    for import_options in (DOLLARS, DOLLARS_AND_STOCK):
        assert merge_shirt(line, import_options=import_options).ignored == (
            IgnoredCell(2, "Variant Inventory Qty", NOT_COUNTED),
        )
