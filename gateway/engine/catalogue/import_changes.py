"""The changes of a product import, by line and column, for its report."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.engine.catalogue.import_matching import MatchedVariant, MergedProduct, StoredProduct
from gateway.engine.catalogue.product_cells import RULE_TAGS
from gateway.engine.catalogue.product_rows import ParsedProduct
from gateway.engine.catalogue.products import Variant
from gateway.engine.pricing.tags import DIGITAL, TAX_EXEMPT

NEW_PRODUCT = "a new product"
NEW_VARIANT = "a new variant"
SOLD_AGAIN = "sold again"
"""Names in the report for changes of a whole product or variant."""


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A change by one line of the file. ``column`` is a column or a change of the whole."""

    line_number: int
    column: str


def list_changes(
    parsed: ParsedProduct, stored: StoredProduct | None, merged: MergedProduct
) -> tuple[ChangedCell, ...]:
    """The changes from the stored product to the merged one."""
    if stored is None:
        return (ChangedCell(parsed.line_number, NEW_PRODUCT),)
    product_columns = dict.fromkeys(
        (*_product_changes(stored, merged), *_shared_variant_changes(merged))
    )
    changed_cells = [ChangedCell(parsed.line_number, column) for column in product_columns]
    for matched in merged.variants:
        if matched.parsed is not None:
            changed_cells += [
                ChangedCell(matched.parsed.line_number, column)
                for column in _variant_changes(matched)
            ]
    return tuple(changed_cells)


def _product_changes(stored: StoredProduct, merged: MergedProduct) -> Iterator[str]:
    before, after = stored.product, merged.product
    if before.title != after.title:
        yield "Title"
    if before.description != after.description:
        yield "Body (HTML)"
    if before.vendor != after.vendor:
        yield "Vendor"
    if before.listed != after.listed:
        yield "Published, Status"


def _shared_variant_changes(merged: MergedProduct) -> Iterator[str]:
    """Yield the columns of the product's first line that change its variants."""
    for matched in merged.variants:
        if matched.before is not None:
            if matched.before.tax_category != matched.variant.tax_category:
                yield "Type"
            if (matched.before.tags ^ matched.variant.tags) & RULE_TAGS:
                yield "Tags"


def _variant_changes(matched: MatchedVariant) -> Iterator[str]:
    before, after = matched.before, matched.variant
    if before is None:
        yield NEW_VARIANT
        return
    if before.sku != after.sku:
        yield "Variant SKU"
    if before.option_values != after.option_values:
        yield "Option1 Value"
    if before.prices != after.prices:
        yield "Variant Price"
    if before.grams != after.grams:
        yield "Variant Grams"
    yield from _stock_changes(before, after)
    if (before.tags ^ after.tags) & {DIGITAL}:
        yield "Variant Requires Shipping"
    if (before.tags ^ after.tags) & {TAX_EXEMPT}:
        yield "Variant Taxable"
    if after.listed and not before.listed:
        yield SOLD_AGAIN


def _stock_changes(before: Variant, after: Variant) -> Iterator[str]:
    if before.stock.available != after.stock.available:
        yield "Variant Inventory Qty"
    if before.stock.backorder != after.stock.backorder:
        yield "Variant Inventory Policy"
