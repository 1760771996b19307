"""Reading of directory files: vCard (RFC 6350 and earlier) and CSV.

Parts of a file that are not understood are reported by line or column and not guessed.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from gateway.adapters.reference.country_names import country_code
from gateway.adapters.separated_files import (
    SeparatedTable,
    detect_encoding,
    explain_csv_error,
    open_separated_table,
)
from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.validation import AddressVerdict, assess_address
from gateway.engine.text.normalization import comparison_key
from gateway.engine.validity import is_in_supported_years
from gateway.services.ports.countries import Countries
from gateway.services.ports.sources import SourceRecord

VCARD_CONFIDENCE = 70
CSV_CONFIDENCE = 60
VCard: TypeAlias = Any
"""A component of vobject, whose attributes depend on the content of the card."""
_TIMESTAMP_FORMATS = ("%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%dT%H%M%S", "%Y-%m-%d", "%Y%m%d")
_CONTACT_COLUMNS = frozenset({"name", "email", "phone"})
_LINE_COLUMNS = ("line1", "line2", "line3")
_ADDRESS_COLUMNS = ("country", "region", "city", "postalcode", *_LINE_COLUMNS)
COLUMNS = frozenset({*_CONTACT_COLUMNS, *_ADDRESS_COLUMNS, "rev"})
_COLUMNS_TEXT = (
    "name, email, phone, country, region, city, postal code, line 1, line 2, line 3, rev"
)


class InvalidDirectoryFile(ValueError):
    """The file is neither vCard nor CSV with a header."""


@dataclass(frozen=True, slots=True)
class LocatedRecord:
    """A record and its location in the file, such as ``line 7`` or ``card 2``."""

    location: str
    record: SourceRecord = field(repr=False)


@dataclass(slots=True)
class DirectoryFile:
    """The records of a file, and messages about its ignored parts."""

    records: list[LocatedRecord] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read_directory(path: Path, countries: Countries) -> DirectoryFile:
    """Read the file at ``path``.

    Raises:
        InvalidDirectoryFile: it is not text, or neither vCard nor CSV with a header.

    """
    text = _decode_text(path.read_bytes())
    directory_file = DirectoryFile()
    if "BEGIN:VCARD" in text[:1000].upper():
        _read_cards(text, countries, directory_file)
    else:
        _read_rows(text, countries, directory_file)
    return directory_file


def _decode_text(content: bytes) -> str:
    """``content`` as text, in the encoding of its byte order mark or else in UTF-8."""
    try:
        return content.decode(detect_encoding(content[:4])).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InvalidDirectoryFile("it is not UTF-8 text") from error


def _read_cards(text: str, countries: Countries, directory_file: DirectoryFile) -> None:
    import vobject

    try:
        for number, card in enumerate(vobject.readComponents(text, ignoreUnreadable=True), 1):
            record = _record_from_card(card, f"card {number}", countries, directory_file)
            directory_file.records.append(LocatedRecord(f"card {number}", record))
    except vobject.base.ParseError as error:
        raise InvalidDirectoryFile("the vCard file cannot be read") from error


def _record_from_card(
    card: VCard, location: str, countries: Countries, directory_file: DirectoryFile
) -> SourceRecord:
    contents = card.contents
    name = str(contents["fn"][0].value) if "fn" in contents else None
    addresses = [_address_from_card(each.value, name or "") for each in contents.get("adr", ())]
    return SourceRecord(
        name=name,
        emails=tuple(str(each.value) for each in contents.get("email", ())),
        phones=tuple(str(each.value).removeprefix("tel:") for each in contents.get("tel", ())),
        address=_first_deliverable_address(addresses, location, countries, directory_file),
        as_of=_read_revision_time(str(contents["rev"][0].value), location, directory_file)
        if "rev" in contents
        else None,
        confidence=VCARD_CONFIDENCE,
    )


def _address_from_card(value: VCard, name: str) -> PostalAddress:
    address_lines = [
        _join_values(value.box),
        _join_values(value.extended),
        _join_values(value.street),
    ]
    return PostalAddress(
        name=name,
        country=_join_values(value.country),
        region=_join_values(value.region) or None,
        city=_join_values(value.city) or None,
        postal_code=_join_values(value.code) or None,
        lines=tuple(line for line in address_lines if line),
    )


def _join_values(value: VCard) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _first_deliverable_address(
    addresses: list[PostalAddress],
    location: str,
    countries: Countries,
    directory_file: DirectoryFile,
) -> PostalAddress | None:
    """The first deliverable address; without one, it is reported why the first is not."""
    reasons = []
    for address in addresses:
        code = country_code(address.country)
        if code is None:
            reasons.append(_unknown_country_message(address.country))
            continue
        assessment = assess_address(replace(address, country=code), countries.rules_for(code))
        if assessment.level is not AddressVerdict.ERROR:
            return assessment.address
        reasons.append(" ".join(each.message for each in assessment.findings))
    if reasons:
        directory_file.ignored.append(f"{location}: the address was left out. {reasons[0]}")
    return None


def _unknown_country_message(text: str) -> str:
    if not text.strip():
        return "Its country is missing."
    return f"{text.strip()[:60]!r} is no country that is known in English or in its own languages."


def _read_revision_time(text: str, location: str, directory_file: DirectoryFile) -> datetime | None:
    revised_at = _parse_timestamp(text)
    if revised_at is None:
        directory_file.ignored.append(f"{location}: its date is not understood; write 2026-11-23.")
    return revised_at


def _parse_timestamp(text: str) -> datetime | None:
    """The time of a revision, in UTC if it has no zone; None if it is not a valid time."""
    for timestamp_format in _TIMESTAMP_FORMATS:
        try:
            timestamp = datetime.strptime(text.strip(), timestamp_format).replace(tzinfo=UTC)
        except ValueError:
            continue
        # A time outside of the supported years counts as unknown.
        return timestamp if is_in_supported_years(timestamp) else None
    return None


def _read_rows(text: str, countries: Countries, directory_file: DirectoryFile) -> None:
    """Read the columns name, email, phone, country, region, city, postal code, line1-3, rev."""
    table = open_separated_table(
        io.StringIO(text, newline=""), lambda name: comparison_key(name) in COLUMNS
    )
    try:
        header = next(table.rows, [])
        _require_contact_column(header, table)
        names = [comparison_key(each) for each in header]
        for column, name in zip(header, names, strict=True):
            if name and name not in COLUMNS:
                directory_file.ignored.append(
                    f"the column {column!r} is not known: it was left out"
                )
        for line, cells in table.numbered_rows():
            row = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
            location = f"line {line}"
            directory_file.records.append(
                LocatedRecord(location, _record_from_row(row, location, countries, directory_file))
            )
    except csv.Error as error:
        message = f"line {table.line_number()}: {explain_csv_error(error)}"
        raise InvalidDirectoryFile(message) from error


def _require_contact_column(header: list[str], table: SeparatedTable) -> None:
    if _CONTACT_COLUMNS & set(map(comparison_key, header)):
        return
    columns_read = ", ".join(repr(each) for each in header[:20]) or "none"
    raise InvalidDirectoryFile(
        f"a CSV directory has a column name, email or phone; separated by {table.separator_name} "
        f"its columns are {columns_read}; known are {_COLUMNS_TEXT}"
    )


def _record_from_row(
    row: Mapping[str, str], location: str, countries: Countries, directory_file: DirectoryFile
) -> SourceRecord:
    has_address = any(row.get(column) for column in _ADDRESS_COLUMNS)
    return SourceRecord(
        name=row.get("name") or None,
        emails=tuple(filter(None, (row.get("email", ""),))),
        phones=tuple(filter(None, (row.get("phone", ""),))),
        address=_first_deliverable_address(
            [_address_from_row(row)], location, countries, directory_file
        )
        if has_address
        else None,
        as_of=_read_revision_time(row["rev"], location, directory_file) if row.get("rev") else None,
        confidence=CSV_CONFIDENCE,
    )


def _address_from_row(row: Mapping[str, str]) -> PostalAddress:
    return PostalAddress(
        name=row.get("name", ""),
        country=row.get("country", ""),
        region=row.get("region") or None,
        city=row.get("city") or None,
        postal_code=row.get("postalcode") or None,
        lines=tuple(filter(None, (row.get(column, "") for column in _LINE_COLUMNS))),
    )
