"""R104, R136: postal patterns hold whole parts of codes, and areas that do not exist are told."""

import pytest

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.files import InvalidRuleFile, from_yaml
from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import AreaMatch, PostalCodeArea, match_area
from gateway.engine.areas.existence import area_fault, pattern_fault
from gateway.engine.areas.notation import parse_area
from gateway.engine.rulebook.linting import lint_rulebook
from gateway.engine.tax.table_linting import Severity

COUNTRIES = CountryDataSet()


@pytest.mark.parametrize(
    ("country", "pattern", "inside", "outside"),
    [
        ("GB", "SE1 *", ["SE1 1AA", "se19xx"], ["SE10 1AA", "SE11 4AA", "SE1P 4AA"]),
        ("GB", "SE1*", ["SE1 1AA", "SE10 1AA", "SE1P 4AA"], ["SE2 1AA", "SE21 1AA"]),
        ("GB", "SE1", ["SE1 1AA", "SE1P 4AA"], ["SE10 1AA"]),
        ("GB", "SE1 1*", ["SE1 1AA"], ["SE1 2AA", "SE11 1AA"]),
        ("GB", "SW1A 1AA", ["SW1A1AA"], ["SW1A 1AB", "SW1 1AA"]),
        ("GB", "PA67*", ["PA67 6AA"], ["PA6 7LN"]),
        ("GB", "PA6 *", ["PA6 7LN"], ["PA67 6AA", "PA60 7AA"]),
        ("GB", "KW15-KW17", ["KW15 1AA", "KW16 3AA", "KW17 2AA"], ["KW1 5AA", "KW14 7AA"]),
        ("GB", "EC1-EC4", ["EC1A 1BB", "EC4Y 1AA"], ["EC5 1AA", "E1 1AA"]),
        ("GB", "SW*", ["SW1A 1AA", "SW19 1AA"], ["S1 1AA", "W1A 0AX"]),
        ("GB", "S*", ["S1 1AA", "SW1A 1AA"], ["W1A 0AX"]),
        ("GB", "W1*", ["W1A 0AX", "W1 1AA", "W12 8QT"], ["W2 1AA", "WC1A 1AA"]),
        ("GB", "BFPO*", ["BFPO 61"], ["BF1 1AA"]),
        ("JE", "JE2 *", ["JE2 3AB"], ["JE3 1AA"]),
        ("IM", "IM9*", ["IM9 1AA", "IM99 1PS"], ["IM1 1AA"]),
        ("CA", "K1A*", ["K1A 0B1"], ["K1B 1A1"]),
        ("CA", "K1A-K1C", ["K1A 0B1", "K1C 1A1"], ["K2A 1A1"]),
        ("CA", "K1A", ["K1A 0B1"], ["K1B 1A1"]),
        ("IE", "D01-D24", ["D02 AF30", "D24 X000"], ["A65 F4E2"]),
        ("IE", "D02", ["D02 AF30"], ["D04 AF30"]),
        ("NL", "1012", ["1012 AB", "1012ZZ"], ["1013 AB"]),
        ("NL", "1000-1099", ["1012 AB"], ["1100 AA"]),
        ("NL", "1012 A*", ["1012 AB"], ["1012 BA"]),
        ("MT", "VLT*", ["VLT 1117"], ["SPB 6031"]),
        ("BM", "FL*", ["FL 07"], ["HM 12"]),
        ("PT", "9000-9499", ["9000-001", "9400-100"], ["9500-321", "8900-001"]),
        ("PT", "9000-001", ["9000001"], ["9000-002"]),
        ("JP", "100-0001", ["1000001"], ["100-0002"]),
        ("JP", "100-102", ["100-0001", "102-8281"], ["103-0001"]),
        ("PL", "00-05", ["00-950", "05-470"], ["06-100"]),
        ("BR", "01000-05999", ["01310-100"], ["06000-000"]),
        ("KY", "KY1-1100", ["KY1 1100"], ["KY1-1101"]),
        ("DE", "10000-10999", ["10115"], ["11011"]),
        ("SE", "111", ["111 30"], ["112 30"]),
        ("FR", "97*", ["97400", "97 400"], ["75001"]),
    ],
)
def test_patterns_match_on_the_parts(
    country: str, pattern: str, inside: list[str], outside: list[str]
) -> None:
    rules = COUNTRIES.rules_for(country)
    assert rules is not None
    assert pattern_fault(pattern, rules) is None
    matches = {
        code: match_area(PostalCodeArea(country, pattern), Destination(country, None, code))
        for code in (*inside, *outside)
    }
    assert matches == {code: AreaMatch.YES if code in inside else AreaMatch.NO for code in matches}


@pytest.mark.parametrize(
    ("country", "pattern"),
    [
        ("GB", "KW17-KW15"),
        ("GB", "KW15-PA17"),
        ("GB", "SW1A1*"),  # the space ends the outward code
        ("GB", "SW"),
        ("GB", "S*W"),
        ("GB", "UK1 *"),
        ("GB", "10000-10999"),
        ("DE", "10"),
        ("DE", "101150"),
        ("DE", "1011500*"),
        ("DE", "SW*"),
        ("DE", "D*"),
        ("DE", "10999-10000"),
        ("DE", "1000-1099"),
        ("DE", "100-10999"),
        ("NL", "AB*"),
        ("NL", "0999"),
        ("CA", "1K*"),
        ("PT", "9499-9000"),
        ("US", "94043-1234"),
        ("US", "940"),
        ("FR", "97**"),
        ("FR", ""),
        ("FR", "\u00e9*"),
        ("FR", "1" * 41),
    ],
)
def test_a_pattern_that_can_match_nothing_is_refused(country: str, pattern: str) -> None:
    rules = COUNTRIES.rules_for(country)
    assert rules is not None
    assert pattern_fault(pattern, rules) is not None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("UK", "UK is no country of ISO 3166-1; perhaps GB"),
        ("EL", "EL is no country of ISO 3166-1; perhaps GR"),
        ("XK", "XK is no country of ISO 3166-1"),
        ("ZZ-CA", "ZZ is no country of ISO 3166-1"),
        ("US-ZZ", "US-ZZ is no region of United States; they are written like US-AL"),
        ("CA-XX", "CA-XX is no region of Canada; they are written like CA-AB"),
        ("DE-ZZ", "DE-ZZ is no region of Germany; they are written like DE-BB"),
        ("PT-99", "PT-99 is no region of Portugal; they are written like PT-20"),
        ("GB-ZZ", "GB-ZZ is no region of United Kingdom; they are written like GB-ENG"),
        ("JP-48", "JP-48 is no region of Japan; they are written like JP-01"),
        ("DE-BY", None),
        ("GB-KEN", None),
        ("UK SW*", "UK is no country of ISO 3166-1; perhaps GB"),
        ("GB", None),
        ("US-CA", None),
        ("JP-13", None),
        ("ES-GC", None),
        ("PT-30", None),
        ("GB-NIR", None),
        ("US CONTINENTAL_48", None),
        ("world", None),
    ],
)
def test_areas_that_do_not_exist_are_told_with_what_may_be_meant(
    text: str, why: str | None
) -> None:
    assert area_fault(parse_area(text), COUNTRIES.rules_for) == why


def test_the_union_is_named_by_its_member_states() -> None:
    assert (area_fault(parse_area("EU"), COUNTRIES.rules_for) or "").startswith(
        "EU is no country of ISO 3166-1; perhaps AT, BE, BG"
    )


RULES_WITH_AREAS_EVERYWHERE = """
tax:
  default: {rules: [{areas: [UK, FR], percent: 20}, {areas: [US-ZZ], percent: 1}]}
  alternates: {food: {rules: [{areas: [GB UK*], percent: 0}]}}
shipping:
  - {id: a, name: A, flat: {USD: 1}, allowed: [UK, EU], excluded: [ES 351]}
  - {id: b, name: B, by_area: [{areas: [EL], price: {USD: 1}}]}
"""


def test_every_place_of_a_rule_file_is_looked_at() -> None:
    findings = lint_rulebook(from_yaml(RULES_WITH_AREAS_EVERYWHERE).rulebook, COUNTRIES.rules_for)
    named = [
        (each.table, each.position, each.severity.value, each.message.split()[0])
        for each in findings
    ]
    assert named == [
        ("default", 1, "error", "UK"),
        ("default", 2, "error", "US-ZZ"),
        ("food", 1, "error", "no"),
        ("shipping", 1, "error", "UK"),
        ("shipping", 1, "error", "EU"),
        ("shipping", 1, "error", "no"),
        ("shipping", 2, "error", "EL"),
    ]


def test_a_category_that_no_goods_have() -> None:
    book = from_yaml(
        "tax: {default: {rules: [{areas: [GB], percent: 0, categories: [Food]}]}}"
    ).rulebook
    assert [each.message for each in lint_rulebook(book, COUNTRIES.rules_for)] == [
        "no goods are of the category Food; perhaps food"
    ]


def test_a_currency_that_does_not_exist_is_refused_at_reading() -> None:
    with pytest.raises(InvalidRuleFile, match="USX is no currency of ISO 4217"):
        from_yaml("coupons: [{code: A, label: A, percent: 1, currencies: [USX]}]")


def test_a_region_that_addresses_do_not_name_is_a_warning() -> None:
    book = from_yaml("tax: {default: {rules: [{areas: [NL-NH], percent: 1}]}}").rulebook
    (finding,) = lint_rulebook(book, COUNTRIES.rules_for)
    assert finding.severity is Severity.WARNING
    assert finding.message == (
        "NL-NH: addresses of Netherlands name no region, so that its tax stays an estimate; "
        "name postal codes"
    )


@pytest.mark.parametrize("nation", ["ENG", "SCT", "WLS"])
def test_a_nation_is_not_told_by_a_postal_code(nation: str) -> None:
    """Codes of the United Kingdom's post cross its nations' borders."""
    rules = f"tax: {{default: {{rules: [{{areas: [GB-{nation}], percent: 1}}]}}}}"
    (rule,) = from_yaml(rules).rulebook.tax_tables.default.rules
    assert match_area(rule.areas[0], Destination("GB", None, "EH1 1AA")) is AreaMatch.UNKNOWN


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("USA", "US"),
        ("Germany", "DE"),
        ("Holland", "NL"),
        ("uk", "GB"),
        ("us-ca", "US-CA"),
        ("US-California", "US-CA"),
        ("de-Bavaria", "DE-BY"),
        ("gb sw*", "GB SW\\*"),
    ],
)
def test_a_text_that_is_no_area_is_told_with_what_may_be_meant(text: str, meant: str) -> None:
    with pytest.raises(InvalidRuleFile, match=f"is no area such as GB.*; perhaps {meant}"):
        from_yaml(f"shipping: [{{id: a, name: A, flat: {{USD: 1}}, allowed: [{text}]}}]")
