"""What an import of products tells while it runs, and at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.engine.catalogue.import_changes import ChangedCell
from gateway.engine.catalogue.product_columns import UnusedColumn
from gateway.engine.catalogue.product_rows import IgnoredCell, RejectedRow


class ImportRecorder(Protocol):
    """Takes what an import tells about lines of its file; the import itself keeps nothing of it."""

    def add_unused_columns(self, columns: Sequence[UnusedColumn]) -> None:
        """Record the columns that are not used."""
        ...

    def add_changes(self, cells: Sequence[ChangedCell]) -> None:
        """Record changes of one product; in a dry run, changes that would be made."""
        ...

    def add_ignored(self, cells: Sequence[IgnoredCell]) -> None:
        """Record cells of one product that changed nothing."""
        ...

    def add_rejected(self, rows: Sequence[RejectedRow]) -> None:
        """Record the rows for which one product is refused."""
        ...

    def show_progress(self, step: str, done: int, total: int) -> None:
        """Show how many products are ``done`` in this step."""
        ...


@dataclass(slots=True)
class ImportSummary:
    """The numbers of products and variants that were read without fault, and of products else.

    ``changed_products`` counts those that were new or changed. ``is_saved`` is False for a dry
    run, and where all or nothing was to be imported and a row was refused.
    """

    products: int = 0
    variants: int = 0
    changed_products: int = 0
    refused_products: int = 0
    is_saved: bool = True

    @property
    def product_count(self) -> int:
        """The number of all products so far."""
        return self.products + self.refused_products
