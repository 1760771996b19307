"""Imports of texts as product files, and what they told."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.adapters.clocks import ManualClock
from gateway.adapters.product_files import CsvProductFile
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.sanitized_html import Nh3HtmlSanitizer
from gateway.engine.catalogue.import_changes import ChangedCell
from gateway.engine.catalogue.product_columns import UnusedColumn
from gateway.engine.catalogue.product_rows import IgnoredCell, RejectedRow
from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.money import Currency
from gateway.services.catalogue.import_report import ImportSummary
from gateway.services.catalogue.product_import import (
    ImportDependencies,
    ProductImportOptions,
    import_products,
)
from tests.conftest import AnyDatabase

USD, EUR = Currency("USD", 2), Currency("EUR", 2)


@dataclass
class RecordedImport:
    """All that an import told."""

    summary: ImportSummary = field(default_factory=ImportSummary)
    unused_columns: Sequence[UnusedColumn] = ()
    changed_cells: tuple[ChangedCell, ...] = ()
    ignored_cells: tuple[IgnoredCell, ...] = ()
    rejected_rows: tuple[RejectedRow, ...] = ()
    steps: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def products(self) -> int:
        return self.summary.products

    @property
    def variants(self) -> int:
        return self.summary.variants

    @property
    def columns(self) -> list[str]:
        """The columns of the changes."""
        return [cell.column for cell in self.changed_cells]

    @property
    def reasons(self) -> list[tuple[int, str]]:
        """Why rows were refused, by line."""
        return [(row.line_number, row.reason) for row in self.rejected_rows]

    def add_unused_columns(self, columns: Sequence[UnusedColumn]) -> None:
        self.unused_columns = columns

    def add_changes(self, cells: Sequence[ChangedCell]) -> None:
        self.changed_cells += tuple(cells)

    def add_ignored(self, cells: Sequence[IgnoredCell]) -> None:
        self.ignored_cells += tuple(cells)

    def add_rejected(self, rows: Sequence[RejectedRow]) -> None:
        self.rejected_rows += tuple(rows)

    def show_progress(self, step: str, done: int, total: int) -> None:
        self.steps.append((step, done, total))


def open_product_text(text: str) -> CsvProductFile:
    """A product file with ``text``."""
    return CsvProductFile(lambda: io.StringIO(text, newline=""))


async def import_text(
    database: AnyDatabase,
    clock: ManualClock,
    text: str,
    currency: Currency = USD,
    options: ProductImportOptions | None = None,
    *,
    sets_stock: bool = False,
) -> RecordedImport:
    """Import ``text``; ``currency`` and ``sets_stock`` are used without ``options``."""
    recorded = RecordedImport()
    recorded.summary = await import_products(
        open_product_text(text),
        options or ProductImportOptions(currency, sets_stock=sets_stock),
        dependencies=ImportDependencies(database, RandomIds(), clock, Nh3HtmlSanitizer()),
        recorder=recorded,
    )
    recorded.rejected_rows = tuple(sorted(recorded.rejected_rows, key=lambda row: row.line_number))
    _, done, total = recorded.steps[-1]
    assert done == total
    return recorded


async def load_listings(database: AnyDatabase) -> dict[str, tuple[Product, tuple[Variant, ...]]]:
    """The listed products with their listed variants, by handle."""
    async with database.read() as reading:
        page = await reading.catalogue.list_products(100, None)
        variants = await reading.catalogue.list_listed_variants([each.product.id for each in page])
    return {each.product.handle: (each.product, variants.get(each.product.id, ())) for each in page}
