"""Files of rows whose cells a comma, a semicolon or a tab separates, whichever the file uses."""

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gateway.engine.cleaning import folded

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
# The first line by which spreadsheets say what separates the cells.
_SAID = re.compile(r'"?sep=([,;\t])"?[,;\t]*\r?\n', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SeparatedRows:
    """The rows of a file below its header; each cell by the folded name of its column."""

    text: str
    separator: str
    header: tuple[str, ...]
    skipped_lines: int = 0

    @property
    def separator_name(self) -> str:
        """What separates the cells, in words."""
        return SEPARATORS[self.separator]

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row with the number of its first line in the file, from 1; empty lines are none."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator)
        names = [folded(each) for each in next(reader, ())]
        before = reader.line_num
        for cells in reader:
            if cells:
                row = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
                yield before + 1 + self.skipped_lines, row
            before = reader.line_num


def separated_rows(text: str, known: Collection[str]) -> SeparatedRows:
    """The rows of ``text``, separated as its ``sep=`` line says.

    Without one, so that most of the ``known`` columns are there.

    Raises:
        csv.Error: the file cannot be read so.

    """
    said = _SAID.match(text)
    if said is not None:
        rest = text[said.end() :]
        return SeparatedRows(rest, said[1], _header(rest, said[1]), skipped_lines=1)
    headers = {each: _header(text, each) for each in SEPARATORS}
    best = max(headers, key=lambda each: len({*map(folded, headers[each])} & {*known}))
    return SeparatedRows(text, best, headers[best])


def _header(text: str, separator: str) -> tuple[str, ...]:
    return tuple(next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), ()))
