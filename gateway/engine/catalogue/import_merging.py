"""Merging the products of a file into stored products."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.engine.catalogue.import_matching import (
    NEW,
    ImportOptions,
    MatchedVariant,
    MergedProduct,
    StoredProduct,
    find_duplicate_options,
    match_variants,
    reject_row,
)
from gateway.engine.catalogue.picture_cells import FileImage, merge_image, merge_images
from gateway.engine.catalogue.product_cells import FileStock
from gateway.engine.catalogue.product_columns import OPTION_NUMBERS
from gateway.engine.catalogue.product_rows import (
    IgnoredCell,
    ParsedProduct,
    ParsedVariant,
    RejectedRow,
)
from gateway.engine.catalogue.products import (
    Image,
    Product,
    Seo,
    Stock,
    Variant,
)


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


def _variant_title(product: Product, variant: Variant) -> str:
    return f"{product.title}, {variant.options}" if variant.option_values else product.title


def merge_product(
    parsed: ParsedProduct, stored: StoredProduct | None, import_options: ImportOptions
) -> MergedProduct:
    """Merge ``parsed`` into the stored product (None: a new one). New ids are ``NEW``.

    The components of bundles are not merged: that needs the variants of other products.
    """
    if stored is None and parsed.title is None:
        empty = Product(NEW, parsed.handle, "")
        return MergedProduct(
            empty, rejected=(reject_row(parsed, parsed.line_number, "Title is missing"),)
        )
    previous = stored or StoredProduct(Product(NEW, parsed.handle, parsed.title or ""))
    parsed = _leave_out_silent_lines(parsed, previous)
    product = _merge_product_fields(parsed, previous)
    naming = VariantNaming(previous.product, product)
    matches, rejected = match_variants(parsed, previous.variants, import_options)
    matched: list[MatchedVariant] = []
    for row in parsed.variants:
        before = matches.get(row.line_number)
        if before is None and row.price is None:
            rejected.append(reject_row(parsed, row.line_number, "Variant Price is missing"))
        matched.append(
            MatchedVariant(_merge_variant(parsed, row, naming, before, import_options), before, row)
        )
    rejected += find_duplicate_options(parsed, matched, previous.variants)
    merged = _order_variants(parsed, naming, matched, previous, import_options)
    rejected = rejected or _find_wrong_options(parsed, naming, merged)
    if rejected:
        return MergedProduct(product, rejected=tuple(rejected))
    return MergedProduct(product, merged, ignored=_ignored_cells(matched, import_options))


def _leave_out_silent_lines(parsed: ParsedProduct, stored: StoredProduct) -> ParsedProduct:
    """Return ``parsed`` without lines that speak of the product only, if it has many variants."""
    if sum(variant.listed for variant in stored.variants) < 2:  # noqa: PLR2004 - one is meant
        return parsed
    return replace(parsed, variants=tuple(row for row in parsed.variants if not row.is_silent))


def _find_wrong_options(
    parsed: ParsedProduct, naming: VariantNaming, merged: Sequence[MatchedVariant]
) -> list[RejectedRow]:
    """The listed variants that do not have a value for each option of the product.

    What was so before, and is not changed, stays so.
    """
    names = naming.after.option_names
    renamed = naming.before.option_names != names
    rejected: list[RejectedRow] = []
    unnamed_count = 0
    for entry in merged:
        values = entry.variant.option_values
        changed = renamed or entry.before is None or entry.before.option_values != values
        if not changed or not entry.variant.listed or len(values) == len(names):
            continue
        if entry.parsed is None:
            unnamed_count += 1
        else:
            column = "Value" if len(values) < len(names) else "Name"
            reason = f"Option{min(len(values), len(names)) + 1} {column} is missing"
            rejected.append(reject_row(parsed, entry.parsed.line_number, reason))
    if unnamed_count and not rejected:
        reason = (
            f"{unnamed_count} variants that the file does not name lack values of its options "
            f"({', '.join(names) or 'none'}): name them too, or use --complete"
        )
        rejected.append(reject_row(parsed, parsed.line_number, reason))
    return rejected


def _order_variants(
    parsed: ParsedProduct,
    naming: VariantNaming,
    matched: Sequence[MatchedVariant],
    previous: StoredProduct,
    import_options: ImportOptions,
) -> tuple[MatchedVariant, ...]:
    """All variants in their stored order, new ones last.

    Variants that are not in the file get the changes of their product.
    """
    # A file that speaks of products only does not say which variants there are.
    completes = import_options.completes and bool(matched)
    matched_by_id = {entry.before.id: entry for entry in matched if entry.before}
    existing = [
        matched_by_id.get(variant.id)
        or MatchedVariant(
            _apply_product_fields(
                parsed,
                replace(variant, listed=variant.listed and not completes),
                naming,
            ),
            variant,
            None,
        )
        for variant in previous.variants
    ]
    return (*existing, *(entry for entry in matched if entry.before is None))


def _merge_product_fields(parsed: ParsedProduct, stored: StoredProduct) -> Product:
    previous, description = stored.product, parsed.description
    return replace(
        previous,
        title=previous.title if parsed.title is None else parsed.title,
        vendor=previous.vendor if parsed.vendor is None else parsed.vendor,
        description=previous.description if description is None else description.text,
        description_html=previous.description_html if description is None else description.html,
        listed=previous.listed if parsed.listed is None else parsed.listed,
        product_type=_text_or(parsed.product_type, previous.product_type),
        tags=previous.tags if parsed.tags is None else parsed.tags,
        option_names=_merge_option_names(parsed, stored),
        images=merge_images(parsed.images, previous.images),
        seo=Seo(
            _merge_text(parsed.seo_title, previous.seo.title),
            _merge_text(parsed.seo_description, previous.seo.description),
        ),
    )


def _text_or(text: str | None, previous: str) -> str:
    return previous if text is None else text


def _merge_text(text: str | None, previous: str | None) -> str | None:
    """Return the text of the file, None if it is empty; the previous one if the file has none."""
    return previous if text is None else text or None


def _merge_option_names(parsed: ParsedProduct, stored: StoredProduct) -> tuple[str, ...]:
    """The names in the file, else the stored ones; values without a name get a number."""
    if parsed.option_names is not None:
        return parsed.option_names
    names = stored.product.option_names
    value_counts = [len(row.option_values or ()) for row in parsed.variants]
    value_counts += [len(each.option_values) for each in stored.variants if each.listed]
    count = max(value_counts, default=0)
    numbered = ["Option"] if count == 1 else [f"Option {number}" for number in OPTION_NUMBERS]
    return (*names, *numbered[len(names) : count])


def _apply_product_fields(
    parsed: ParsedProduct, previous: Variant, naming: VariantNaming
) -> Variant:
    """Return ``previous`` with the values that the file has for its product."""
    tax_category = (
        previous.tax_category
        if parsed.product_type is None
        else parsed.product_type.casefold() or None
    )
    return replace(
        previous,
        title=naming.title_for(previous),
        tax_category=tax_category,
        tags=parsed.rule_tags.apply_to(previous.tags),
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
    merged_variant = replace(
        _apply_product_fields(parsed, previous, naming),
        title=naming.title_for(previous, option_values),
        option_values=option_values,
        sku=_text_or(row.sku, previous.sku),
        barcode=_text_or(row.barcode, previous.barcode),
        grams=previous.grams if row.grams is None else row.grams,
        stock=previous.stock
        if before is None
        else _merge_stock(row.stock, previous.stock, import_options),
        tax_table=_merge_text(row.tax_table, previous.tax_table),
        image=_merge_variant_image(row.image, naming.after, previous.image),
        listed=True,
    )
    return replace(
        _merge_prices(row, merged_variant, import_options.currency),
        tags=row.tags.apply_to(merged_variant.tags),
        components=() if row.components == () else merged_variant.components,
    )


def _merge_prices(row: ParsedVariant, variant: Variant, currency: str) -> Variant:
    prices = variant.prices if row.price is None else {**variant.prices, currency: row.price}
    compare_at_prices = dict(variant.compare_at_prices or {})
    if row.compare_at_price is not None:
        compare_at_prices.pop(currency, None)
        if row.compare_at_price.minor is not None:
            compare_at_prices[currency] = row.compare_at_price.minor
    return replace(variant, prices=prices, compare_at_prices=compare_at_prices or None)


def _merge_variant_image(
    image: FileImage | None, product: Product, previous: Image | None
) -> Image | None:
    """The picture of the file with what its product says of it, or the previous one."""
    if image is None or not image.url:
        return previous if image is None else None
    images = {product_image.url: product_image for product_image in product.images}
    return images.get(image.url) or merge_image(image, previous)


def _initial_stock(file_stock: FileStock) -> Stock:
    """The stock of a new variant: limited if the file counts it."""
    is_unlimited = file_stock.counted is False or (
        file_stock.counted is None and file_stock.quantity is None
    )
    available = None if is_unlimited else file_stock.quantity or 0
    stock = Stock(available, file_stock.backorder or False)
    return _merge_days(file_stock, stock)


def _merge_stock(file_stock: FileStock, previous: Stock, import_options: ImportOptions) -> Stock:
    """The stock of an existing variant. The quantity changes only if the import sets stock."""
    backorder = previous.backorder if file_stock.backorder is None else file_stock.backorder
    changed = _merge_days(file_stock, replace(previous, backorder=backorder))
    return (
        replace(changed, available=_stock_quantity(file_stock, previous))
        if import_options.sets_stock
        else changed
    )


def _merge_days(file_stock: FileStock, previous: Stock) -> Stock:
    days, backorder_days = file_stock.ships_in_days, file_stock.backorder_days
    return replace(
        previous,
        ships_in_days=previous.ships_in_days if days is None else days,
        backorder_days=previous.backorder_days if backorder_days is None else backorder_days,
    )


def _stock_quantity(file_stock: FileStock, previous: Stock) -> int | None:
    """The quantity in the file, else the previous one; None if stock is not counted."""
    if file_stock.counted is False:
        return None
    return previous.available if file_stock.quantity is None else file_stock.quantity


def _ignored_cells(
    matched: Sequence[MatchedVariant], import_options: ImportOptions
) -> tuple[IgnoredCell, ...]:
    """The cells that are read and change nothing, such as stock that is left alone."""
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
        if _has_no_reduction(entry, import_options.currency):
            reason = "it is not above the price, so that it is kept and not shown"
            ignored.append(IgnoredCell(row.line_number, "Variant Compare At Price", reason))
    return tuple(ignored)


def _has_no_reduction(entry: MatchedVariant, currency: str) -> bool:
    """Whether the line has a compare-at price that is not above the price."""
    stated = entry.parsed.compare_at_price if entry.parsed else None
    if stated is None or stated.minor is None:
        return False
    price = entry.variant.price(currency)
    return price is not None and stated.minor <= price


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
