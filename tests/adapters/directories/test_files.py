"""Directories as files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.adapters.directories.files import DirectoryFile, InvalidDirectoryFile, read_directory
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.country_names import country_code
from gateway.engine.addresses.address import PostalAddress
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


def read_file(tmp_path: Path, text: str, encoding: str = "utf-8") -> DirectoryFile:
    path = tmp_path / "people"
    path.write_bytes(text.encode(encoding))
    return read_directory(path, CountryDataSet())


def read_records(tmp_path: Path, text: str) -> list[SourceRecord]:
    return [each.record for each in read_file(tmp_path, text).records]


def test_cards(tmp_path: Path) -> None:
    as_of = datetime(2026, 10, 1, 8, tzinfo=UTC)
    emails, phones = ("ada@example.com",), ("+1 415 555 2671",)
    assert read_records(tmp_path, CARDS) == [
        SourceRecord("Ada Lovelace", emails, phones, HOME, as_of, 70),
        SourceRecord("Nobody Known", ("nobody@example.com",), (), None, None, 70),
    ]


def test_rows(tmp_path: Path) -> None:
    as_of = datetime(2026, 10, 1, tzinfo=UTC)
    emails, phones = ("ada@example.com",), ("+14155552671",)
    assert read_records(tmp_path, ROWS) == [
        SourceRecord("Ada Lovelace", emails, phones, HOME, as_of, 60),
        SourceRecord("Bob", ("bob@example.com",), (), None, None, 60),
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "hello"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidDirectoryFile):
        read_records(tmp_path, text)


HEADER = "name,email,country,region,city,postal code,line 1"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("said", ["", "sep={}\n", "sep={}\r\n", '"sep={}"\n'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_separator_is_read(tmp_path: Path, separator: str, said: str, encoding: str) -> None:
    """R104: with a byte order mark, a sep= line and quotes as spreadsheets write them."""
    row = ["Ada; Lovelace, Countess", "ada@example.com", "USA", "California", "Mountain View"]
    cells = [f'"{each}"' for each in (*row, "US-94043", "1 Oak Street,\nback")]
    text = said.format(separator) + HEADER.replace(",", separator) + "\n" + separator.join(cells)
    (entry,) = read_file(tmp_path, text, encoding).records
    assert entry.location == f"line {3 if said else 2}"
    assert entry.record.name == "Ada; Lovelace, Countess"
    address = entry.record.address
    assert address is not None
    assert (address.country, address.region, address.postal_code) == ("US", "CA", "94043")
    assert address.lines == ("1 Oak Street, back",)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Deutschland", "DE"),
        ("\u00d6sterreich", "AT"),
        ("Holland", "NL"),
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("Espa\u00f1a", "ES"),
        ("Schweiz", "CH"),
        ("Suisse", "CH"),
        ("\u65e5\u672c", "JP"),
        ("\u81fa\u7063", "TW"),
        ("\u0395\u03bb\u03bb\u03ac\u03b4\u03b1", "GR"),
        ("deu", "DE"),
        ("gb", "GB"),
        ("Czech Republic", "CZ"),
        ("T\u00fcrkiye", "TR"),
        ("Turkey", "TR"),
    ],
)
def test_countries_are_known_by_their_names(written: str, code: str) -> None:
    """R104: in English, in the country's languages, and as people call them."""
    assert country_code(written) == code


@pytest.mark.parametrize("written", ["Nowhere", "EU", "ZZ", "XK", "", "Congo", "-"])
def test_other_names_are_no_countries(written: str) -> None:
    assert country_code(written) is None


def test_what_is_ignored_is_told(tmp_path: Path) -> None:
    """R104: unknown columns by name, addresses by line and reason."""
    text = (
        "name,email,country,postal code,city,line 1,lines,rev\n"
        "Ada,ada@example.com,Nowhere,1,Town,1 Street,x,\n"
        "Bob,bob@example.com,Deutschland,D-10115,Berlin,1 Platz,,2026-10-01\n"
        "Cyd,cyd@example.com,Germany,ABC,Berlin,1 Platz,,yesterday\n"
        "Dan,dan@example.com,,10115,Berlin,1 Platz,,\n"
    )
    directory = read_file(tmp_path, text)
    assert directory.ignored == [
        "the column 'lines' is not known: it was left out",
        (
            "line 2: the address was left out. 'Nowhere' is no country that is known in English "
            "or in its own languages."
        ),
        (
            "line 4: the address was left out. This is not how a Postal code looks in Germany, for "
            "example 26133."
        ),
        "line 4: its date is not understood; write 2026-11-23.",
        "line 5: the address was left out. Its country is missing.",
    ]
    has_address = [each.record.address is not None for each in directory.records]
    assert has_address == [False, True, False, False]


def test_a_header_that_is_not_known_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(InvalidDirectoryFile, match="separated by commas its columns are 'a', 'b'"):
        read_file(tmp_path, "a,b\n1,2\n")


def test_a_card_with_two_addresses_is_read_by_the_first_that_is_understood(tmp_path: Path) -> None:
    card = CARDS.replace("ADR;TYPE=home:", "ADR;TYPE=work:;;1 Way;Town;;1;Nowhere\nADR;TYPE=home:")
    first, _ = read_file(tmp_path, card.replace("United States", "USA")).records
    assert first.record.address == HOME


def test_a_quote_that_is_not_closed(tmp_path: Path) -> None:
    with pytest.raises(InvalidDirectoryFile, match="line 2: a quote is opened and never closed"):
        read_records(tmp_path, 'Name,Email\n"Ada,ada@example.com\n')


@pytest.mark.parametrize("rev", ["9999-12-31T23:59:59Z", "0001-01-01", "1999-12-31", "2100-01-01"])
def test_a_revision_of_another_century_says_nothing(tmp_path: Path, rev: str) -> None:
    """R98: what is reckoned with lies from 2000 to 2100; such a record is of unknown age."""
    card = CARDS.replace("2026-10-01T08:00:00Z", rev)
    assert [record.as_of for record in read_records(tmp_path, card)] == [None, None]
    row = ROWS.replace("2026-10-01", rev)
    assert [record.as_of for record in read_records(tmp_path, row)] == [None, None]
