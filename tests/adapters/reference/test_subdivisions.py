"""R104, R136: regions by ISO 3166-2 code and by name in English and the country's languages."""

import pytest

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.files import from_yaml
from gateway.engine.addresses.address import Destination
from gateway.engine.addresses.destinations import check_destination
from gateway.engine.addresses.validation import AddressFindingCode
from gateway.engine.areas.area import AreaMatch, match_area
from gateway.engine.areas.existence import area_doubt, area_fault
from gateway.engine.areas.notation import parse_area

COUNTRIES = CountryDataSet()

NAMES = [
    ("DE-BY", ["Bayern", "Bavaria", "BY", "DE-BY", "bayern"], ["Sachsen", "Saxony", "HE"]),
    ("DE-NW", ["Nordrhein-Westfalen", "North Rhine-Westphalia"], ["Hesse", "Hessen"]),
    ("AT-9", ["Wien", "Vienna", "9"], ["Tirol", "Tyrol"]),
    ("CH-ZH", ["Zürich", "Zurich", "Zurigo", "ZH"], ["Genève", "Geneva", "Genf", "Ginevra"]),
    ("BE-VAN", ["Antwerpen", "Antwerp", "Anvers"], ["Luik", "Liège"]),
    ("BE-VLG", ["Antwerpen", "Vlaams-Brabant"], ["Liège", "Hainaut"]),
    ("NL-NH", ["Noord-Holland", "North Holland"], ["Utrecht"]),
    ("FR-IDF", ["Île-de-France", "Ile de France", "Paris", "Yvelines"], ["Bretagne", "Brittany"]),
    ("FR-974", ["La Réunion", "Reunion", "Reunion Island"], ["Martinique", "Bretagne"]),
    ("SE-AB", ["Stockholms län", "Stockholm"], ["Skåne"]),
    ("FI-18", ["Uusimaa", "Nyland"], ["Lappi", "Lapland", "Åland"]),
    ("PL-14", ["Mazowieckie", "Mazovia"], ["Śląskie", "Silesia"]),
    ("CZ-10", ["Praha", "Prague"], ["Středočeský kraj"]),
    ("GR-M", ["Kríti", "Crete", "Κρήτη"], ["Attica", "Attikí"]),
    ("PT-11", ["Lisboa", "Lisbon"], ["Porto", "Madeira"]),
    ("NZ-AUK", ["Auckland"], ["Otago"]),
    ("ZA-WC", ["Western Cape"], ["Gauteng"]),
    ("GB-SCT", ["Scotland", "Alba", "Highland"], ["Wales", "Cymru", "Kent"]),
    ("GB-ENG", ["England", "Kent"], ["Scotland"]),
    ("IT-25", ["MI", "Milano", "Milan", "Bergamo"], ["RM", "Torino"]),
    ("ES-CN", ["Las Palmas", "Santa Cruz de Tenerife", "Tenerife"], ["Madrid", "Baleares"]),
    ("ES-CT", ["Barcelona", "Lleida"], ["Valencia"]),
    ("CN-BJ", ["Beijing", "北京市", "北京"], ["Shanghai"]),
    ("JP-13", ["東京都", "Tokyo", "東京"], ["大阪府", "Osaka"]),
    ("IN-KA", ["Karnataka", "KA"], ["Kerala", "KL"]),
    ("BR-SP", ["São Paulo", "Sao Paulo", "SP"], ["RJ", "Rio de Janeiro"]),
    ("MX-CMX", ["Ciudad de México", "CDMX", "Mexico City"], ["Jalisco"]),
    ("AU-NSW", ["New South Wales", "NSW"], ["Victoria"]),
    ("AE-DU", ["Dubai", "دبي"], ["Abu Dhabi"]),
]


@pytest.mark.parametrize(("area", "inside", "outside"), NAMES)
def test_a_region_is_known_by_every_name(area: str, inside: list[str], outside: list[str]) -> None:
    rules_text = f"tax: {{default: {{rules: [{{areas: [{area}], percent: 1}}]}}}}"
    (rule,) = from_yaml(rules_text).rulebook.tax_tables.default.rules
    country = area[:2]
    rules = COUNTRIES.rules_for(country)
    assert rules is not None
    matches = {}
    for name in (*inside, *outside):
        destination, errors = check_destination(Destination(country, name), rules)
        assert (errors, destination.doubtful) == ((), False), name
        matches[name] = match_area(rule.areas[0], destination)
    assert matches == {
        name: AreaMatch.YES if name in inside else AreaMatch.NO for name in (*inside, *outside)
    }


@pytest.mark.parametrize("country", ["DE", "GB", "CH", "NL", "NZ", "FR"])
def test_a_region_that_nobody_knows_decides_nothing(country: str) -> None:
    """So its tax is an estimate, where a rule asks for a region."""
    rules = COUNTRIES.rules_for(country)
    assert rules is not None
    destination, _ = check_destination(Destination(country, "Nowhereshire"), rules)
    for subdivision in rules.subdivisions:
        text = f"{country}-{subdivision.iso_code}"
        rules_text = f"tax: {{default: {{rules: [{{areas: [{text}], percent: 1}}]}}}}"
        (rule,) = from_yaml(rules_text).rulebook.tax_tables.default.rules
        assert match_area(rule.areas[0], destination) is AreaMatch.UNKNOWN


def test_every_region_of_the_standard_exists() -> None:
    for option in COUNTRIES.country_options():
        rules = COUNTRIES.rules_for(option.code)
        assert rules is not None
        for subdivision in rules.subdivisions:
            area = parse_area(f"{option.code}-{subdivision.iso_code}")
            assert area_fault(area, COUNTRIES.rules_for) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("GB-XXX", "GB-XXX is no region of United Kingdom; they are written like GB-ENG"),
        ("FR-ZZ", "FR-ZZ is no region of France; they are written like FR-971"),
        ("LU-ZZ", "LU-ZZ is no region of Luxembourg; they are written like LU-CA"),
        ("NZ-XXX", "NZ-XXX is no region of New Zealand; they are written like NZ-AUK"),
    ],
)
def test_a_region_that_does_not_exist(text: str, fault: str) -> None:
    assert area_fault(parse_area(text), COUNTRIES.rules_for) == fault


def test_a_region_larger_than_those_of_addresses_is_no_doubt() -> None:
    for text in ("ES-CN", "IT-25", "CN-BJ", "PT-30", "GB-NIR"):
        assert area_doubt(parse_area(text), COUNTRIES.rules_for) is None


@pytest.mark.parametrize(
    ("country", "typed", "code", "region"),
    [
        ("ES", "Canarias", "35001", "GC"),
        ("ES", "Canary Islands", "38001", "TF"),
        ("ES", "Comunidad de Madrid", None, "M"),
        ("ES", "Cataluña", "08001", "B"),
        ("IT", "Lombardia", "20121", "MI"),
        ("IT", "Valle d'Aosta", "11100", "AO"),
        ("JP", "Tōkyō-to", "100-0001", "Tokyo"),
        ("JP", "Ōsaka-fu", "530-0001", "Osaka"),
    ],
)
def test_a_larger_region_is_the_part_that_the_postal_code_belongs_to(
    country: str, typed: str, code: str | None, region: str
) -> None:
    rules = COUNTRIES.rules_for(country)
    assert rules is not None
    destination, errors = check_destination(Destination(country, typed, code), rules)
    assert errors == ()
    assert (destination.region, destination.doubtful) == (region, False)


@pytest.mark.parametrize(
    ("country", "typed", "code", "refused"),
    [
        ("ES", "Canarias", None, True),
        ("ES", "Canarias", "28001", True),
        ("ES", "Nowhere", "35001", True),
        # Addresses of Ireland need no county.
        ("IE", "Munster", None, False),
    ],
)
def test_a_larger_region_whose_part_is_not_certain_is_refused_or_doubtful(
    country: str, typed: str, code: str | None, *, refused: bool
) -> None:
    rules = COUNTRIES.rules_for(country)
    assert rules is not None
    destination, errors = check_destination(Destination(country, typed, code), rules)
    assert (destination.region, destination.doubtful) == (typed, True)
    assert [error.code for error in errors] == (
        [AddressFindingCode.UNKNOWN_REGION] if refused else []
    )
