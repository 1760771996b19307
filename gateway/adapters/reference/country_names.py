"""Finds the country that a text names, in English, in its own languages or by a code."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from gateway.adapters.reference.countries import CountryDataSet
from gateway.engine.text.normalization import comparison_key

_COMMON_NAMES: Mapping[str, tuple[str, ...]] = {
    "AE": ("UAE", "Emirates"),
    "BN": ("Brunei Darussalam",),
    "CD": ("DRC", "DR Congo", "Democratic Republic of the Congo"),
    "CG": ("Republic of the Congo",),
    "CI": ("Ivory Coast",),
    "CV": ("Cabo Verde",),
    "CZ": ("Czech Republic",),
    "DE": ("Federal Republic of Germany", "BRD"),
    "FK": ("Falkland Islands",),
    "FM": ("Federated States of Micronesia",),
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland",
           "U.K."),
    "HK": ("Hong Kong",),
    "IE": ("Republic of Ireland", "Eire"),
    "KP": ("North Korea",),
    "KR": ("South Korea", "Korea", "Republic of Korea"),
    "LA": ("Laos", "Lao PDR"),
    "MD": ("Republic of Moldova",),
    "MK": ("Macedonia", "FYROM"),
    "MM": ("Burma", "Myanmar"),
    "MO": ("Macau", "Macao"),
    "NL": ("Holland", "The Netherlands"),
    "PS": ("Palestine",),
    "RU": ("Russian Federation",),
    "SY": ("Syrian Arab Republic",),
    "SZ": ("Swaziland",),
    "TR": ("Turkey", "Turkiye"),
    "TW": ("Republic of China",),
    "TZ": ("United Republic of Tanzania",),
    "US": ("USA", "U.S.A.", "United States of America", "America"),
    "VA": ("Vatican", "Holy See"),
    "VN": ("Viet Nam",),
}  # fmt: skip
"""Names in use that are missing in the Unicode Common Locale Data Repository."""


def country_code(text: str) -> str | None:
    """The alpha-2 code of the country that ``text`` names; None if it names none."""
    name = comparison_key(text)
    return _codes_by_common_name().get(name) or _codes_by_native_name().get(name)


@lru_cache(maxsize=1)
def _codes_by_common_name() -> Mapping[str, str]:
    """Codes by codes, English names and names in use, which are fast to load."""
    english = {comparison_key(each.name): each.code for each in CountryDataSet().country_options()}
    common = {comparison_key(name): code for code, names in _COMMON_NAMES.items() for name in names}
    exact = {each.code.casefold(): each.code for each in CountryDataSet().country_options()}
    return {**english, **_codes_by_alpha3(), **common, **exact}


# Loading reads hundreds of locales, which takes one to two seconds.
@lru_cache(maxsize=1)
def _codes_by_native_name() -> Mapping[str, str]:
    """Codes by names in the countries' own languages, without names shared by two countries."""
    codes_by_name: dict[str, str] = {}
    shared_names: set[str] = set()
    for choice in CountryDataSet().country_options():
        for name in {comparison_key(each) for each in _native_names(choice.code)}:
            if codes_by_name.setdefault(name, choice.code) != choice.code:
                shared_names.add(name)
    return {name: code for name, code in codes_by_name.items() if name and name not in shared_names}


def _native_names(code: str) -> Iterator[str]:
    """The names of the country in its official languages."""
    from babel import Locale, UnknownLocaleError
    from babel.languages import get_official_languages

    for language in get_official_languages(code, regional=True, de_facto=True):
        try:
            locale = Locale.parse(language, sep="_" if "_" in language else "-")
        except (UnknownLocaleError, ValueError):
            continue
        name = locale.territories.get(code)
        if name:
            yield name


def _codes_by_alpha3() -> Mapping[str, str]:
    """Alpha-2 codes by alpha-3 codes of ISO 3166-1."""
    from babel.core import get_global

    country_codes = {choice.code for choice in CountryDataSet().country_options()}
    return {
        alias.casefold(): codes[0]
        for alias, codes in get_global("territory_aliases").items()
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and codes[0] in country_codes  # noqa: PLR2004
    }
