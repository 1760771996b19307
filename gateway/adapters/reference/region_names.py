"""Names and codes of regions that the address data lacks, such as regions with their own tax."""

from collections.abc import Mapping

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
"""Common spellings, by country and the key in the data set."""

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
        _territory("974", "Réunion", "974", "FR-974", "La Réunion", "RE", "FR-RE"),
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

_SUBDIVISION_CODE_LISTS = {
    "AT": "1 2 3 4 5 6 7 8 9",
    "BE": "BRU VAN VBR VLG VLI VOV VWV WAL WBR WHT WLG WLX WNA",
    "CH": "AG AI AR BE BL BS FR GE GL GR JU LU NE NW OW SG SH SO SZ TG TI UR VD VS ZG ZH",
    "CZ": "10 20 31 32 41 42 51 52 53 63 64 71 72 80",
    "DE": "BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH",
    "DK": "81 82 83 84 85",
    "FI": "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19",
    "GR": "69 A B C D E F G H I J K L M",
    "NL": "AW BQ1 BQ2 BQ3 CW DR FL FR GE GR LI NB NH OV SX UT ZE ZH",
    "NZ": "AUK BOP CAN CIT GIS HKB MBH MWT NSN NTL OTA STL TAS TKI WGN WKO WTC",
    "PL": "02 04 06 08 10 12 14 16 18 20 22 24 26 28 30 32",
    "PT": "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 20 30",
    "SE": "AB AC BD C D E F G H I K M N O S T U W X Y Z",
    "SK": "BC BL KI NI PV TA TC ZI",
    "ZA": "EC FS GP KZN LP MP NC NL NW WC",
}
SUBDIVISION_CODES: Mapping[str, frozenset[str]] = {
    country: frozenset(codes.split()) for country, codes in _SUBDIVISION_CODE_LISTS.items()
}
"""ISO 3166-2 codes (2020) of countries whose addresses have no region, as far as known."""
