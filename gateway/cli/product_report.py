"""The report of an import of products: bounded lists of lines by column, and progress."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, TaskID
from rich.table import Table

from gateway.engine.catalogue.import_changes import ChangedCell
from gateway.engine.catalogue.product_columns import UnusedColumn
from gateway.engine.catalogue.product_rows import FileDescription, IgnoredCell, RejectedRow
from gateway.engine.catalogue.products import Image
from gateway.engine.money import Currency, Money
from gateway.services.catalogue.import_report import ImportSummary

MAX_RANGES = 40
"""Ranges of lines that a row of the report lists; more are only counted."""
MAX_LISTED_CHANGES = 500
"""Changes that the report of a dry run lists with their values; more are only counted."""
MAX_VALUE_CHARACTERS = 60
"""Characters of a value that the report shows."""
MAX_SHOWN_CHARACTERS = 300
"""Characters of a name or a reason that the report shows."""
MAX_REASONS = 200
"""Reasons for ignored cells that the report lists; more are only counted."""
MAX_REJECTED_ROWS = 1_000
"""Refused rows that the report lists; more are only counted."""


@dataclass(slots=True)
class LineRanges:
    """Line numbers as ranges, such as "2, 5-9"; of very many the first ranges and the count."""

    ranges: list[list[int]] = field(default_factory=list)
    count: int = 0
    last_line: int = 0

    def add(self, line_number: int) -> None:
        """Add a line."""
        if line_number == self.last_line:
            return
        self.count += 1
        if self.ranges and self.last_line == self.ranges[-1][1] == line_number - 1:
            self.ranges[-1][1] = line_number
        elif len(self.ranges) < MAX_RANGES:
            self.ranges.append([line_number, line_number])
        self.last_line = line_number

    def __str__(self) -> str:
        ranges = sorted(self.ranges)
        text = ", ".join(
            str(first) if first == last else f"{first}-{last}" for first, last in ranges
        )
        listed_count = sum(last - first + 1 for first, last in ranges)
        return text if listed_count == self.count else f"{text} … {self.count} lines in all"


@dataclass(slots=True)
class ImportReport:
    """Collects what an import tells, in bounded memory, and prints it."""

    progress: Progress
    currency: Currency
    changed_cells: list[ChangedCell] = field(default_factory=list)
    changes: dict[str, LineRanges] = field(default_factory=dict)
    ignored: dict[tuple[str, str], LineRanges] = field(default_factory=dict)
    rejected_rows: list[RejectedRow] = field(default_factory=list)
    rejected_count: int = 0
    unused_columns: Sequence[UnusedColumn] = ()
    tasks: dict[str, TaskID] = field(default_factory=dict)

    def add_unused_columns(self, columns: Sequence[UnusedColumn]) -> None:
        """Keep the columns that are not used."""
        self.unused_columns = columns

    def add_changes(self, cells: Sequence[ChangedCell]) -> None:
        """Keep the lines of changes by column, and the first changes with their values."""
        self.changed_cells += cells[: MAX_LISTED_CHANGES - len(self.changed_cells)]
        for cell in cells:
            self.changes.setdefault(cell.column, LineRanges()).add(cell.line_number)

    def add_ignored(self, cells: Sequence[IgnoredCell]) -> None:
        """Keep the lines of ignored cells, by column and reason."""
        for cell in cells:
            key = (cell.column, cell.reason)
            if key not in self.ignored and len(self.ignored) >= MAX_REASONS:
                key = ("…", "further reasons, which are only counted")
            self.ignored.setdefault(key, LineRanges()).add(cell.line_number)

    def add_rejected(self, rows: Sequence[RejectedRow]) -> None:
        """Keep the first refused rows, and count all."""
        self.rejected_count += len(rows)
        self.rejected_rows += rows[: MAX_REJECTED_ROWS - len(self.rejected_rows)]

    def show_progress(self, step: str, done: int, total: int) -> None:
        """Show how many products are done in this step."""
        if step not in self.tasks:
            self.tasks[step] = self.progress.add_task(step, total=total)
        self.progress.update(self.tasks[step], completed=done, total=total)

    def print(self, summary: ImportSummary, console: Console) -> None:
        """Print tables of what was changed, ignored and refused, and the numbers."""
        for table in self._tables(summary):
            console.print(table)
        saved = "Products imported" if summary.is_saved else "Nothing was changed. Products read"
        console.print(
            f"{saved}: {summary.products}, with variants: {summary.variants}. "
            f"Products refused: {summary.refused_products}."
        )

    def _tables(self, summary: ImportSummary) -> Iterable[Table]:
        if self.changes:
            table = Table("What", "Lines", title="Changed" if summary.is_saved else "Would change")
            for column, lines in self.changes.items():
                table.add_row(_show(column), str(lines))
            yield table
        if self.changed_cells and not summary.is_saved:
            yield self._values_table()
        if self.ignored:
            table = Table("Column", "Why it was ignored", "Lines", title="Ignored")
            for (column, reason), lines in self.ignored.items():
                table.add_row(_show(column), _show(reason), str(lines))
            yield table
        if self.unused_columns:
            table = Table("Column", "Why it is not kept", "Cells with a text", title="Not kept")
            for unused in self.unused_columns:
                table.add_row(_show(unused.name), unused.reason, str(unused.cell_count))
            yield table
        if self.rejected_rows:
            yield self._rejected_table()

    def _values_table(self) -> Table:
        table = Table("Line", "What", "Now", "Then", title="Values")
        for cell in self.changed_cells:
            values = (_format_value(each, self.currency) for each in (cell.before, cell.after))
            table.add_row(str(cell.line_number), cell.column, *map(_show, values))
        if len(self.changed_cells) == MAX_LISTED_CHANGES:
            table.add_row("…", "", "", "")
        return table

    def _rejected_table(self) -> Table:
        table = Table("Line", "Handle", "Why it was refused", title="Refused rows")
        for row in sorted(self.rejected_rows, key=lambda row: row.line_number):
            table.add_row(str(row.line_number), _show(row.handle), _show(row.reason))
        further_count = self.rejected_count - len(self.rejected_rows)
        if further_count:
            table.add_row("…", "", f"and {further_count} more")
        return table


def _show(text: str) -> str:
    """Return ``text`` of a file so that it neither formats the table nor controls a terminal."""
    printable = "".join(character if character.isprintable() else "�" for character in text)
    return escape(printable[:MAX_SHOWN_CHARACTERS])


def _format_value(value: object, currency: Currency) -> str:
    """The value of a column in short: prices in ``currency``, lists parted by commas."""
    match value:
        case None | () | "":
            text = ""
        case bool():
            text = "yes" if value else "no"
        case Mapping() if currency.code in value:
            text = f"{Money(value[currency.code], currency).amount} {currency.code}"
        case Mapping() if all(isinstance(each, str) for each in value.values()):
            text = ", ".join(value.values())
        case Mapping():
            text = ""
        case FileDescription():
            text = " ".join(value.html.split())
        case Image():
            text = value.url
        case tuple() | list() if all(isinstance(each, str) for each in value):
            text = ", ".join(value)
        case str() | int():
            text = " ".join(str(value).split())
        case _:
            text = "…"
    return text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[: MAX_VALUE_CHARACTERS - 1]}…"
