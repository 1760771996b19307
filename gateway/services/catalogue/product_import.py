"""The import of products: each as a whole or not at all, in batches of whole products.

Each batch is a transaction of its own, so that purchases never wait long; the same file can be
imported again whenever an import was interrupted. A file changes only what its columns name. Orders
change stock, so the stock of existing variants is set only on request.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace

from gateway.engine.catalogue.import_changes import ChangedCell
from gateway.engine.catalogue.import_matching import ImportOptions
from gateway.engine.catalogue.product_cells import InvalidCell
from gateway.engine.catalogue.product_columns import UnusedColumn
from gateway.engine.catalogue.product_rows import (
    FileDescription,
    IgnoredCell,
    ParsedProduct,
    ParsingOptions,
    RejectedRow,
    parse_product,
)
from gateway.engine.catalogue.row_groups import FileOverview, group_rows, read_overview
from gateway.engine.money import Currency
from gateway.services.catalogue.import_batches import (
    ImportContext,
    import_batch,
    record_products,
    record_rejected,
)
from gateway.services.catalogue.import_pictures import copy_pictures
from gateway.services.catalogue.import_report import ImportRecorder, ImportSummary
from gateway.services.catalogue.picture_copies import PictureCopier
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database, UnitOfWork
from gateway.services.ports.html import HtmlSanitizer, HtmlTooLarge
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.product_files import ProductFile

MAX_BATCH_VARIANTS = 200
"""Variants that are saved together; a product with more is a batch of its own."""
MAX_BUNDLE_PRODUCTS = 2_000
"""Products with bundles in one file: they are saved together, because they may need each other."""
TAG_PATTERN = re.compile(r"<[a-zA-Z/!?]")
"""What a browser reads as the beginning of a tag or a comment; "3 < 4" is text."""
CHECKING, SAVING = "Checking", "Saving"
"""The steps of an import, for its progress."""

BeginBatch = Callable[[], AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True)
class ProductImportOptions:
    """What an import does.

    Prices are in ``currency``. It ``sets_stock`` of existing variants, and ``completes`` products:
    variants that the file does not name are sold no longer. ``all_or_nothing``: nothing is imported
    if a row is refused. A dry run changes nothing. ``takes_file_names``: pictures may be files.
    """

    currency: Currency
    sets_stock: bool = False
    completes: bool = False
    all_or_nothing: bool = False
    is_dry_run: bool = False
    takes_file_names: bool = False


@dataclass(frozen=True, slots=True)
class ImportDependencies:
    """What an import needs; without ``pictures``, pictures stay at their addresses."""

    database: Database
    ids: IdGenerator
    clock: Clock
    sanitizer: HtmlSanitizer
    pictures: PictureCopier | None = None


class RowsRefused(Exception):
    """Rows were refused in an import of all or nothing, after its check had found none."""


@dataclass(slots=True)
class DraftIds:
    """Identifiers for what is not saved."""

    count: int = 0

    def new(self, prefix: str) -> str:
        """``prefix`` and a number."""
        self.count += 1
        return f"{prefix}_draft_{self.count}"


@dataclass(frozen=True, slots=True)
class RejectedRowRecorder:
    """Passes on refused rows and progress only; the rest is told when it is saved."""

    recorder: ImportRecorder

    def add_changes(self, cells: Sequence[ChangedCell]) -> None:
        """Leave changes to the run that saves them."""

    def add_ignored(self, cells: Sequence[IgnoredCell]) -> None:
        """Leave ignored cells to the run that saves the others."""

    def add_unused_columns(self, columns: Sequence[UnusedColumn]) -> None:
        """Pass on the columns that are not used."""
        self.recorder.add_unused_columns(columns)

    def add_rejected(self, rows: Sequence[RejectedRow]) -> None:
        """Pass on the rows for which one product is refused."""
        self.recorder.add_rejected(rows)

    def show_progress(self, step: str, done: int, total: int) -> None:
        """Pass on how many products are done."""
        self.recorder.show_progress(step, done, total)


@dataclass(frozen=True, slots=True)
class ImportSource:
    """A surveyed file, and how its cells are read."""

    product_file: ProductFile
    overview: FileOverview
    parsing: ParsingOptions


async def import_products(
    product_file: ProductFile,
    options: ProductImportOptions,
    *,
    dependencies: ImportDependencies,
    recorder: ImportRecorder,
) -> ImportSummary:
    """Add or update the products of ``product_file``, matched by handle, SKU and options.

    Raises:
        RowsRefused: the catalogue changed between the check of an import of all or nothing and the
            import; nothing is imported.

    """
    database = dependencies.database
    overview = read_overview(product_file.rows())
    recorder.add_unused_columns(product_file.unused_columns)
    parsing = ParsingOptions(
        options.currency,
        lambda html: describe(html, dependencies.sanitizer),
        await _load_tax_tables(dependencies),
        options.takes_file_names,
    )
    source = ImportSource(product_file, overview, parsing)
    if options.is_dry_run:
        return await _import_all(source, options, dependencies, recorder, database.read)
    if not options.all_or_nothing:
        return await _import_all(source, options, dependencies, recorder, database.begin)
    checked = await _import_all(
        source,
        replace(options, is_dry_run=True),
        dependencies,
        RejectedRowRecorder(recorder),
        database.read,
    )
    if checked.refused_products:
        return checked
    async with database.begin() as work:
        summary = await _import_all(
            source, options, dependencies, recorder, lambda: nullcontext(work)
        )
        if summary.refused_products:
            raise RowsRefused
    return summary


def describe(cell: str, sanitizer: HtmlSanitizer) -> FileDescription:
    """The description in a cell. Without any tag it is a text with its line breaks.

    Raises:
        InvalidCell: it is too large for a page.

    """
    html = cell if TAG_PATTERN.search(cell) else "<br>".join(cell.splitlines())
    try:
        sanitized_html = sanitizer.sanitize(html)
        return FileDescription(sanitized_html, sanitizer.plain_text(sanitized_html))
    except HtmlTooLarge as error:
        raise InvalidCell(f"Body (HTML): {error}") from error


async def _load_tax_tables(dependencies: ImportDependencies) -> frozenset[str]:
    """The names of the alternate tables in today's rules."""
    async with dependencies.database.read() as reading:
        rule_set = await reading.rule_sets.find_current(dependencies.clock.now().date())
    return frozenset() if rule_set is None else frozenset(rule_set.rulebook.tax_tables.alternates)


async def _import_all(
    source: ImportSource,
    options: ProductImportOptions,
    dependencies: ImportDependencies,
    recorder: ImportRecorder,
    begin_batch: BeginBatch,
) -> ImportSummary:
    """Import all products in batches; those with bundles last, because they need the others."""
    summary = ImportSummary(is_saved=not options.is_dry_run)
    context = ImportContext(
        ImportOptions(
            options.currency.code,
            options.sets_stock,
            shared_skus=source.overview.repeated_skus,
            completes=options.completes,
        ),
        DraftIds() if options.is_dry_run else dependencies.ids,
        dependencies.clock,
        recorder,
        summary,
        saves=not options.is_dry_run,
        component_skus=source.overview.component_skus,
        draft_variants={},
    )
    bundles: list[ParsedProduct] = []
    step = CHECKING if options.is_dry_run else SAVING
    for batch in _batches(_parse_products(source, context, bundles)):
        # Others may be asked for pictures, for which no transaction waits.
        parsed = await _copy_pictures(batch, dependencies, context)
        async with begin_batch() as work:
            products = await import_batch(parsed, work, context)
        record_products(products, context)
        recorder.show_progress(step, summary.product_count, source.overview.product_count)
        # Others in this process may go on, and so may a purchase that waits to write.
        await asyncio.sleep(0)
    if bundles:
        parsed = await _copy_pictures(bundles, dependencies, context)
        async with begin_batch() as work:
            products = await import_batch(parsed, work, context)
        record_products(products, context)
    recorder.show_progress(step, source.overview.product_count, source.overview.product_count)
    return summary


async def _copy_pictures(
    batch: Sequence[ParsedProduct], dependencies: ImportDependencies, context: ImportContext
) -> Sequence[ParsedProduct]:
    """The products with copied pictures, without those that are refused for one."""
    copied = await copy_pictures(batch, dependencies.pictures)
    for row in copied.rejected:
        record_rejected((row,), context)
    context.recorder.add_ignored(copied.ignored)
    return copied.products


def _parse_products(
    source: ImportSource, context: ImportContext, bundles: list[ParsedProduct]
) -> Iterator[ParsedProduct]:
    """Yield the products that can be read; those with bundles are added to ``bundles``."""
    for rows in group_rows(source.product_file.rows(), source.overview):
        parsed = parse_product(rows, source.parsing)
        if parsed.rejected:
            record_rejected(parsed.rejected, context)
        if parsed.product is None:
            continue
        context.recorder.add_ignored(parsed.ignored)
        if not parsed.product.has_components:
            yield parsed.product
        elif len(bundles) < MAX_BUNDLE_PRODUCTS:
            bundles.append(parsed.product)
        else:
            reason = f"a file has at most {MAX_BUNDLE_PRODUCTS:,} products with bundles: split it"
            row = RejectedRow(parsed.product.line_number, parsed.product.handle, reason)
            record_rejected((row,), context)


def _batches(products: Iterable[ParsedProduct]) -> Iterator[list[ParsedProduct]]:
    batch: list[ParsedProduct] = []
    variant_count = 0
    for product in products:
        if batch and variant_count + len(product.variants) > MAX_BATCH_VARIANTS:
            yield batch
            batch, variant_count = [], 0
        batch.append(product)
        variant_count += len(product.variants)
    if batch:
        yield batch
