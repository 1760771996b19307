"""The port for product files."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.product_columns import UnusedColumn


class ProductFile(Protocol):
    """A product file, which is read from its beginning as often as needed."""

    def rows(self) -> Iterator[FileRow]:
        """Yield all rows; rows are read when they are asked for."""
        ...

    @property
    def unused_columns(self) -> Sequence[UnusedColumn]:
        """The columns that are not used, once all rows have been read."""
        ...
