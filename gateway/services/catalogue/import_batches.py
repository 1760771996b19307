"""Batches of an import: whole products that are loaded, merged and saved together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.engine.catalogue.bundle_building import BundleDraft, BundleResult, build_bundles
from gateway.engine.catalogue.import_matching import (
    ImportOptions,
    MatchedVariant,
    MergedProduct,
    StoredProduct,
    shared_skus,
)
from gateway.engine.catalogue.import_merging import merge_product
from gateway.engine.catalogue.product_rows import ParsedProduct, RejectedRow
from gateway.engine.catalogue.products import Product, Variant
from gateway.services.catalogue.import_collections import mark_placements, place_products
from gateway.services.catalogue.import_report import ImportRecorder, ImportSummary
from gateway.services.catalogue.imported_products import ImportedProduct
from gateway.services.ports.catalogue import Catalogue, StockUpdate
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.ids import IdGenerator


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What the batches of one import have in common.

    ``repeated_skus`` and ``component_skus`` are those of the whole file. ``draft_variants`` are the
    variants of a run that saves nothing which are components of bundles, by id.
    """

    options: ImportOptions
    ids: IdGenerator
    clock: Clock
    recorder: ImportRecorder
    summary: ImportSummary
    saves: bool
    component_skus: frozenset[str]
    draft_variants: dict[str, Variant]


async def import_batch(
    batch: Sequence[ParsedProduct], work: UnitOfWork, context: ImportContext
) -> list[ImportedProduct]:
    """Import the products of ``batch`` that can be, and return them; record refused ones."""
    merged = await _merge_batch(batch, work.catalogue, context)
    products = await _add_components(merged, work.catalogue, context)
    placed = await mark_placements(products, work)
    products = [product.with_changes() for product in placed]
    if context.saves:
        await _save([product for product in products if product.changes], work, context)
    else:
        _keep_drafts(products, context)
    return products


def record_rejected(rows: Sequence[RejectedRow], context: ImportContext) -> None:
    """Record that a product is refused for ``rows``."""
    context.summary.refused_products += 1
    context.recorder.add_rejected(rows)


def record_products(products: Sequence[ImportedProduct], context: ImportContext) -> None:
    """Record what became of products, once they are saved."""
    for product in products:
        context.summary.products += 1
        context.summary.variants += len(product.parsed.variants)
        context.summary.changed_products += bool(product.changes)
        context.recorder.add_changes(product.changes)
        context.recorder.add_ignored(product.ignored)


# -- merging


async def _merge_batch(
    batch: Sequence[ParsedProduct], catalogue: Catalogue, context: ImportContext
) -> list[ImportedProduct]:
    stored_products, ambiguous_skus = await _load_stored_products(batch, catalogue, context)
    options = replace(context.options, shared_skus=context.options.shared_skus | ambiguous_skus)
    products: list[ImportedProduct] = []
    for parsed in batch:
        stored = stored_products.get(parsed.handle)
        merged = merge_product(parsed, stored, options)
        if merged.rejected:
            record_rejected(merged.rejected, context)
        else:
            merged = _assign_ids(merged, context.ids)
            products.append(ImportedProduct(parsed, stored, merged, ignored=merged.ignored))
    return products


async def _load_stored_products(
    batch: Sequence[ParsedProduct], catalogue: Catalogue, context: ImportContext
) -> tuple[Mapping[str, StoredProduct], frozenset[str]]:
    """The stored products by handle, and the SKUs that are not unique to one variant."""
    ids = await catalogue.find_ids_by_handle([parsed.handle for parsed in batch])
    if context.saves:
        await catalogue.lock_variants(list(ids.values()))
    products = await catalogue.load_products(list(ids.values()))
    variants = await catalogue.list_all_variants(list(ids.values()))
    product_ids_by_sku = await catalogue.find_product_ids_by_sku(
        [row.sku for parsed in batch for row in parsed.variants if row.sku]
    )
    stored_products = {
        handle: StoredProduct(products[id], variants.get(id, ())) for handle, id in ids.items()
    }
    return stored_products, shared_skus(batch, ids, product_ids_by_sku)


def _assign_ids(merged: MergedProduct, ids: IdGenerator) -> MergedProduct:
    product = merged.product if merged.product.id else replace(merged.product, id=ids.new("prd"))
    return replace(
        merged,
        product=product,
        variants=tuple(
            entry
            if entry.variant.id
            else replace(
                entry, variant=replace(entry.variant, id=ids.new("var"), product_id=product.id)
            )
            for entry in merged.variants
        ),
    )


# -- bundles


async def _add_components(
    products: list[ImportedProduct], catalogue: Catalogue, context: ImportContext
) -> list[ImportedProduct]:
    """The products with the components of their bundles, without those whose bundles are refused.

    A product that is refused takes its new variants with it, so that others may be refused then.
    """
    component_skus = {
        component.sku
        for product in products
        for draft in _drafts(product)
        for component in draft.components
    }
    if not component_skus:
        return products
    stored = await catalogue.find_variants_by_sku(sorted(component_skus))
    while True:
        built = build_bundles(
            [draft for product in products for draft in _drafts(product)],
            _variants_by_sku(products, stored, context.draft_variants),
            context.options.currency,
        )
        if not built.rejected:
            return [_with_components(product, built) for product in products]
        for product in products:
            rows = [row for row in built.rejected if row.handle == product.parsed.handle]
            if rows:
                record_rejected(rows, context)
        refused_handles = {row.handle for row in built.rejected}
        products = [product for product in products if product.parsed.handle not in refused_handles]


def _drafts(product: ImportedProduct) -> Iterator[BundleDraft]:
    for entry in product.merged.variants:
        if entry.parsed is not None and entry.parsed.components:
            yield BundleDraft(
                entry.parsed.line_number,
                product.parsed.handle,
                entry.variant,
                entry.parsed.components,
            )


def _variants_by_sku(
    products: Sequence[ImportedProduct],
    stored: Mapping[str, Sequence[Variant]],
    drafts: Mapping[str, Variant],
) -> Mapping[str, Sequence[Variant]]:
    """The variants by SKU as they are after the import of ``products``."""
    variants = {variant.id: variant for those in stored.values() for variant in those}
    variants |= drafts
    variants |= {
        entry.variant.id: entry.variant for product in products for entry in product.merged.variants
    }
    variants_by_sku: dict[str, list[Variant]] = {}
    for variant in variants.values():
        variants_by_sku.setdefault(variant.sku, []).append(variant)
    return variants_by_sku


def _with_components(product: ImportedProduct, built: BundleResult) -> ImportedProduct:
    return replace(
        product,
        merged=replace(
            product.merged,
            variants=tuple(
                replace(entry, variant=built.variants.get(entry.variant.id, entry.variant))
                for entry in product.merged.variants
            ),
        ),
    )


def _keep_drafts(products: Sequence[ImportedProduct], context: ImportContext) -> None:
    """Keep the variants that are components of bundles, for they are not saved."""
    for product in products:
        for entry in product.merged.variants:
            was_component = entry.before is not None and entry.before.sku in context.component_skus
            if was_component or entry.variant.sku in context.component_skus:
                context.draft_variants[entry.variant.id] = entry.variant


# -- saving


async def _save(
    products: Sequence[ImportedProduct], work: UnitOfWork, context: ImportContext
) -> None:
    if not products:
        return
    changed: dict[Product, tuple[Variant, ...]] = {
        product.merged.product: tuple(entry.variant for entry in product.merged.variants)
        for product in products
    }
    entries = [entry for product in products for entry in product.merged.variants]
    new_ids = {entry.variant.id for entry in entries if entry.before is None}
    await work.catalogue.save(changed, context.clock.now(), stocked_variant_ids=new_ids)
    await _update_stock(entries, work, context)
    await place_products(products, work, context.ids)


async def _update_stock(
    entries: Sequence[MatchedVariant],
    work: UnitOfWork,
    context: ImportContext,
) -> None:
    """Change the stock of variants that are there. New stock lets orders be selected anew."""
    updates = {
        entry.variant.id: _stock_update(entry.before, entry.variant, context.options)
        for entry in entries
        if entry.before is not None and entry.before.stock != entry.variant.stock
    }
    await work.catalogue.update_stock(updates)
    if any(update.replaces_available for update in updates.values()):
        await work.selection_requests.request(context.clock.now())


def _stock_update(before: Variant, after: Variant, options: ImportOptions) -> StockUpdate:
    stock = after.stock
    return StockUpdate(
        stock.backorder,
        stock.ships_in_days,
        stock.backorder_days,
        replaces_available=options.sets_stock and before.stock.available != stock.available,
        available=stock.available,
    )
