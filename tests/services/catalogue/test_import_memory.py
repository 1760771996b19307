"""R111: an import takes as much memory for a long file as for a short one, but for its names."""

import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.sanitized_html import Nh3HtmlSanitizer
from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.product_columns import UnusedColumn
from gateway.services.catalogue.product_import import (
    ImportDependencies,
    ProductImportOptions,
    import_products,
)
from tests.services.catalogue.imports import USD, RecordedImport

DESCRIPTION = "text " * 4_000
MAX_BYTES_PER_PRODUCT = 5_000
"""For its handle and its ten SKUs; with its rows, a product would be kept in 60,000 bytes."""


@dataclass
class GeneratedFile:
    """A file of products with ten variants and long descriptions, which are made on demand."""

    product_count: int
    unused_columns: Sequence[UnusedColumn] = ()

    def rows(self) -> Iterator[FileRow]:
        line_number = 1
        for product in range(self.product_count):
            for variant in range(10):
                line_number += 1
                yield FileRow(
                    line_number,
                    {
                        "Handle": f"product-{product}",
                        "Title": f"Product {product}" if variant == 0 else "",
                        "Body (HTML)": f"<p>{DESCRIPTION}{product}</p>" if variant == 0 else "",
                        "Option1 Value": str(variant),
                        "Variant SKU": f"SKU-{product}-{variant}",
                        "Variant Price": "10",
                    },
                )


class ForgettingRecorder(RecordedImport):
    """Keeps nothing of what it is told."""

    def add_changes(self, cells: object) -> None:
        """Forget the changes."""

    def add_ignored(self, cells: object) -> None:
        """Forget the ignored cells."""


async def measure_peak(database: SqliteDatabase, clock: ManualClock, product_count: int) -> int:
    tracemalloc.start()
    try:
        summary = await import_products(
            GeneratedFile(product_count),
            ProductImportOptions(USD, is_dry_run=True),
            dependencies=ImportDependencies(database, RandomIds(), clock, Nh3HtmlSanitizer()),
            recorder=ForgettingRecorder(),
        )
        assert summary.variants == product_count * 10
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_memory_is_bounded(database: SqliteDatabase, clock: ManualClock) -> None:
    await measure_peak(database, clock, 20)
    short = await measure_peak(database, clock, 40)
    long = await measure_peak(database, clock, 240)
    assert long - short < 200 * MAX_BYTES_PER_PRODUCT
