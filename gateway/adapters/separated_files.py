"""Tables as text (RFC 4180), as spreadsheets save them: by commas, semicolons or tabs."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TextIO

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
SEPARATOR_LINE = re.compile(r'"?sep=([,;\t])"?', re.IGNORECASE)
"""What a spreadsheet takes for no row: the separator of the rows below."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""How files begin that say their encoding; the longer marks before those that they begin with."""


def encoding_of(beginning: bytes) -> str:
    """The encoding that the first four bytes of a file tell; UTF-8 where they tell none."""
    return next((name for mark, name in MARKS if beginning.startswith(mark)), "utf-8")


@dataclass(frozen=True, slots=True)
class Separated:
    """The rows of a file, the header first; ``line`` is the number of the line read last."""

    rows: Iterator[list[str]]
    line: Callable[[], int]
    separator: str

    @property
    def separator_name(self) -> str:
        """What parts the cells, in words."""
        return SEPARATORS[self.separator]

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with the number of its first line; empty lines are none."""
        before = self.line()
        for row in self.rows:
            if row:
                yield before + 1, row
            before = self.line()


def separated(stream: TextIO, known: Callable[[str], bool]) -> Separated:
    """The rows in ``stream``, opened with ``newline=""``; reading them may raise ``csv.Error``.

    Cells are parted by what a line ``sep=`` says, else by what makes most names of the header
    ``known``, else by commas.
    """
    first = stream.readline()
    named = SEPARATOR_LINE.fullmatch(first.lstrip("\ufeff").strip("\r\n"))
    header = stream.readline() if named else first
    separator = named[1] if named else _separator(header, known)
    rows = csv.reader(chain([header], stream), strict=True, delimiter=separator)
    before = 1 if named else 0
    return Separated(rows, lambda: before + rows.line_num, separator)


def _separator(header: str, known: Callable[[str], bool]) -> str:
    def names(separator: str) -> int:
        try:
            row = next(csv.reader([header], delimiter=separator), [])
        except csv.Error:
            return 0
        return sum(map(known, row))

    return max(SEPARATORS, key=names)
