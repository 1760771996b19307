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


@pytest.mark.parametrize("rev", ["9999-12-31T23:59:59Z", "0001-01-01", "1999-12-31", "2100-01-01"])
def test_a_revision_of_another_century_says_nothing(tmp_path: Path, rev: str) -> None:
    """R98: what is reckoned with lies from 2000 to 2100; such a record is of unknown age."""
    card = CARDS.replace("2026-10-01T08:00:00Z", rev)
    assert [record.as_of for record in read(tmp_path, card)] == [None, None]
    row = ROWS.replace("2026-10-01", rev)
    assert [record.as_of for record in read(tmp_path, row)] == [None, None]
