"""CSV files (RFC 4180) as spreadsheets save them, with commas, semicolons or tabs."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TextIO

SEPARATOR_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
SEPARATOR_LINE_PATTERN = re.compile(r'"?sep=([,;\t])"?', re.IGNORECASE)
"""A first line that gives the separator, as spreadsheets write it."""
MAX_HEADER_LINE_CHARACTERS = 1_000_000
"""A file with a longer first line is refused: it is not a table."""
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks and their encodings; a longer mark stands before its own beginning."""


def detect_encoding(first_bytes: bytes) -> str:
    """The encoding by the byte order mark in the first four bytes; UTF-8 without a mark."""
    return next(
        (encoding for mark, encoding in BYTE_ORDER_MARKS if first_bytes.startswith(mark)), "utf-8"
    )


@dataclass(frozen=True, slots=True)
class SeparatedTable:
    """The rows of a file, header first; ``line_number`` returns the last line that was read."""

    rows: Iterator[list[str]]
    line_number: Callable[[], int]
    separator: str

    @property
    def separator_name(self) -> str:
        """The separator in words."""
        return SEPARATOR_NAMES[self.separator]

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with the number of its first line; empty lines are left out."""
        previous_line = self.line_number()
        for row in self.rows:
            if row:
                yield previous_line + 1, row
            previous_line = self.line_number()


def open_separated_table(stream: TextIO, is_known_column: Callable[[str], bool]) -> SeparatedTable:
    """The rows in ``stream``, opened with ``newline=""``; reading them can raise ``csv.Error``.

    The separator is given by a first line ``sep=``. Without one it is the separator by which the
    header has the most known columns, or else a comma.
    """
    first_line = _read_header_line(stream)
    declared_separator = SEPARATOR_LINE_PATTERN.fullmatch(first_line.lstrip("\ufeff").strip("\r\n"))
    header = _read_header_line(stream) if declared_separator else first_line
    separator = (
        declared_separator[1] if declared_separator else _guess_separator(header, is_known_column)
    )
    rows = csv.reader(chain([header], stream), strict=True, delimiter=separator)
    lines_before = 1 if declared_separator else 0
    return SeparatedTable(rows, lambda: lines_before + rows.line_num, separator)


def explain_csv_error(error: csv.Error) -> str:
    """What is wrong with a file, for those who saved it."""
    text = str(error)
    if "unexpected end" in text:
        return "a quote is opened and never closed"
    if "expected after" in text:
        return "after a closing quote there is more in the cell: quotes in a cell are written twice"
    if "field larger" in text:
        limit = csv.field_size_limit()
        return f"a cell has more than {limit:,} characters, as after a quote that is never closed"
    return text


def _read_header_line(stream: TextIO) -> str:
    line = stream.readline(MAX_HEADER_LINE_CHARACTERS)
    if len(line) == MAX_HEADER_LINE_CHARACTERS:
        raise csv.Error(f"the header has more than {MAX_HEADER_LINE_CHARACTERS:,} characters")
    return line


def _guess_separator(header: str, is_known_column: Callable[[str], bool]) -> str:
    def count_known_columns(separator: str) -> int:
        try:
            row = next(csv.reader([header], delimiter=separator), [])
        except csv.Error:
            return 0
        return sum(map(is_known_column, row))

    return max(SEPARATOR_NAMES, key=count_known_columns)
