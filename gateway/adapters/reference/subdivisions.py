"""Subdivisions of countries by ISO 3166-2, from the data of the package pycountry.

The package's own classes are not used: they read all its files and log at import. It lacks many
names; ``more_region_names.json`` has those that differ from the names it knows, in English and the
country's languages, of subdivisions that are no regions of addresses. Source: "subdivisions" of the
Unicode Common Locale Data Repository 48.2.0.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from gettext import NullTranslations, translation
from importlib.resources import as_file, files
from typing import TypeAlias

from gateway.adapters.reference.region_names import ALTERNATIVE_SPELLINGS, spelling_keys
from gateway.engine.addresses.country_rules import Region
from gateway.engine.text.normalization import comparison_key

SubdivisionEntry: TypeAlias = Mapping[str, str]
"""One entry of the data set: ``code``, ``name``, ``type`` and, where it has one, ``parent``."""

_REMARKS = re.compile(r"[*†]|\s*\[.*?\]|\s*\(.*?\)")
"""Marks and remarks after a name in the standard, such as the language of the name."""
_IN_BRACKETS = re.compile(r"\[(.*?)\]")


@lru_cache(maxsize=300)
def load_subdivisions(country: str) -> tuple[Region, ...]:
    """The subdivisions of ``country`` (alpha-2) by ISO 3166-2, with names in its languages.

    A name that two of them have names none. ``parent`` is the code of the larger subdivision.
    """
    entries = _entries_by_country().get(country, ())
    translations = tuple(_translations(country))
    subdivisions = [_build_subdivision(country, entry, translations) for entry in entries]
    counts = Counter(spelling for each in subdivisions for spelling in each.spellings)
    return tuple(
        replace(each, spellings=_own_spellings(country, each, counts)) for each in subdivisions
    )


def _own_spellings(country: str, region: Region, counts: Mapping[str, int]) -> frozenset[str]:
    codes = {comparison_key(f"{country}-{region.iso_code}"), comparison_key(region.iso_code or "")}
    return frozenset(each for each in region.spellings if counts[each] == 1) | codes


@lru_cache(maxsize=1)
def _entries_by_country() -> Mapping[str, tuple[SubdivisionEntry, ...]]:
    text = (files("pycountry") / "databases" / "iso3166-2.json").read_text(encoding="utf-8")
    entries: dict[str, list[SubdivisionEntry]] = {}
    for entry in json.loads(text)["3166-2"]:
        entries.setdefault(entry["code"].partition("-")[0], []).append(entry)
    return {country: tuple(listed) for country, listed in entries.items()}


@lru_cache(maxsize=1)
def _more_names() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """More names by country and code."""
    path = files("gateway.adapters.reference") / "more_region_names.json"
    names: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(path.read_text("utf-8"))
    return names


def _translations(country: str) -> Iterator[NullTranslations]:
    """The translations of names into English and the official languages of ``country``."""
    from babel.languages import get_official_languages

    languages = get_official_languages(country, regional=True, de_facto=True)
    with as_file(files("pycountry") / "locales") as folder:
        for language in dict.fromkeys(("en", *languages)):
            with suppress(FileNotFoundError):
                yield translation("iso3166-2", folder, languages=[language.replace("-", "_")])


def _build_subdivision(
    country: str, entry: SubdivisionEntry, translations: tuple[NullTranslations, ...]
) -> Region:
    code = entry["code"].removeprefix(f"{country}-")
    names = {entry["name"], *(each.gettext(entry["name"]) for each in translations)}
    names.update(_more_names().get(country, {}).get(code, ()))
    names.update(ALTERNATIVE_SPELLINGS.get((country, code), ()))
    spellings = (spelling for name in names for spelling in _name_forms(name))
    return Region(
        code=_REMARKS.sub("", entry["name"]).strip(),
        name=_REMARKS.sub("", entry["name"]).strip(),
        spellings=frozenset(spelling_keys(spellings)),
        iso_code=code,
        parent=entry.get("parent", "").removeprefix(f"{country}-") or None,
    )


def _name_forms(name: str) -> Iterator[str]:
    """The forms of a name: as it stands, its alternatives, and "Capital, Region of" turned."""
    plain = _REMARKS.sub("", name)
    for alternative in (plain, *plain.split("/"), *_IN_BRACKETS.findall(name)):
        yield alternative
        first, comma, qualifier = alternative.partition(",")
        if comma:
            yield f"{qualifier} {first}"
