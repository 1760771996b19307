"""A product in an import: as the file describes it, as it was, and as it becomes."""

from dataclasses import dataclass, replace

from gateway.engine.catalogue.import_changes import ChangedCell, list_changes
from gateway.engine.catalogue.import_matching import MergedProduct, StoredProduct
from gateway.engine.catalogue.product_rows import IgnoredCell, ParsedProduct


@dataclass(frozen=True, slots=True)
class ImportedProduct:
    """A product of a batch that can be imported.

    ``is_placed``: it is put into the collection that the file names. ``ignored`` are its cells that
    change nothing, ``changes`` those that do.
    """

    parsed: ParsedProduct
    stored: StoredProduct | None
    merged: MergedProduct
    is_placed: bool = False
    ignored: tuple[IgnoredCell, ...] = ()
    changes: tuple[ChangedCell, ...] = ()

    def with_changes(self) -> "ImportedProduct":
        """The product with all that the import changes of it."""
        changes = list_changes(self.parsed, self.stored, self.merged)
        if self.is_placed and self.stored is not None:
            changes = (*changes, ChangedCell(self.parsed.line_number, "Collection"))
        return replace(self, changes=changes)
