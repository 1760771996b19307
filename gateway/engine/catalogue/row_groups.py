"""The rows of a product file, grouped by product while the file is read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.engine.catalogue.bundle_cells import parse_component_skus
from gateway.engine.catalogue.product_cells import FileRow

MAX_SCATTERED_ROWS = 20_000
"""Rows of products whose rows stand apart are kept in memory until the last; more are refused."""
APART = (
    "its rows stand apart, in a file with very many such rows: sort the file by Handle, and import "
    "it again"
)


@dataclass(frozen=True, slots=True)
class FileOverview:
    """What must be known of a whole file before its products are read one by one.

    ``repeated_skus`` stand on several lines. ``scattered_rows`` counts the rows of products whose
    rows do not stand together, by handle. ``component_skus`` are components of bundles.
    """

    product_count: int = 0
    repeated_skus: frozenset[str] = frozenset()
    scattered_rows: Mapping[str, int] = field(default_factory=dict)
    component_skus: frozenset[str] = frozenset()


def read_overview(rows: Iterable[FileRow]) -> FileOverview:
    """Read all ``rows`` once. Memory grows with the numbers of handles and SKUs only."""
    row_counts: Counter[str] = Counter()
    scattered: set[str] = set()
    skus: set[str] = set()
    repeated_skus: set[str] = set()
    component_skus: set[str] = set()
    previous_handle = ""
    for row in rows:
        handle = row["Handle"]
        if handle and handle != previous_handle and handle in row_counts:
            scattered.add(handle)
        if handle:
            previous_handle = handle
            row_counts[handle] += 1
        sku = row["Variant SKU"]
        if sku:
            (repeated_skus if sku in skus else skus).add(sku)
        component_skus.update(parse_component_skus(row))
    return FileOverview(
        len(row_counts),
        frozenset(repeated_skus),
        {handle: row_counts[handle] for handle in scattered},
        frozenset(component_skus),
    )


def group_rows(rows: Iterable[FileRow], overview: FileOverview) -> Iterator[Sequence[FileRow]]:
    """Yield the rows of each product, in the order in which products end.

    Rows without a handle come alone; rows without any cell are left out. If rows that stand apart
    are too many to be kept, they come with a defect.
    """
    keeps_scattered = sum(overview.scattered_rows.values()) <= MAX_SCATTERED_ROWS
    scattered: dict[str, list[FileRow]] = {}
    group: list[FileRow] = []
    for row in rows:
        handle = row["Handle"]
        if group and handle and handle != group[0]["Handle"]:
            yield group
            group = []
        if not handle:
            if row.defect or any(row.cells.values()):
                yield [row]
        elif handle not in overview.scattered_rows:
            group.append(row)
        elif not keeps_scattered:
            yield [replace(row, defect=row.defect or APART)]
        else:
            scattered_group = scattered.setdefault(handle, [])
            scattered_group.append(row)
            if len(scattered_group) == overview.scattered_rows[handle]:
                yield scattered.pop(handle)
    if group:
        yield group
