"""The linter: what it reports of rules that look right and are not."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.addresses.address import Destination
from gateway.engine.areas.area import Area, AreaMatch, match_area
from gateway.engine.areas.coverage import covers, partly_overlaps
from gateway.engine.areas.notation import MalformedArea, parse_area
from gateway.engine.tax.table_linting import LintFinding, Severity, lint_tax_tables
from gateway.engine.tax.tax_tables import (
    CustomerKind,
    TableMode,
    TaxRule,
    TaxTable,
    TaxTables,
    format_area,
)
from gateway.engine.validity import Validity

ERROR, WARNING = Severity.ERROR, Severity.WARNING
CONSUMER, BUSINESS = CustomerKind.CONSUMER, CustomerKind.BUSINESS
BOTH = frozenset({CONSUMER, BUSINESS})


def rule(percent: str, *areas: str, **details: object) -> TaxRule:
    bare_rule = TaxRule(tuple(map(parse_area, areas)), Decimal(percent))
    return type(bare_rule)(areas=bare_rule.areas, percent=bare_rule.percent, **details)  # type: ignore[arg-type]


def lint_table(
    *rules: TaxRule, mode: TableMode = TableMode.FIRST_MATCH
) -> list[tuple[int | None, Severity, str]]:
    table = TaxTable("default", rules, mode=mode)
    return [
        (each.position, each.severity, each.message) for each in lint_tax_tables(TaxTables(table))
    ]


def test_googles_own_sample_is_reported() -> None:
    """ "tax-rules-example-international1": Canada stands above the codes of Ontario in it."""
    assert lint_table(
        rule("8.25", "US CONTINENTAL_48"),
        rule("5", "CA"),
        rule("7", "CA L4L*"),
        rule("17.5", "GB SW*"),
    ) == [(3, ERROR, "it can never apply: rule 2 above takes it all")]


def test_the_golden_rules_are_clean() -> None:
    assert lint_table(rule("9.25", "US 9404*"), rule("7.25", "US-CA"), rule("20", "GB")) == []


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("world", "GB"),
        ("world", "world"),
        ("GB", "GB SW*"),
        ("US", "US-CA"),
        ("US", "PR"),
        ("US ALL", "US FULL_50_STATES"),
        ("US ALL", "US 00901"),
        ("US FULL_50_STATES", "US CONTINENTAL_48"),
        ("US CONTINENTAL_48", "US-CA"),
        ("US-PR", "PR"),
        ("US 9*", "US 9404*"),
        ("US 94040-94049", "US 9404*"),
        ("US 9404*", "US 94043"),
        ("GB SW*", "GB SW1*"),
        ("DE 10000-19999", "DE 10115"),
    ],
)
def test_a_rule_below_one_that_covers_it_never_applies(above: str, below: str) -> None:
    never = "it can never apply: rule 1 above takes it all"
    assert lint_table(rule("1", above), rule("2", below)) == [(2, ERROR, never)]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("GB SW*", "GB"),
        ("US CONTINENTAL_48", "US-AK"),
        ("US CONTINENTAL_48", "US-DC"),
        ("US FULL_50_STATES", "US ALL"),
        ("US FULL_50_STATES", "US"),
        ("GB SW1*", "GB SW*"),
        ("DE 10115", "DE 1011*"),
        ("DE 10000-19999", "DE 1*"),
        ("CA", "US-CA"),
    ],
)
def test_a_wider_or_other_area_below_still_applies(above: str, below: str) -> None:
    assert lint_table(rule("1", above), rule("2", below)) == []


def test_several_rules_together_hide_one() -> None:
    assert lint_table(
        rule("1", "GB", customers=frozenset({CONSUMER})),
        rule("2", "GB", customers=frozenset({BUSINESS})),
        rule("3", "GB SW*"),
    ) == [(3, ERROR, "it can never apply: rules 1 and 2 above take it all")]
    dated = (
        rule("1", "GB", validity=Validity(end=date(2026, 1, 1))),
        rule("2", "GB", validity=Validity(date(2026, 1, 1))),
    )
    assert lint_table(*dated, rule("3", "GB"))[-1][1] is ERROR
    assert lint_table(*dated) == []


def test_what_an_earlier_rule_leaves_is_not_reported() -> None:
    food = frozenset({"food"})
    assert lint_table(rule("0", "GB", categories=food), rule("20", "GB")) == []
    assert lint_table(rule("0", "GB", customers=frozenset({BUSINESS})), rule("20", "GB")) == []
    assert (
        lint_table(rule("19", "DE", validity=Validity(end=date(2020, 7, 1))), rule("16", "DE"))
        == []
    )


def test_an_area_among_others_that_is_never_reached() -> None:
    assert lint_table(rule("1", "US-CA"), rule("2", "US-CA", "US-NY")) == [
        (2, WARNING, "US-CA is never reached: rule 1 above takes it")
    ]


def test_all_states_by_name_hide_their_set() -> None:
    from gateway.engine.areas.area import CONTINENTAL_STATES

    states = rule("1", *(f"US-{state}" for state in sorted(CONTINENTAL_STATES)))
    assert lint_table(states, rule("2", "US CONTINENTAL_48"))[0][1] is ERROR


def test_codes_below_a_region_of_their_country() -> None:
    assert lint_table(rule("7.25", "US-CA"), rule("9.25", "US 9404*")) == [
        (
            2,
            WARNING,
            (
                "US 9404* stands below the region of rule 1: where it lies in that region it never"
                " applies"
            ),
        )
    ]


def test_ranges_that_cross() -> None:
    assert lint_table(rule("1", "DE 10000-19999"), rule("2", "DE 15000-24999")) == [
        (2, WARNING, "DE 15000-24999 overlaps rule 1 above, which decides for both")
    ]
    assert lint_table(rule("1", "DE 10000-19999"), rule("1", "DE 15000-24999")) == []
    assert lint_table(rule("1", "DE 10000-19999"), rule("2", "DE 20000-24999")) == []


def test_stacked_rules_hide_nothing_but_may_repeat() -> None:
    stack = TableMode.STACK
    assert lint_table(rule("5", "CA", name="GST"), rule("7", "CA-BC", name="PST"), mode=stack) == []
    assert lint_table(rule("5", "CA", name="GST"), rule("5", "CA", name="GST"), mode=stack) == [
        (2, WARNING, "GST of CA is already added by rule 1")
    ]
    assert lint_table(rule("5", "world"), rule("5", "world"), mode=stack) == [
        (2, WARNING, "a second rule for the world: it adds to rule 1")
    ]


def test_a_rules_own_mode_outranks_its_tables() -> None:
    gst = rule("5", "CA", mode=TableMode.STACK)
    assert lint_table(gst, rule("9.975", "CA-QC")) == []


@pytest.mark.parametrize("pattern", ["US 94O4*", "US 94*43", "GB S*W", "DE 2-1", "US 94043-1234"])
def test_bad_patterns(pattern: str) -> None:
    assert lint_table(rule("1", pattern)) == [(1, ERROR, f"{pattern} is no postal pattern")]


def test_rates_validity_and_customers() -> None:
    assert lint_table(rule("-1", "GB")) == [(1, ERROR, "a rate of -1 % is below zero")]
    assert lint_table(rule("100", "GB")) == []
    assert lint_table(rule("725", "GB")) == [(1, WARNING, "a rate of 725 % is above 100 %")]
    assert lint_table(rule("1")) == [(1, ERROR, "it names no area")]
    backwards = rule("1", "GB", validity=Validity(date(2026, 2, 1), date(2026, 1, 1)))
    assert lint_table(backwards) == [(1, ERROR, "it ends on 2026-01-01, before it begins")]
    no_day = rule("1", "GB", validity=Validity(date(2026, 1, 1), date(2026, 1, 1)))
    assert lint_table(no_day) == lint_table(backwards)
    one_day = rule("1", "GB", validity=Validity(date(2026, 1, 1), date(2026, 1, 2)))
    assert lint_table(one_day) == []
    exempt = rule("1", "GB", customers=frozenset({CustomerKind.EXEMPT}))
    assert lint_table(exempt) == [
        (1, ERROR, "it is for exempt customers only, who are never taxed")
    ]


def test_a_gap_between_rules_that_follow_one_another() -> None:
    old = rule("19", "DE", validity=Validity(end=date(2020, 7, 1)))
    new = rule("19", "DE", validity=Validity(date(2021, 1, 1)))
    message = "nothing holds from 2020-07-01 to 2021-01-01"
    assert lint_table(old, new) == [(2, WARNING, message)]
    assert lint_table(new, old) == [(2, WARNING, message)]
    assert lint_table(old, rule("16", "DE", validity=Validity(date(2020, 7, 1)))) == []


def test_a_table_that_nothing_can_select() -> None:
    tables = TaxTables(TaxTable("default"), {"Food": TaxTable("Food")})
    message = "no item can select a table of this name"
    assert lint_tax_tables(tables) == (LintFinding("Food", None, ERROR, message),)


AREAS = st.one_of(
    st.sampled_from(
        [
            "world",
            "US",
            "GB",
            "PR",
            "US-CA",
            "US-PR",
            "US-DC",
            "US-AK",
            "CA-QC",
            "US CONTINENTAL_48",
            "US FULL_50_STATES",
            "US ALL",
            "DE *",
        ]
    ),
    st.from_regex(r"US [0-9]{0,4}\*", fullmatch=True),
    st.from_regex(r"US 9404[0-9]", fullmatch=True),
    st.from_regex(r"US 940[0-4][0-9]-940[5-9][0-9]", fullmatch=True),
    st.from_regex(r"GB S[A-C]?[0-9]?\*", fullmatch=True),
).map(parse_area)
POSTAL_CODES = st.one_of(
    st.none(), st.from_regex(r"940[0-9]{2}", fullmatch=True), st.from_regex(r"S[A-C][0-9] 1AA")
)
DESTINATIONS = st.builds(
    Destination,
    st.sampled_from(["US", "GB", "PR", "CA", "DE"]),
    st.sampled_from([None, "CA", "AK", "DC", "QC", "NY"]),
    POSTAL_CODES,
)


@given(AREAS, AREAS, DESTINATIONS)
def test_what_is_said_to_be_covered_is_held(
    outer: Area, inner: Area, destination: Destination
) -> None:
    if covers(outer, inner) and match_area(inner, destination) is AreaMatch.YES:
        assert match_area(outer, destination) is not AreaMatch.NO


@given(AREAS, AREAS)
def test_areas_that_cross_do_not_cover(first: Area, second: Area) -> None:
    assert covers(first, first)
    assert partly_overlaps(first, second) == partly_overlaps(second, first)
    assert not (partly_overlaps(first, second) and covers(first, second))


@given(AREAS)
def test_an_area_is_read_as_it_is_written(original: Area) -> None:
    assert parse_area(format_area(original)) == original


@pytest.mark.parametrize("text", ["", "usa", "USA", "US-", "US-CALI", "US ", "*", "World"])
def test_a_text_that_names_no_area(text: str) -> None:
    with pytest.raises(MalformedArea):
        parse_area(text)
