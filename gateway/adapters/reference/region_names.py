"""Names and codes of regions that the address data lacks, such as regions with their own tax."""

import re
from collections.abc import Iterable, Mapping

from gateway.engine.addresses.country_rules import Region
from gateway.engine.text.normalization import comparison_key

ALTERNATIVE_SPELLINGS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("RU", "Москва"): ("Moscow", "Moskau"),
    ("RU", "Санкт-Петербург"): ("Saint Petersburg", "St. Petersburg", "Petersburg"),
    ("CO", "Bogotá"): ("Bogotá, D.C.", "Bogotá D.C.", "Bogotá Distrito Capital"),
    ("US", "DC"): ("Washington DC", "Washington, D.C."),
    ("MX", "CDMX"): ("Mexico City", "Ciudad de México", "D.F.", "DF"),
    ("AE", "إمارة دبيّ"): ("Dubayy", "دبي"),
    ("CA", "QC"): ("PQ",),
    ("CA", "NL"): ("Newfoundland", "NF"),
    ("CA", "YT"): ("YK", "Yukon Territory"),
    ("IN", "Delhi"): ("New Delhi",),
    ("IN", "Odisha"): ("Orissa",),
    ("CZ", "10"): ("Praha", "Prague"),
    ("ES", "A"): ("Alacant",),
    ("ES", "BI"): ("Bizkaia", "Biscay"),
    ("ES", "SS"): ("Gipuzkoa",),
    ("ES", "VI"): ("Araba",),
    ("ES", "NA"): ("Nafarroa", "Navarre"),
    ("ES", "C"): ("A Coruña", "Corunna"),
    ("ES", "OR"): ("Orense",),
    ("ES", "GI"): ("Gerona",),
    ("ES", "L"): ("Lleida",),
    ("ES", "CS"): ("Castelló",),
    ("ES", "PM"): ("Illes Balears", "Baleares", "Balears", "Balearic Islands", "IB"),
    ("ES", "SE"): ("Seville",),
    ("ES", "Z"): ("Saragossa",),
    ("ES", "GC"): ("Las Palmas de Gran Canaria",),
    ("ES", "TF"): ("Tenerife",),
    ("GR", "A"): ("Ανατολική Μακεδονία και Θράκη",),
    ("GR", "B"): ("Κεντρική Μακεδονία",),
    ("GR", "C"): ("Δυτική Μακεδονία",),
    ("GR", "D"): ("Ήπειρος",),
    ("GR", "E"): ("Θεσσαλία",),
    ("GR", "F"): ("Ιόνια Νησιά",),
    ("GR", "G"): ("Δυτική Ελλάδα",),
    ("GR", "H"): ("Στερεά Ελλάδα",),
    ("GR", "I"): ("Αττική",),
    ("GR", "J"): ("Πελοπόννησος",),
    ("GR", "K"): ("Βόρειο Αιγαίο",),
    ("GR", "L"): ("Νότιο Αιγαίο",),
    ("GR", "M"): ("Κρήτη",),
    ("IT", "AO"): ("Valle d'Aosta", "Aosta Valley", "Vallée d'Aoste"),
    ("IT", "BZ"): ("Bozen", "Südtirol", "South Tyrol"),
    ("IT", "FI"): ("Florence",),
    ("IT", "GE"): ("Genoa",),
    ("IT", "MN"): ("Mantua",),
    ("IT", "MI"): ("Milan",),
    ("IT", "MB"): ("Monza e della Brianza", "Monza and Brianza"),
    ("IT", "NA"): ("Naples",),
    ("IT", "PD"): ("Padua",),
    ("IT", "RM"): ("Rome",),
    ("IT", "SR"): ("Syracuse",),
    ("IT", "TO"): ("Turin",),
    ("IT", "TN"): ("Trent",),
    ("IT", "VE"): ("Venice",),
}
"""Common spellings, by country and the key in the data set or the ISO 3166-2 code."""

_TYPE_WORDS = re.compile(
    r"\b(?:province|state|city|county|co|prefecture|oblast|kray|krai|respublika|republic(?: of)?"
    r"|municipality|region|sheng|shi|parish|department|emirate|governorate|district|island)\b",
    re.IGNORECASE,
)
_TYPE_SUFFIX = re.compile("(?<=..)(?:[都府県縣省市州]|自治区|특별자치도|특별자치시|특별시|광역시)$")
"""Endings that name the type of region in some scripts: Tokyo-to, Taipei-shi, Seoul-si."""


def spelling_keys(names: Iterable[str]) -> Iterable[str]:
    """The comparison keys of ``names``, with and without words for the type of region."""
    listed = [*names]
    shortened = [_TYPE_WORDS.sub("", name) for name in listed]
    shortened += [_TYPE_SUFFIX.sub("", name) for name in listed]
    return filter(None, map(comparison_key, [*listed, *shortened]))


COUNTRIES_WITH_PROVINCE_CODES = frozenset({"ES"})
"""Countries whose postal codes always begin with the number of the province."""


def _territory(code: str, name: str, pattern: str | None, *spellings: str) -> Region:
    all_spellings = frozenset(map(comparison_key, (code, name, *spellings)))
    return Region(name, name, all_spellings, pattern, iso_code=code)


TERRITORIES: Mapping[str, tuple[Region, ...]] = {
    "FI": (_territory("01", "Åland", "22", "FI-01", "Ahvenanmaa", "Åland Islands", "AX"),),
    "FR": (
        _territory("971", "Guadeloupe", "971", "FR-971", "GP", "FR-GP"),
        _territory("972", "Martinique", "972", "FR-972", "MQ", "FR-MQ"),
        _territory(
            "973", "French Guiana", "973", "FR-973", "Guyane", "Guyane française", "GF", "FR-GF"
        ),
        _territory(
            "974", "Réunion", "974", "FR-974", "La Réunion", "Reunion Island", "RE", "FR-RE"
        ),
        _territory("976", "Mayotte", "976", "FR-976", "YT", "FR-YT"),
    ),
    "GB": (
        _territory("ENG", "England", None, "GB-ENG"),
        _territory("NIR", "Northern Ireland", "BT", "GB-NIR", "Tuaisceart Éireann", "NI"),
        _territory("SCT", "Scotland", None, "GB-SCT", "Alba"),
        _territory("WLS", "Wales", None, "GB-WLS", "Cymru"),
    ),
    "GR": (
        _territory("69", "Mount Athos", "6308[67]", "GR-69", "Άγιο Όρος", "Agio Oros", "Athos"),
    ),
    "PT": (
        _territory("20", "Azores", "9[5-9]", "PT-20", "Açores", "Região Autónoma dos Açores"),
        _territory("30", "Madeira", "9[0-4]", "PT-30", "Região Autónoma da Madeira"),
    ),
}
"""Territories of countries whose addresses have no region, with their ISO 3166-2 codes."""
