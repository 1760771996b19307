"""Rows of a file grouped to products while it is read, in bounded memory (R111)."""

import pytest

from gateway.engine.catalogue import row_groups
from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.row_groups import APART, FileOverview, group_rows, read_overview


def rows_of(*handles: str) -> list[FileRow]:
    return [FileRow(number, {"Handle": handle}) for number, handle in enumerate(handles, 2)]


def grouped_lines(rows: list[FileRow]) -> list[list[int]]:
    return [[row.line_number for row in group] for group in group_rows(rows, read_overview(rows))]


def test_a_file_is_surveyed() -> None:
    rows = [
        FileRow(2, {"Handle": "a", "Variant SKU": "X", "Bundle Parts": "Y*2; Z"}),
        FileRow(3, {"Handle": "b", "Variant SKU": "X"}),
        FileRow(4, {"Handle": "b", "Variant SKU": ""}),
        FileRow(5, {"Handle": "a", "Variant SKU": "Y"}),
    ]
    assert read_overview(rows) == FileOverview(2, frozenset({"X"}), {"a": 2}, frozenset({"Y", "Z"}))
    assert read_overview([]) == FileOverview()


def test_rows_that_stand_together_are_a_product() -> None:
    assert grouped_lines(rows_of("a", "a", "b", "c", "c")) == [[2, 3], [4], [5, 6]]


def test_rows_that_stand_apart_are_a_product() -> None:
    assert grouped_lines(rows_of("a", "b", "b", "a", "c", "a")) == [[3, 4], [6], [2, 5, 7]]


def test_rows_without_a_handle_stand_alone() -> None:
    rows = [
        *rows_of("a", ""),
        FileRow(4, {"Handle": "", "Title": "x"}),
        FileRow(5, {"Handle": "a"}),
    ]
    assert grouped_lines(rows) == [[4], [2, 5]]


def test_very_many_rows_that_stand_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_groups, "MAX_SCATTERED_ROWS", 2)
    rows = rows_of("a", "b", "a", "a")
    groups = list(group_rows(rows, read_overview(rows)))
    assert [[(row.line_number, row.defect) for row in group] for group in groups] == [
        [(2, APART)],
        [(3, "")],
        [(4, APART)],
        [(5, APART)],
    ]
