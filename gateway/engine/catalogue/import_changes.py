"""The changes of a product import, by line and column, for its report."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.engine.catalogue.import_matching import MatchedVariant, MergedProduct, StoredProduct
from gateway.engine.catalogue.product_cells import RULE_TAGS
from gateway.engine.catalogue.product_columns import (
    BACKORDER_DAYS,
    BUNDLE_PARTS,
    OPTION_NAME_COLUMNS,
    OPTION_VALUE_COLUMNS,
    SHIPS_IN_DAYS,
    TAX_TABLE,
)
from gateway.engine.catalogue.product_rows import FileDescription, ParsedProduct
from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.pricing.tags import DIGITAL, TAX_EXEMPT

NEW_PRODUCT = "a new product"
NEW_VARIANT = "a new variant"
SOLD_AGAIN = "sold again"
NOT_SOLD = "a variant that the file does not name is sold no longer"
"""Names in the report for changes of a whole product or variant."""


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A change by one line of the file. ``column`` is a column or a change of the whole.

    ``before`` and ``after`` are the values, where one column states one value.
    """

    line_number: int
    column: str
    before: object = field(default=None, compare=False)
    after: object = field(default=None, compare=False)


def list_changes(
    parsed: ParsedProduct, stored: StoredProduct | None, merged: MergedProduct
) -> tuple[ChangedCell, ...]:
    """The changes from the stored product to the merged one."""
    if stored is None:
        return (ChangedCell(parsed.line_number, NEW_PRODUCT),)
    line_number = parsed.line_number
    changed_cells = list(_product_changes(line_number, stored.product, merged.product))
    changed_cells += [
        ChangedCell(line_number, column) for column in _shared_variant_changes(merged)
    ]
    # The type and the tags of a product may also change its variants.
    changed_cells = [*dict.fromkeys(changed_cells), *_unsold_variants(line_number, merged)]
    for matched in merged.variants:
        if matched.parsed is not None:
            changed_cells += _variant_changes(matched.parsed.line_number, matched)
    return tuple(changed_cells)


def _product_changes(line_number: int, before: Product, after: Product) -> Iterator[ChangedCell]:
    for column, value in PRODUCT_VALUES.items():
        if value(before) != value(after):
            yield ChangedCell(line_number, column, value(before), value(after))
    names = (before.option_names, after.option_names)
    yield from _changed_columns(line_number, OPTION_NAME_COLUMNS, *names)


def _changed_columns(
    line_number: int, columns: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...]
) -> Iterator[ChangedCell]:
    for index, column in enumerate(columns):
        text_before, text_after = before[index : index + 1], after[index : index + 1]
        if text_before != text_after:
            yield ChangedCell(line_number, column, text_before, text_after)


def _shared_variant_changes(merged: MergedProduct) -> Iterator[str]:
    """Yield the columns of the product's first line that change its variants."""
    for matched in merged.variants:
        if matched.before is not None:
            if matched.before.tax_category != matched.variant.tax_category:
                yield "Type"
            if (matched.before.tags ^ matched.variant.tags) & RULE_TAGS:
                yield "Tags"


def _unsold_variants(line_number: int, merged: MergedProduct) -> Iterator[ChangedCell]:
    """Yield the variants that are sold no longer: no line of the file names them."""
    for matched in merged.variants:
        variant = matched.before
        if variant is not None and variant.listed and not matched.variant.listed:
            names = (variant.options or variant.title, variant.sku)
            yield ChangedCell(line_number, NOT_SOLD, tuple(filter(None, names)))


def _variant_changes(line_number: int, matched: MatchedVariant) -> Iterator[ChangedCell]:
    before, after = matched.before, matched.variant
    if before is None:
        yield ChangedCell(line_number, NEW_VARIANT)
        return
    for column, value in VARIANT_VALUES.items():
        if value(before) != value(after):
            yield ChangedCell(line_number, column, value(before), value(after))
    values = (before.option_values, after.option_values)
    yield from _changed_columns(line_number, OPTION_VALUE_COLUMNS, *values)
    if after.listed and not before.listed:
        yield ChangedCell(line_number, SOLD_AGAIN)


def _components(variant: Variant) -> list[tuple[str, int, dict[str, int]]]:
    return [
        (component.variant.id, component.quantity, dict(component.prices))
        for component in variant.components
    ]


PRODUCT_VALUES: Mapping[str, Callable[[Product], object]] = {
    "Title": lambda product: product.title,
    "Body (HTML)": lambda product: FileDescription(product.description_html, product.description),
    "Vendor": lambda product: product.vendor,
    "Type": lambda product: product.product_type,
    "Tags": lambda product: product.tags,
    "Published, Status": lambda product: product.listed,
    "Image Src": lambda product: [image.url for image in product.images],
    "Image Alt Text": lambda product: {
        image.url: image.alt_text for image in product.images if image.alt_text
    },
    "SEO Title": lambda product: product.seo.title,
    "SEO Description": lambda product: product.seo.description,
}
"""What each column of a product's first line states of the product."""
VARIANT_VALUES: Mapping[str, Callable[[Variant], object]] = {
    "Variant SKU": lambda variant: variant.sku,
    "Variant Barcode": lambda variant: variant.barcode,
    "Variant Price": lambda variant: variant.prices,
    "Variant Compare At Price": lambda variant: variant.compare_at_prices or {},
    "Variant Grams": lambda variant: variant.grams,
    "Variant Inventory Qty": lambda variant: variant.stock.available,
    "Variant Inventory Policy": lambda variant: variant.stock.backorder,
    SHIPS_IN_DAYS: lambda variant: variant.stock.ships_in_days,
    BACKORDER_DAYS: lambda variant: variant.stock.backorder_days,
    "Variant Requires Shipping": lambda variant: DIGITAL not in variant.tags,
    "Variant Taxable": lambda variant: TAX_EXEMPT not in variant.tags,
    "Variant Image": lambda variant: variant.image,
    TAX_TABLE: lambda variant: variant.tax_table,
    BUNDLE_PARTS: _components,
}
"""What each column of a variant's line states of the variant."""
