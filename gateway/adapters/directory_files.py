"""Directory files: vCard (RFC 6350 and earlier) and CSV, as records."""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from gateway.engine.cleaning import folded
from gateway.engine.places import PostalAddress
from gateway.engine.validity import in_our_time
from gateway.services.ports.countries import Countries
from gateway.services.ports.sources import SourceRecord

CARD_CONFIDENCE = 70
ROW_CONFIDENCE = 60
Card: TypeAlias = Any
"""A vobject component, which has attributes by what the card holds."""
_STAMPS = ("%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%dT%H%M%S", "%Y-%m-%d", "%Y%m%d")


class UnreadableDirectory(ValueError):
    """A file that is neither vCard nor CSV with a header."""


def directory_records(path: Path, countries: Countries) -> Iterator[SourceRecord]:
    """The records of ``path``; country names are known in English and by their codes."""
    known = _known_countries(countries)
    text = path.read_text(encoding="utf-8-sig")
    if "BEGIN:VCARD" in text[:1000].upper():
        return _cards(text, known)
    return _rows(text, known)


def _known_countries(countries: Countries) -> Mapping[str, str]:
    known = {folded(choice.name): choice.code for choice in countries.choices()}
    codes = {choice.code.casefold(): choice.code for choice in countries.choices()}
    usual = {"usa": "US", "unitedstatesofamerica": "US", "uk": "GB", "greatbritain": "GB"}
    return {**known, **usual, **codes}


def _cards(text: str, countries: Mapping[str, str]) -> Iterator[SourceRecord]:
    import vobject

    try:
        for card in vobject.readComponents(text, ignoreUnreadable=True):
            yield _card(card, countries)
    except vobject.base.ParseError as wrong:
        raise UnreadableDirectory("the vCard file cannot be read") from wrong


def _card(card: Card, countries: Mapping[str, str]) -> SourceRecord:
    contents = card.contents
    name = str(contents["fn"][0].value) if "fn" in contents else None
    return SourceRecord(
        name=name,
        emails=tuple(str(each.value) for each in contents.get("email", ())),
        phones=tuple(str(each.value).removeprefix("tel:") for each in contents.get("tel", ())),
        address=_card_address(contents["adr"][0].value, name, countries)
        if "adr" in contents
        else None,
        as_of=_stamp(str(contents["rev"][0].value)) if "rev" in contents else None,
        confidence=CARD_CONFIDENCE,
    )


def _card_address(
    value: Card, name: str | None, countries: Mapping[str, str]
) -> PostalAddress | None:
    lines = [_joined(value.box), _joined(value.extended), _joined(value.street)]
    country = countries.get(folded(_joined(value.country)))
    if country is None:
        return None
    return PostalAddress(
        name=name or "",
        country=country,
        region=_joined(value.region) or None,
        city=_joined(value.city) or None,
        postal_code=_joined(value.code) or None,
        lines=tuple(line for line in lines if line),
    )


def _joined(part: Card) -> str:
    return part if isinstance(part, str) else ", ".join(part)


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


def _rows(text: str, countries: Mapping[str, str]) -> Iterator[SourceRecord]:
    """The rows: name, email, phone, country, region, city, postal code, line1 to line3, rev."""
    reader = csv.DictReader(text.splitlines())
    names = {each: folded(each or "") for each in reader.fieldnames or ()}
    if not {"name", "email", "phone"} & set(names.values()):
        raise UnreadableDirectory("a CSV directory has a column name, email or phone")
    for row in reader:
        yield _row({names[k]: (v or "").strip() for k, v in row.items() if k in names}, countries)


def _row(row: Mapping[str, str], countries: Mapping[str, str]) -> SourceRecord:
    country = countries.get(folded(row.get("country", "")))
    lines = tuple(filter(None, (row.get(each, "") for each in ("line1", "line2", "line3"))))
    address = PostalAddress(
        name=row.get("name", ""),
        country=country or "",
        region=row.get("region") or None,
        city=row.get("city") or None,
        postal_code=row.get("postalcode") or None,
        lines=lines,
    )
    return SourceRecord(
        name=row.get("name") or None,
        emails=tuple(filter(None, (row.get("email", ""),))),
        phones=tuple(filter(None, (row.get("phone", ""),))),
        address=address if country and lines else None,
        as_of=_stamp(row.get("rev", "")) if row.get("rev") else None,
        confidence=ROW_CONFIDENCE,
    )
