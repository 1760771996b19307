"""Directory files: vCard (RFC 6350 and earlier) and CSV, as records.

What a file says and nobody understands is told, never guessed: by line, and by column.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from gateway.adapters.country_names import country_code
from gateway.adapters.separated_files import Separated, encoding_of, separated
from gateway.engine.cleaning import folded
from gateway.engine.places import PostalAddress
from gateway.engine.sufficiency import Level, assess
from gateway.engine.validity import in_our_time
from gateway.services.ports.countries import Countries
from gateway.services.ports.sources import SourceRecord

CARD_CONFIDENCE = 70
ROW_CONFIDENCE = 60
Card: TypeAlias = Any
"""A vobject component, which has attributes by what the card holds."""
_STAMPS = ("%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%dT%H%M%S", "%Y-%m-%d", "%Y%m%d")
_CONTACTS = frozenset({"name", "email", "phone"})
_LINES = ("line1", "line2", "line3")
_PLACE = ("country", "region", "city", "postalcode", *_LINES)
COLUMNS = frozenset({*_CONTACTS, *_PLACE, "rev"})
_NAMED = "name, email, phone, country, region, city, postal code, line 1, line 2, line 3, rev"


class UnreadableDirectory(ValueError):
    """A file that is neither vCard nor CSV with a header."""


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A record and where it stands: ``line 7``, ``card 2``."""

    place: str
    record: SourceRecord = field(repr=False)


@dataclass(slots=True)
class DirectoryFile:
    """What a file holds: its records, and what of it was ignored, in words."""

    records: list[ReadRecord] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read_directory(path: Path, countries: Countries) -> DirectoryFile:
    """What the file at ``path`` holds.

    Raises:
        UnreadableDirectory: it is no text, or neither vCard nor CSV with a header.

    """
    text = _text(path.read_bytes())
    found = DirectoryFile()
    if "BEGIN:VCARD" in text[:1000].upper():
        _read_cards(text, countries, found)
    else:
        _read_rows(text, countries, found)
    return found


def _text(raw: bytes) -> str:
    """``raw`` as text: in the encoding that its first bytes tell, else in UTF-8."""
    try:
        return raw.decode(encoding_of(raw[:4])).removeprefix("\ufeff")
    except UnicodeDecodeError as wrong:
        raise UnreadableDirectory("it is not UTF-8 text") from wrong


def _read_cards(text: str, countries: Countries, found: DirectoryFile) -> None:
    import vobject

    try:
        for at, card in enumerate(vobject.readComponents(text, ignoreUnreadable=True), 1):
            record = _card(card, f"card {at}", countries, found)
            found.records.append(ReadRecord(f"card {at}", record))
    except vobject.base.ParseError as wrong:
        raise UnreadableDirectory("the vCard file cannot be read") from wrong


def _card(card: Card, place: str, countries: Countries, found: DirectoryFile) -> SourceRecord:
    contents = card.contents
    name = str(contents["fn"][0].value) if "fn" in contents else None
    addresses = [_card_address(each.value, name or "") for each in contents.get("adr", ())]
    return SourceRecord(
        name=name,
        emails=tuple(str(each.value) for each in contents.get("email", ())),
        phones=tuple(str(each.value).removeprefix("tel:") for each in contents.get("tel", ())),
        address=_understood(addresses, place, countries, found),
        as_of=_revised(str(contents["rev"][0].value), place, found) if "rev" in contents else None,
        confidence=CARD_CONFIDENCE,
    )


def _card_address(value: Card, name: str) -> PostalAddress:
    lines = [_joined(value.box), _joined(value.extended), _joined(value.street)]
    return PostalAddress(
        name=name,
        country=_joined(value.country),
        region=_joined(value.region) or None,
        city=_joined(value.city) or None,
        postal_code=_joined(value.code) or None,
        lines=tuple(line for line in lines if line),
    )


def _joined(part: Card) -> str:
    return part if isinstance(part, str) else ", ".join(part)


def _understood(
    typed: list[PostalAddress], place: str, countries: Countries, found: DirectoryFile
) -> PostalAddress | None:
    """The first address that can be delivered to; why there is none is told of the first."""
    reasons = []
    for address in typed:
        code = country_code(address.country)
        if code is None:
            reasons.append(_unknown_country(address.country))
            continue
        judged = assess(replace(address, country=code), countries.rules(code))
        if judged.level is not Level.ERROR:
            return judged.address
        reasons.append(" ".join(each.message for each in judged.findings))
    if reasons:
        found.ignored.append(f"{place}: the address was left out. {reasons[0]}")
    return None


def _unknown_country(text: str) -> str:
    if not text.strip():
        return "Its country is missing."
    return f"{text.strip()[:60]!r} is no country that is known in English or in its own languages."


def _revised(text: str, place: str, found: DirectoryFile) -> datetime | None:
    stamp = _stamp(text)
    if stamp is None:
        found.ignored.append(f"{place}: its date is not understood; write 2026-11-23.")
    return stamp


def _stamp(text: str) -> datetime | None:
    """A revision's time; one without a zone is taken as UTC."""
    for form in _STAMPS:
        try:
            stamp = datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
        # A record from another century is as old as one that does not say how old it is.
        return stamp if in_our_time(stamp) else None
    return None


def _read_rows(text: str, countries: Countries, found: DirectoryFile) -> None:
    """The rows: name, email, phone, country, region, city, postal code, line1 to line3, rev."""
    table = separated(io.StringIO(text, newline=""), lambda name: folded(name) in COLUMNS)
    try:
        header = next(table.rows, [])
        _check_header(header, table)
        names = [folded(each) for each in header]
        for column, name in zip(header, names, strict=True):
            if name and name not in COLUMNS:
                found.ignored.append(f"the column {column!r} is not known: it was left out")
        for line, cells in table.numbered_rows():
            row = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
            place = f"line {line}"
            found.records.append(ReadRecord(place, _row(row, place, countries, found)))
    except csv.Error as wrong:
        raise UnreadableDirectory(f"line {table.line()}: {wrong}") from wrong


def _check_header(header: list[str], table: Separated) -> None:
    if _CONTACTS & set(map(folded, header)):
        return
    read = ", ".join(repr(each) for each in header[:20]) or "none"
    raise UnreadableDirectory(
        f"a CSV directory has a column name, email or phone; separated by {table.separator_name} "
        f"its columns are {read}; known are {_NAMED}"
    )


def _row(
    row: Mapping[str, str], place: str, countries: Countries, found: DirectoryFile
) -> SourceRecord:
    placed = any(row.get(each) for each in _PLACE)
    return SourceRecord(
        name=row.get("name") or None,
        emails=tuple(filter(None, (row.get("email", ""),))),
        phones=tuple(filter(None, (row.get("phone", ""),))),
        address=_understood([_row_address(row)], place, countries, found) if placed else None,
        as_of=_revised(row["rev"], place, found) if row.get("rev") else None,
        confidence=ROW_CONFIDENCE,
    )


def _row_address(row: Mapping[str, str]) -> PostalAddress:
    return PostalAddress(
        name=row.get("name", ""),
        country=row.get("country", ""),
        region=row.get("region") or None,
        city=row.get("city") or None,
        postal_code=row.get("postalcode") or None,
        lines=tuple(filter(None, (row.get(each, "") for each in _LINES))),
    )
