"""R136: the linter knows the special territories and says which of them a table forgets."""

from dataclasses import replace

import pytest

from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.files import demo_rules, from_yaml
from gateway.engine.addresses.destinations import check_destination
from gateway.engine.areas.area import AreaMatch, match_area
from gateway.engine.areas.existence import area_fault
from gateway.engine.areas.notation import parse_area
from gateway.engine.rulebook.special_territories import (
    SPECIAL_TERRITORIES,
    SpecialTerritory,
    TerritoryTax,
    note_forgotten_territories,
)
from gateway.engine.tax.rate_lookup import find_rates
from gateway.engine.tax.table_linting import LintFinding, Severity
from gateway.engine.tax.tax_tables import CustomerKind, TaxQuery, TaxTable
from tests.adapters.rules.test_files import TODAY

COUNTRIES = CountryDataSet()


def table(*rules: str) -> TaxTable:
    text = f"tax: {{default: {{rules: [{', '.join(f'{{{rule}}}' for rule in rules)}]}}}}"
    return from_yaml(text).rulebook.tax_tables.default


def territory_names(*rules: str) -> list[str]:
    """The territories that the notes on a table of ``rules`` are about, in their order."""
    messages = [note.message for note in note_forgotten_territories(table(*rules))]
    return [
        territory.name
        for message in messages
        for territory in SPECIAL_TERRITORIES
        if message.startswith(f"no rule names {territory.name} (")
    ]


@pytest.mark.parametrize("territory", SPECIAL_TERRITORIES, ids=lambda each: each.name)
def test_a_territory_is_a_place_in_its_areas(territory: SpecialTerritory) -> None:
    rules = COUNTRIES.rules_for(territory.place.country)
    assert rules is not None
    destination, errors = check_destination(territory.place, rules)
    assert (errors, destination.doubtful) == ((), False)
    areas = [parse_area(text) for text in territory.areas]
    assert {area_fault(area, COUNTRIES.rules_for) for area in areas} == {None}
    assert AreaMatch.YES in {match_area(area, destination) for area in areas}


@pytest.mark.parametrize("territory", SPECIAL_TERRITORIES, ids=lambda each: each.name)
def test_the_demonstration_taxes_each_territory(territory: SpecialTerritory) -> None:
    tables = demo_rules().rulebook.tax_tables
    rates = {
        place: [
            rate.percent
            for rate in find_rates(
                tables, TaxQuery(destination, CustomerKind.CONSUMER, TODAY), None, None
            ).rates
        ]
        for place, destination in {
            "territory": territory.place,
            "state": replace(territory.place, country=territory.state, postal_code="BR1 1AA"),
        }.items()
    }
    match territory.tax:
        case TerritoryTax.NONE:
            assert rates["territory"] == [0]
        case TerritoryTax.OWN_RATE:
            assert rates["territory"] not in ([0], [], rates["state"])
        case _:
            assert rates["territory"] == rates["state"] == [20]


def test_the_demonstration_forgets_none() -> None:
    assert note_forgotten_territories(demo_rules().rulebook.tax_tables.default) == ()


@pytest.mark.parametrize("territory", SPECIAL_TERRITORIES, ids=lambda each: each.name)
def test_a_table_for_the_state_alone_forgets_it(territory: SpecialTerritory) -> None:
    rules = ["areas: [JP], percent: 10", f"areas: [IE, {territory.state}], percent: 21"]
    assert territory.name in territory_names(*rules)
    own = f"areas: [{', '.join(territory.areas)}], percent: 1"
    assert territory.name not in territory_names(own, *rules)


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        (["areas: [world], percent: 5"], []),
        (["areas: [ES], percent: 0"], []),
        (["areas: [ES], percent: 21, customers: [BUSINESS]"], []),
        (["areas: [ES], percent: 21, categories: [food]"], []),
        (["areas: [ES], percent: 18, valid_to: 2012-09-01"], []),
        (["areas: [ES], percent: 21"], ["the Canary Islands", "Ceuta", "Melilla"]),
        (
            ["areas: [world], percent: 0", "areas: [ES], percent: 21"],
            ["the Canary Islands", "Ceuta", "Melilla"],
        ),
        (["areas: [ES-CN, ES-CE], percent: 0", "areas: [ES], percent: 21"], ["Melilla"]),
        (["areas: [ES 35001], percent: 0", "areas: [ES], percent: 21"], ["Ceuta", "Melilla"]),
        (["areas: [GB], percent: 20"], ["the Channel Islands", "the Isle of Man"]),
        (["areas: [GB, IM], percent: 20"], ["the Channel Islands"]),
        (
            ["areas: [GB, IM], percent: 20", "areas: [DE], percent: 19"],
            ["Heligoland", "Büsingen", "the Channel Islands", "Northern Ireland"],
        ),
        (
            [
                "areas: [MC], percent: 20",
                "areas: [FR 97*, FR 98*], percent: 0",
                "areas: [FR], percent: 20",
            ],
            [],
        ),
    ],
)
def test_which_territories_a_table_forgets(rules: list[str], names: list[str]) -> None:
    assert territory_names(*rules) == names


def test_a_note_says_why_and_what_happens() -> None:
    assert note_forgotten_territories(
        table("areas: [JP], percent: 10", "areas: [GR], percent: 24")
    ) == (
        LintFinding(
            "default",
            2,
            Severity.NOTE,
            "no rule names Mount Athos (GR 63086, GR 63087), where the tax of GR does not hold "
            "since 1981-01-01 (Directive, article 6(1)); for example GR 63086: rule 2 decides, "
            "24 %",
        ),
    )
    (_, man) = note_forgotten_territories(table("areas: [GB], percent: 20"))
    assert man.message == (
        "no rule names the Isle of Man (IM), which is taxed as GB since 1973-01-01 (Directive, "
        "article 7); for example IM IM1 1AA: no rule holds"
    )
