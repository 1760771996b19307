"""The import of products, each as a whole or not at all, and a file in one transaction.

A file changes only what its columns name. Orders change stock, so the stock of existing variants is
set only on request.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from gateway.engine.catalogue.import_changes import ChangedCell, list_changes
from gateway.engine.catalogue.import_matching import (
    ImportOptions,
    MergedProduct,
    StoredProduct,
    merge_product,
    shared_skus,
)
from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.product_rows import (
    IgnoredCell,
    ParsedProduct,
    RejectedRow,
    parse_products,
)
from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.money import Currency
from gateway.services.ports.catalogue import Catalogue, StockUpdate
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.ids import IdGenerator

PRODUCTS_PER_BATCH = 500
"""Products that are saved together."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import: numbers, changes, and refused and ignored rows."""

    products: int = 0
    variants: int = 0
    rejected_rows: tuple[RejectedRow, ...] = ()
    changed_cells: tuple[ChangedCell, ...] = ()
    ignored_cells: tuple[IgnoredCell, ...] = ()

    def merge(self, other_report: "ImportReport") -> "ImportReport":
        """Both reports as one, with the rejected rows sorted by line."""
        return ImportReport(
            self.products + other_report.products,
            self.variants + other_report.variants,
            tuple(
                sorted(
                    (*self.rejected_rows, *other_report.rejected_rows),
                    key=lambda each: each.line_number,
                )
            ),
            (*self.changed_cells, *other_report.changed_cells),
            (*self.ignored_cells, *other_report.ignored_cells),
        )


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import in progress: the catalogue, its options, and the changes of stock so far."""

    catalogue: Catalogue
    ids: IdGenerator
    conditions: ImportOptions
    repeated_skus: frozenset[str]
    stock_updates: dict[str, StockUpdate] = field(default_factory=dict)


async def import_products(
    lines: Iterable[FileRow],
    currency: Currency,
    *,
    database: Database,
    ids: IdGenerator,
    clock: Clock,
    report_progress: Callable[[int, int], None],
    sets_stock: bool = False,
    ignored_cells: Sequence[IgnoredCell] = (),
) -> ImportReport:
    """Add or update the products of ``lines``, which are matched by handle, SKU and options.

    ``report_progress`` gets the numbers of saved and of all products; ``ignored_cells`` are the
    cells that the reader has ignored. Without ``sets_stock`` the stock of existing variants stays.
    """
    parsed_file = parse_products(lines, currency)
    report = ImportReport(
        rejected_rows=parsed_file.rejected, ignored_cells=(*ignored_cells, *parsed_file.ignored)
    )
    saved_count = 0
    conditions = ImportOptions(currency.code, sets_stock)
    repeated_skus = shared_skus(parsed_file.products, {}, {})
    async with database.begin() as work:
        import_run = ImportRun(work.catalogue, ids, conditions, repeated_skus)
        for batch in _batches(parsed_file.products):
            report = report.merge(await _import_batch(batch, import_run, clock))
            saved_count += len(batch)
            report_progress(saved_count, len(parsed_file.products))
        # At the end, so that purchases wait for these rows shortly, and sorted, to avoid deadlocks.
        await work.catalogue.update_stock(import_run.stock_updates)
        if any(update.replaces_available for update in import_run.stock_updates.values()):
            await work.selection_requests.request(clock.now())
    return replace(
        report, ignored_cells=tuple(sorted(report.ignored_cells, key=lambda each: each.line_number))
    )


def _batches(products: Sequence[ParsedProduct]) -> Iterator[tuple[ParsedProduct, ...]]:
    remaining = iter(products)
    while batch := tuple(islice(remaining, PRODUCTS_PER_BATCH)):
        yield batch


async def _import_batch(
    batch: Sequence[ParsedProduct], import_run: ImportRun, clock: Clock
) -> ImportReport:
    existing_products, ambiguous_skus = await _load_existing_products(batch, import_run.catalogue)
    conditions = replace(
        import_run.conditions, shared_skus=import_run.repeated_skus | ambiguous_skus
    )
    report = ImportReport()
    changed_products: dict[Product, tuple[Variant, ...]] = {}
    for draft in batch:
        existing = existing_products.get(draft.handle)
        merged_product = merge_product(draft, existing, conditions)
        report = _extend_report(report, draft, existing, merged_product)
        if not merged_product.rejected and (
            existing is None or list_changes(draft, existing, merged_product)
        ):
            product, variants = _assign_ids(merged_product, import_run.ids)
            changed_products[product] = variants
            import_run.stock_updates.update(
                _stock_updates(merged_product, sets_stock=conditions.sets_stock)
            )
    if changed_products:
        existing_ids = {
            variant.id for existing in existing_products.values() for variant in existing.variants
        }
        new_ids = {
            variant.id for those in changed_products.values() for variant in those
        } - existing_ids
        await import_run.catalogue.save(changed_products, clock.now(), stocked_variant_ids=new_ids)
    return report


def _extend_report(
    report: ImportReport,
    draft: ParsedProduct,
    existing: StoredProduct | None,
    merged_product: MergedProduct,
) -> ImportReport:
    if merged_product.rejected:
        return report.merge(ImportReport(rejected_rows=merged_product.rejected))
    changed_cells = list_changes(draft, existing, merged_product)
    return report.merge(
        ImportReport(1, len(draft.variants), (), changed_cells, merged_product.ignored)
    )


async def _load_existing_products(
    batch: Sequence[ParsedProduct], catalogue: Catalogue
) -> tuple[Mapping[str, StoredProduct], frozenset[str]]:
    """The existing products by handle, and the SKUs that are not unique to one variant."""
    ids = await catalogue.find_ids_by_handle([each.handle for each in batch])
    await catalogue.lock_variants(list(ids.values()))
    products = await catalogue.load_products(list(ids.values()))
    variants = await catalogue.list_all_variants(list(ids.values()))
    product_ids_by_sku = await catalogue.find_product_ids_by_sku(
        [row.sku for draft in batch for row in draft.variants if row.sku]
    )
    existing_products = {
        handle: StoredProduct(products[id], variants.get(id, ())) for handle, id in ids.items()
    }
    return existing_products, shared_skus(batch, ids, product_ids_by_sku)


def _assign_ids(
    merged_product: MergedProduct, ids: IdGenerator
) -> tuple[Product, tuple[Variant, ...]]:
    product = (
        merged_product.product
        if merged_product.product.id
        else replace(merged_product.product, id=ids.new("prd"))
    )
    return product, tuple(
        each.variant
        if each.variant.id
        else replace(each.variant, id=ids.new("var"), product_id=product.id)
        for each in merged_product.variants
    )


def _stock_updates(
    merged_product: MergedProduct, *, sets_stock: bool
) -> Iterator[tuple[str, StockUpdate]]:
    """The changes of the stock of existing variants, by id."""
    for matched_row in merged_product.variants:
        existing, new_stock = matched_row.before, matched_row.variant.stock
        if existing is not None and existing.stock != new_stock:
            replaces_available = sets_stock and existing.stock.available != new_stock.available
            yield (
                existing.id,
                StockUpdate(new_stock.backorder, replaces_available, new_stock.available),
            )
