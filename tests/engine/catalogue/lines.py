"""Lines of a product file and the product that is there already, for tests of imports."""

from dataclasses import replace

from gateway.engine.catalogue.import_matching import (
    ImportOptions,
    MergedProduct,
    StoredProduct,
)
from gateway.engine.catalogue.import_merging import merge_product
from gateway.engine.catalogue.product_rows import ParsedProduct, ParsedVariant
from gateway.engine.catalogue.products import Product, Stock, Variant

SHIRT = Product(
    "p1",
    "shirt",
    "Shirt",
    vendor="Weaver",
    description="Of cotton.",
    listed=False,
    product_type="Clothing",
    option_names=("Colour",),
)
RED = Variant(
    "v1",
    "p1",
    "RED",
    "Shirt, Red",
    {"USD": 500},
    tax_category="clothing",
    grams=180,
    tags=frozenset({"OVERSIZE"}),
    stock=Stock(3, backorder=True, ships_in_days=2, backorder_days=9),
    option_values=("Red",),
)
BLUE = replace(RED, id="v2", sku="BLUE", title="Shirt, Blue", option_values=("Blue",))
GREEN = replace(RED, id="v3", sku="GREEN", title="Shirt, Green", option_values=("Green",))
STORED_SHIRT = StoredProduct(SHIRT, (RED, BLUE))

SILENT_LINE = ParsedVariant(2)
SILENT_SHIRT = ParsedProduct(2, "shirt")
RED_LINE = replace(SILENT_LINE, sku="RED")
BLUE_LINE = replace(SILENT_LINE, line_number=3, sku="BLUE")

DOLLARS = ImportOptions("USD", sets_stock=False)
DOLLARS_AND_STOCK = ImportOptions("USD", sets_stock=True)


def parsed_shirt(*lines: ParsedVariant) -> ParsedProduct:
    """The shirt, of which the file says nothing but ``lines``."""
    return replace(SILENT_SHIRT, variants=lines)


def merge_shirt(
    *lines: ParsedVariant,
    stored: StoredProduct | None = STORED_SHIRT,
    import_options: ImportOptions = DOLLARS,
) -> MergedProduct:
    """What ``lines`` of a file that says nothing of their product make of the shirt."""
    return merge_product(parsed_shirt(*lines), stored, import_options)
