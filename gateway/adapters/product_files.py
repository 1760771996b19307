"""Product files: CSV files with the columns of Shopify's product export."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import zip_longest
from typing import TextIO

from gateway.adapters.separated_files import SeparatedTable, explain_csv_error, open_separated_table
from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.product_columns import (
    UnusedColumn,
    explain_unused_column,
    find_column,
)

MAX_HEADER_CHARACTERS = 200  # of the header, quoted in an error message; the rest is cut
MAX_COLUMNS = 1_000
"""A file with more columns is refused."""
MAX_CELL_CHARACTERS = 4_000_000
"""A longer cell, as after a quote that is not closed, makes a file unreadable."""


class InvalidProductFile(ValueError):
    """A file is not a product file."""


class CsvProductFile:
    """A product file in CSV.

    ``open_stream`` opens it for reading, with ``newline=""``. The separator is a comma, a semicolon
    or a tab; it is taken from a first line ``sep=``, or else from the header.
    """

    def __init__(self, open_stream: Callable[[], AbstractContextManager[TextIO]]) -> None:
        self._open_stream = open_stream
        self._unused_columns: tuple[UnusedColumn, ...] = ()

    @property
    def unused_columns(self) -> Sequence[UnusedColumn]:
        """The columns that are not used, once all rows have been read."""
        return self._unused_columns

    def rows(self) -> Iterator[FileRow]:
        """Yield all rows; rows are read when they are asked for.

        Raises:
            InvalidProductFile: it is not CSV, not text, or lacks a required column.

        """
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        with self._open_stream() as stream:
            with _translate_errors(lambda: 1):
                table = open_separated_table(stream, lambda name: find_column(name) != "")
            with _translate_errors(lambda: 1):
                header = next(table.rows, [])
            columns = _column_names(header)
            unused_counts: Counter[int] = Counter()
            yield from _iterate_rows(table, columns, unused_counts)
        self._unused_columns = tuple(
            UnusedColumn(
                name.strip() or f"column {index + 1}, which has no name",
                unused_counts[index],
                explain_unused_column(name),
            )
            for index, name in enumerate(header)
            if not columns[index] and (name.strip() or unused_counts[index])
        )


@contextmanager
def _translate_errors(line_number: Callable[[], int]) -> Iterator[None]:
    """Raise errors in the row that begins on a line with the number of the line."""
    try:
        yield
    except csv.Error as error:
        message = f"line {line_number()}: {explain_csv_error(error)}"
        raise InvalidProductFile(message) from error
    except UnicodeError as error:
        message = f"line {line_number()} or later: it is not UTF-8 text; save it as CSV in UTF-8"
        raise InvalidProductFile(message) from error


def _column_names(header: Sequence[str]) -> list[str]:
    """The names of the columns; a column that is not used has an empty name."""
    if len(header) > MAX_COLUMNS:
        raise InvalidProductFile(
            f"it has {len(header):,} columns, and {MAX_COLUMNS:,} at most are read"
        )
    names = [find_column(name) for name in header]
    if "Handle" not in names:
        header_text = (
            ", ".join(name.strip() for name in header)[:MAX_HEADER_CHARACTERS] or "no column"
        )
        raise InvalidProductFile(f"it lacks the column Handle; its first line has {header_text}")
    repeated_names = [name for name in names if name and names.count(name) > 1]
    if repeated_names:
        raise InvalidProductFile(f"the column {repeated_names[0]} is there twice")
    return names


def _iterate_rows(
    table: SeparatedTable, columns: Sequence[str], unused_counts: Counter[int]
) -> Iterator[FileRow]:
    """Yield the rows, and count the cells of columns that are not used."""
    unused_indexes = [index for index, column in enumerate(columns) if not column]
    number = table.line_number() + 1
    with _translate_errors(lambda: number):
        for cells in table.rows:
            for index in unused_indexes:
                if index < len(cells) and cells[index].strip():
                    unused_counts[index] += 1
            yield _build_row(number, columns, cells)
            number = table.line_number() + 1


def _build_row(number: int, columns: Sequence[str], row_cells: Sequence[str]) -> FileRow:
    """The row with a cell for each column; missing cells are empty.

    Cells have one Unicode form: some systems write an accent as a character of its own.
    """
    cells = {
        name: unicodedata.normalize("NFC", cell).strip()
        for name, cell in zip_longest(columns, row_cells[: len(columns)], fillvalue="")
        if name
    }
    return FileRow(number, cells, _find_defect(cells, row_cells[len(columns) :]))


def _find_defect(cells: dict[str, str], surplus_cells: Sequence[str]) -> str:
    surplus = sum(bool(cell.strip()) for cell in surplus_cells)
    if surplus:
        cells_in_words = "one more cell" if surplus == 1 else f"{surplus} more cells"
        return f"it has {cells_in_words} than there are columns"
    column = next((name for name, cell in cells.items() if "\0" in cell), None)
    return f"{column} holds U+0000, which is no text" if column else ""
