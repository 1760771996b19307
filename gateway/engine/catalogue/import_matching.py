"""Matching the lines of a product file to stored variants, and merging them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.engine.catalogue.product_cells import FileStock
from gateway.engine.catalogue.product_rows import (
    IgnoredCell,
    ParsedProduct,
    ParsedVariant,
    RejectedRow,
)
from gateway.engine.catalogue.products import UNLIMITED_STOCK, Product, Stock, Variant

NEW = ""
"""The id of a product or variant that does not exist yet."""


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """A stored product with all its variants in order, listed or not."""

    product: Product
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of an import: the currency of prices, and whether it sets stock.

    ``shared_skus`` are the SKUs that several variants have, in the file or in the catalogue. They
    do not identify a variant.
    """

    currency: str
    sets_stock: bool
    shared_skus: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MatchedVariant:
    """A variant after the import, before it (None: new), and its line (None: not in the file)."""

    variant: Variant
    before: Variant | None
    parsed: ParsedVariant | None


@dataclass(frozen=True, slots=True)
class MergedProduct:
    """A product after the import with its variants, or the rejected lines."""

    product: Product
    variants: tuple[MatchedVariant, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    ignored: tuple[IgnoredCell, ...] = ()


@dataclass(frozen=True, slots=True)
class VariantNaming:
    """The titles of variants, from the titles of the product before and after the import."""

    before: Product
    after: Product

    def title_for(self, variant: Variant, option_values: tuple[str, ...] | None = None) -> str:
        """The title of a variant. A title that was set by hand stays until its options change."""
        options_changed = option_values is not None and option_values != variant.option_values
        if (
            variant.title
            and not options_changed
            and variant.title != _variant_title(self.before, variant)
        ):
            return variant.title
        renamed = (
            variant if option_values is None else replace(variant, option_values=option_values)
        )
        return _variant_title(self.after, renamed)


def merge_product(
    parsed: ParsedProduct, stored: StoredProduct | None, import_options: ImportOptions
) -> MergedProduct:
    """Merge ``parsed`` into the stored product (None: a new one). New ids are ``NEW``."""
    if stored is None and parsed.title is None:
        empty = Product(NEW, parsed.handle, "")
        return MergedProduct(
            empty, rejected=(_rejected_row(parsed, parsed.line_number, "Title is missing"),)
        )
    previous = stored or StoredProduct(Product(NEW, parsed.handle, parsed.title or ""))
    product = _merge_product_fields(parsed, previous.product)
    naming = VariantNaming(previous.product, product)
    matches, rejected = _match_variants(parsed, previous.variants, import_options)
    matched: list[MatchedVariant] = []
    for row in parsed.variants:
        before = matches.get(row.line_number)
        if before is None and row.price is None:
            rejected.append(_rejected_row(parsed, row.line_number, "Variant Price is missing"))
        matched.append(
            MatchedVariant(_merge_variant(parsed, row, naming, before, import_options), before, row)
        )
    rejected += _find_duplicates(parsed, matched, previous.variants)
    if rejected:
        return MergedProduct(product, rejected=tuple(rejected))
    return MergedProduct(
        product,
        _order_variants(parsed, naming, matched, previous),
        ignored=_ignored_cells(matched, import_options),
    )


def _rejected_row(parsed: ParsedProduct, line_number: int, reason: str) -> RejectedRow:
    return RejectedRow(line_number, parsed.handle, reason)


# -- matching lines to variants


def _match_variants(
    parsed: ParsedProduct, variants: Sequence[Variant], import_options: ImportOptions
) -> tuple[dict[int, Variant], list[RejectedRow]]:
    """Match lines to variants: by SKU if it is unique, else by the values of the options."""
    variants_by_sku = {
        each.sku: each
        for each in variants
        if each.sku and each.sku not in import_options.shared_skus
    }
    matches = {
        each.line_number: variants_by_sku[each.sku]
        for each in parsed.variants
        if each.sku and each.sku in variants_by_sku
    }
    rejected: list[RejectedRow] = []
    for row in parsed.variants:
        if row.line_number in matches:
            continue
        matched_ids = {each.id for each in matches.values()}
        candidates = [each for each in variants if each.id not in matched_ids]
        if row.option_values is not None:
            candidates = _closest_variants(
                row, [each for each in candidates if each.option_values == row.option_values]
            )
        elif len(parsed.variants) > 1 and candidates:
            rejected.append(
                _rejected_row(parsed, row.line_number, _ambiguity_reason(row, variants))
            )
            continue
        if len(candidates) > 1:
            rejected.append(
                _rejected_row(parsed, row.line_number, _ambiguity_reason(row, candidates))
            )
        elif candidates:
            matches[row.line_number] = candidates[0]
    return matches, rejected


def _closest_variants(row: ParsedVariant, candidates: list[Variant]) -> list[Variant]:
    """The candidates with the SKU of the row, else all candidates."""
    same_sku = [candidate for candidate in candidates if candidate.sku == row.sku]
    return same_sku or candidates


def _ambiguity_reason(row: ParsedVariant, variants: Sequence[Variant]) -> str:
    criterion = "options" if row.option_values is not None else "SKU alone"
    return f"which of {len(variants)} variants it is cannot be told by its {criterion}"


def _find_duplicates(
    parsed: ParsedProduct, matched: Sequence[MatchedVariant], variants: Sequence[Variant]
) -> list[RejectedRow]:
    """The new variants with the same options as another variant of the product."""
    matched_ids = {entry.before.id for entry in matched if entry.before}
    used_options = {entry.option_values for entry in variants if entry.id not in matched_ids}
    used_options |= {entry.variant.option_values for entry in matched if entry.before}
    rejected: list[RejectedRow] = []
    for entry in matched:
        if entry.before is None and entry.parsed is not None:
            if entry.variant.option_values in used_options:
                reason = "another variant of the product has the same options"
                rejected.append(_rejected_row(parsed, entry.parsed.line_number, reason))
            used_options.add(entry.variant.option_values)
    return rejected


def _order_variants(
    parsed: ParsedProduct,
    naming: VariantNaming,
    matched: Sequence[MatchedVariant],
    previous: StoredProduct,
) -> tuple[MatchedVariant, ...]:
    """All variants in their stored order, new ones last.

    Variants that are not in the file get the changes of their product.
    """
    matched_by_id = {each.before.id: each for each in matched if each.before}
    existing = [
        matched_by_id.get(each.id)
        or MatchedVariant(_apply_product_fields(parsed, each, naming), each, None)
        for each in previous.variants
    ]
    return (*existing, *(each for each in matched if each.before is None))


# -- merging


def _merge_product_fields(parsed: ParsedProduct, previous: Product) -> Product:
    return replace(
        previous,
        title=previous.title if parsed.title is None else parsed.title,
        vendor=previous.vendor if parsed.vendor is None else parsed.vendor,
        description=previous.description if parsed.description is None else parsed.description,
        listed=previous.listed if parsed.listed is None else parsed.listed,
    )


def _variant_title(product: Product, variant: Variant) -> str:
    return f"{product.title}, {variant.options}" if variant.option_values else product.title


def _apply_product_fields(
    parsed: ParsedProduct, previous: Variant, naming: VariantNaming
) -> Variant:
    """Return ``previous`` with the values that the file has for its product."""
    return replace(
        previous,
        title=naming.title_for(previous),
        tax_category=previous.tax_category if parsed.category is None else parsed.category or None,
        tags=parsed.tags.apply_to(previous.tags),
    )


def _merge_variant(
    parsed: ParsedProduct,
    row: ParsedVariant,
    naming: VariantNaming,
    before: Variant | None,
    import_options: ImportOptions,
) -> Variant:
    """Return the variant with the values of its line. Values that the file lacks stay unchanged."""
    previous = before or Variant(NEW, naming.after.id, "", "", {}, stock=_initial_stock(row.stock))
    option_values = previous.option_values if row.option_values is None else row.option_values
    prices = (
        previous.prices
        if row.price is None
        else {**previous.prices, import_options.currency: row.price}
    )
    merged_variant = replace(
        _apply_product_fields(parsed, previous, naming),
        title=naming.title_for(previous, option_values),
        option_values=option_values,
        sku=previous.sku if row.sku is None else row.sku,
        prices=prices,
        grams=previous.grams if row.grams is None else row.grams,
        stock=previous.stock
        if before is None
        else _merge_stock(row.stock, previous.stock, import_options),
        listed=True,
    )
    return replace(merged_variant, tags=row.tags.apply_to(merged_variant.tags))


def _initial_stock(file_stock: FileStock) -> Stock:
    """The stock of a new variant: limited if the file counts it."""
    if file_stock.counted is False or (file_stock.counted is None and file_stock.quantity is None):
        return UNLIMITED_STOCK
    return Stock(file_stock.quantity or 0, file_stock.backorder or False)


def _merge_stock(file_stock: FileStock, previous: Stock, import_options: ImportOptions) -> Stock:
    """The stock of an existing variant. The quantity changes only if the import sets stock."""
    backorder = previous.backorder if file_stock.backorder is None else file_stock.backorder
    changed = replace(previous, backorder=backorder)
    return (
        replace(changed, available=_stock_quantity(file_stock, previous))
        if import_options.sets_stock
        else changed
    )


def _stock_quantity(file_stock: FileStock, previous: Stock) -> int | None:
    """The quantity in the file, else the previous one; None if stock is not counted."""
    if file_stock.counted is False:
        return None
    return previous.available if file_stock.quantity is None else file_stock.quantity


def _ignored_cells(
    matched: Sequence[MatchedVariant], import_options: ImportOptions
) -> tuple[IgnoredCell, ...]:
    """The cells with stock that was not set, and SKUs that do not identify a variant."""
    ignored: list[IgnoredCell] = []
    for entry in matched:
        row = entry.parsed
        if row is None:
            continue
        if row.sku and row.sku in import_options.shared_skus:
            reason = "other variants have the same SKU: found by handle and options"
            ignored.append(IgnoredCell(row.line_number, "Variant SKU", reason))
        stock_reason = _unused_stock_reason(row.stock, entry.before, import_options)
        if stock_reason is not None:
            ignored.append(IgnoredCell(row.line_number, "Variant Inventory Qty", stock_reason))
    return tuple(ignored)


def _unused_stock_reason(
    file_stock: FileStock, before: Variant | None, import_options: ImportOptions
) -> str | None:
    """Why the stock in the file is not used; None if it is used."""
    if before is not None and not import_options.sets_stock:
        if _stock_quantity(file_stock, before.stock) != before.stock.available:
            return "stock is left alone (--set-stock sets it)"
        return None
    if file_stock.counted is False and file_stock.quantity is not None:
        return "its tracker is empty, so it is not counted"
    return None


def shared_skus(
    parsed_products: Iterable[ParsedProduct],
    product_ids: Mapping[str, str],
    sku_owners: Mapping[str, Sequence[str]],
) -> frozenset[str]:
    """The SKUs of ``parsed_products`` that do not identify a variant.

    ``product_ids``: the ids of existing products by handle. ``sku_owners``: for each SKU the
    product id of each variant that has it.
    """
    owners_by_sku: dict[str, list[str | None]] = {}
    for parsed in parsed_products:
        for row in parsed.variants:
            if row.sku:
                owners_by_sku.setdefault(row.sku, []).append(product_ids.get(parsed.handle))
    return frozenset(
        sku
        for sku, owners in owners_by_sku.items()
        if len(owners) > 1 or list(sku_owners.get(sku, ())) not in ([], owners)
    )
