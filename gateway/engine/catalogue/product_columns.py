"""Columns of product files: Shopify's in both templates, and those of this gateway.

Source: Shopify's help page "Using CSV files to import and export products", and exports.
"""

import re
from dataclasses import dataclass

OPTION_NUMBERS = (1, 2, 3)
OPTION_NAME_COLUMNS = tuple(f"Option{number} Name" for number in OPTION_NUMBERS)
OPTION_VALUE_COLUMNS = tuple(f"Option{number} Value" for number in OPTION_NUMBERS)

TAX_TABLE = "Tax Table"
SHIPS_IN_DAYS = "Ships In Days"
BACKORDER_DAYS = "Backorder Days"
BUNDLE_PARTS = "Bundle Parts"

PRODUCT_COLUMNS = (
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    *OPTION_NAME_COLUMNS,
    "SEO Title",
    "SEO Description",
    "Collection",
    "Gift Card",
    "Status",
)
"""Columns that are read on the first line of a product only."""
VARIANT_COLUMNS = (
    *OPTION_VALUE_COLUMNS,
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    "Variant Barcode",
    "Variant Image",
    TAX_TABLE,
    SHIPS_IN_DAYS,
    BACKORDER_DAYS,
    BUNDLE_PARTS,
)
"""Columns that are read on each line that describes a variant."""
IMAGE_COLUMNS = ("Image Src", "Image Position", "Image Alt Text")
"""Columns that are read on each line."""
COLUMNS = ("Handle", *PRODUCT_COLUMNS, *VARIANT_COLUMNS, *IMAGE_COLUMNS)

COLUMN_ALIASES = {
    "url handle": "Handle",
    "description": "Body (HTML)",
    "published on online store": "Published",
    "custom product type": "Type",
    "sku": "Variant SKU",
    "price": "Variant Price",
    "compare-at price": "Variant Compare At Price",
    "charge tax": "Variant Taxable",
    "barcode": "Variant Barcode",
    "inventory tracker": "Variant Inventory Tracker",
    "inventory quantity": "Variant Inventory Qty",
    "continue selling when out of stock": "Variant Inventory Policy",
    "weight value (grams)": "Variant Grams",
    "requires shipping": "Variant Requires Shipping",
    "product image url": "Image Src",
    "variant image url": "Variant Image",
}
"""Names in Shopify's template since 2025 and in exports of 2021, and the names used here."""
_COLUMNS_BY_NAME = {**COLUMN_ALIASES, **{column.casefold(): column for column in COLUMNS}}

_WEIGHT_UNIT = "weights are in grams; the unit to show them in is not kept"
_CATEGORY = "Shopify's own category is not kept; Type is"
_UNIT_PRICE = "prices per measure are not kept"
_TAX_CODE = "tax goes by Type and Tax Table"
_LINKED_OPTION = "options are linked to nothing else"
UNUSED_COLUMN_REASONS = {
    "variant weight unit": _WEIGHT_UNIT,
    "weight unit for display": _WEIGHT_UNIT,
    "product category": _CATEGORY,
    "standardized product type": _CATEGORY,
    "standard product type": _CATEGORY,
    "variant tax code": _TAX_CODE,
    "tax code": _TAX_CODE,
    "cost per item": "what goods cost the merchant is not kept",
    "variant fulfillment service": "parcels go out as the gateway is set up",
    "fulfillment service": "parcels go out as the gateway is set up",
    "published scope": "products are published by Published and Status",
    **{f"option{number} linked to": _LINKED_OPTION for number in OPTION_NUMBERS},
    **{
        f"unit price {measure} measure{unit}": _UNIT_PRICE
        for measure in ("total", "base")
        for unit in ("", " unit")
    },
}
_PATTERNUNUSED_COLUMN_REASONS = (
    (re.compile(r"google shopping\s*/"), "it is for advertisements"),
    (re.compile(r".*\bmetafields?\b"), "metafields are not kept"),
    (
        re.compile(r"(included|price|compare[ -]at price)\s*/"),
        "prices of another market come with a file of their own and --currency",
    ),
)
UNKNOWN_COLUMN_REASON = "the column is not known"


def find_column(name: str) -> str:
    """Return the column with this name in one of the templates; empty if it is not used."""
    return _COLUMNS_BY_NAME.get(_normalize_name(name), "")


def explain_unused_column(name: str) -> str:
    """Return why a column that is not used is not."""
    normalized = _normalize_name(name)
    if normalized in UNUSED_COLUMN_REASONS:
        return UNUSED_COLUMN_REASONS[normalized]
    for pattern, reason in _PATTERNUNUSED_COLUMN_REASONS:
        if pattern.match(normalized):
            return reason
    return UNKNOWN_COLUMN_REASON


def _normalize_name(name: str) -> str:
    return " ".join(name.strip().lstrip("\ufeff").split()).casefold()


@dataclass(frozen=True, slots=True)
class UnusedColumn:
    """A column of a file that is not used: the number of its cells with a text, and why."""

    name: str
    cell_count: int
    reason: str
