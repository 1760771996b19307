"""Directories as files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.adapters.countries import DataCountries
from gateway.adapters.directory_files import UnreadableDirectory, directory_records
from gateway.engine.places import PostalAddress
from gateway.services.ports.sources import SourceRecord

CARDS = """\
BEGIN:VCARD
VERSION:3.0
FN:Ada Lovelace
N:Lovelace;Ada;;;
EMAIL;TYPE=home:ada@example.com
TEL:+1 415 555 2671
ADR;TYPE=home:;;1 Oak Street;Mountain View;CA;94043;United States
REV:2026-10-01T08:00:00Z
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Nobody Known
EMAIL:nobody@example.com
END:VCARD
"""
ROWS = """\
Name,E-mail,Phone,Country,Region,City,Postal code,Line 1,Rev
Ada Lovelace,ada@example.com,+14155552671,usa,CA,Mountain View,94043,1 Oak Street,2026-10-01
Bob,bob@example.com,,Nowhere,,,,,
"""
HOME = PostalAddress("Ada Lovelace", "US", "CA", "Mountain View", "94043", ("1 Oak Street",))


def read(tmp_path: Path, text: str) -> list[SourceRecord]:
    path = tmp_path / "people"
    path.write_text(text, encoding="utf-8")
    return list(directory_records(path, DataCountries()))


def test_cards(tmp_path: Path) -> None:
    as_of = datetime(2026, 10, 1, 8, tzinfo=UTC)
    emails, phones = ("ada@example.com",), ("+1 415 555 2671",)
    assert read(tmp_path, CARDS) == [
        SourceRecord("Ada Lovelace", emails, phones, HOME, as_of, 70),
        SourceRecord("Nobody Known", ("nobody@example.com",), (), None, None, 70),
    ]


def test_rows(tmp_path: Path) -> None:
    as_of = datetime(2026, 10, 1, tzinfo=UTC)
    emails, phones = ("ada@example.com",), ("+14155552671",)
    assert read(tmp_path, ROWS) == [
        SourceRecord("Ada Lovelace", emails, phones, HOME, as_of, 60),
        SourceRecord("Bob", ("bob@example.com",), (), None, None, 60),
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "hello"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableDirectory):
        read(tmp_path, text)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("before", ["", "sep={}\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_rows_as_spreadsheets_save_them(
    tmp_path: Path, separator: str, before: str, encoding: str
) -> None:
    """R111: with a line break within a cell."""
    rows = [["Name", "E-mail", "Notes"], ["Lovelace, Ada; Countess", "ada@example.com", "a\nb"]]
    lines = [separator.join(f'"{cell}"' for cell in row) for row in rows]
    path = tmp_path / "people.csv"
    path.write_bytes((before.format(separator) + "\r\n".join(lines)).encode(encoding))
    (found,) = directory_records(path, DataCountries())
    assert (found.name, found.emails) == ("Lovelace, Ada; Countess", ("ada@example.com",))


def test_a_quote_that_is_not_closed(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDirectory, match="line 2: unexpected end of data"):
        read(tmp_path, 'Name,Email\n"Ada,ada@example.com\n')
