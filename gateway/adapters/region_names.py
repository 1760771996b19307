"""Names of regions that the address data lacks, and parts of countries that tax treats apart."""

from collections.abc import Mapping

from gateway.engine.address_rules import Region
from gateway.engine.cleaning import folded

ALSO_KNOWN_AS: Mapping[tuple[str, str], tuple[str, ...]] = {
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
"""Spellings in daily use, by country and the data set's key."""

# Countries whose postal codes begin with the number of the province, without an exception.
PROVINCE_IN_CODE = frozenset({"ES"})


def _part(code: str, name: str, pattern: str, *spellings: str) -> Region:
    known = frozenset(map(folded, (code, name, *spellings)))
    return Region(name, name, known, pattern, iso_code=code)


TERRITORIES: Mapping[str, tuple[Region, ...]] = {
    "FI": (_part("01", "Åland", "22", "FI-01", "Ahvenanmaa", "Åland Islands", "AX"),),
    "FR": (
        _part("971", "Guadeloupe", "971", "FR-971", "GP", "FR-GP"),
        _part("972", "Martinique", "972", "FR-972", "MQ", "FR-MQ"),
        _part("973", "French Guiana", "973", "FR-973", "Guyane", "Guyane française", "GF", "FR-GF"),
        _part("974", "Réunion", "974", "FR-974", "La Réunion", "RE", "FR-RE"),
        _part("976", "Mayotte", "976", "FR-976", "YT", "FR-YT"),
    ),
    "GB": (
        _part("ENG", "England", "(?!BT|GY|IM|JE)", "GB-ENG"),
        _part("NIR", "Northern Ireland", "BT", "GB-NIR", "Tuaisceart Éireann", "NI"),
        _part("SCT", "Scotland", "(?!BT|GY|IM|JE)", "GB-SCT", "Alba"),
        _part("WLS", "Wales", "(?!BT|GY|IM|JE)", "GB-WLS", "Cymru"),
    ),
    "GR": (_part("69", "Mount Athos", "6308[67]", "GR-69", "Άγιο Όρος", "Agio Oros", "Athos"),),
    "PT": (
        _part("20", "Azores", "9[5-9]", "PT-20", "Açores", "Região Autónoma dos Açores"),
        _part("30", "Madeira", "9[0-4]", "PT-30", "Região Autónoma da Madeira"),
    ),
}
"""By ISO 3166-2 code, where addresses name no region."""
