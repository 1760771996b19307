"""The linter on rules that only together hide, repeat or follow another."""

from dataclasses import replace
from datetime import date

from gateway.engine.tax.table_linting import LintFinding, Severity, lint_tax_tables
from gateway.engine.tax.tax_tables import CustomerKind, TableMode, TaxTable, TaxTables
from gateway.engine.validity import Validity
from tests.engine.tax.test_table_linting import BUSINESS, CONSUMER, ERROR, WARNING, lint_table, rule

STACK = TableMode.STACK
CHANGE = date(2026, 7, 1)


def customers(*kinds: CustomerKind) -> frozenset[CustomerKind]:
    return frozenset(kinds)


def test_codes_below_a_country_for_some_and_a_region_for_others() -> None:
    country = rule("1", "US", customers=customers(CONSUMER))
    region = rule("2", "US-CA", customers=customers(BUSINESS))
    message = (
        "US 9404* stands below the region of rules 1 and 2: where it lies in that region it never"
        " applies"
    )
    assert lint_table(country, region, rule("3", "US 9404*")) == [(3, WARNING, message)]


def test_codes_of_another_country_or_of_all_are_below_no_region() -> None:
    assert lint_table(rule("1", "US-CA"), rule("2", "GB SW*")) == []
    assert lint_table(rule("1", "ES-CN"), rule("2", "ES *")) == [
        (2, ERROR, "ES * is no postal pattern")
    ]
    assert lint_table(rule("1", "ES-CN"), rule("2", "ES-M")) == []
    assert lint_table(rule("1", "ES-CN"), rule("2", "ES")) == []


def test_three_rules_that_take_it_all() -> None:
    food = frozenset({"food", "drink"})
    assert lint_table(
        rule("1", "GB", customers=customers(CONSUMER), categories=food),
        rule("2", "GB", customers=customers(BUSINESS), categories=frozenset({"drink"})),
        rule("3", "GB", customers=customers(BUSINESS), categories=frozenset({"food"})),
        rule("4", "GB SW*", categories=food),
    ) == [(4, ERROR, "it can never apply: rules 1, 2 and 3 above take it all")]


def test_what_is_for_other_goods_or_customers_hides_nothing() -> None:
    food, drink = frozenset({"food"}), frozenset({"drink"})
    assert lint_table(rule("1", "GB", categories=food), rule("2", "GB")) == []
    assert lint_table(rule("1", "GB", categories=food), rule("2", "GB", categories=drink)) == []
    for_both = rule("1", "GB", categories=food | drink)
    assert lint_table(for_both, rule("2", "GB", categories=drink)) == [
        (2, ERROR, "it can never apply: rule 1 above takes it all")
    ]
    consumers = rule("1", "GB", customers=customers(CONSUMER))
    assert lint_table(consumers, rule("2", "GB")) == []
    assert lint_table(consumers, rule("2", "GB", customers=customers(BUSINESS))) == []


def test_what_holds_later_hides_nothing_before() -> None:
    later = rule("1", "GB", validity=Validity(start=CHANGE))
    earlier = rule("1", "GB", validity=Validity(end=CHANGE))
    assert lint_table(later, rule("2", "GB")) == []
    assert lint_table(earlier, rule("2", "GB")) == []
    assert lint_table(earlier, later, rule("2", "GB")) == [
        (3, ERROR, "it can never apply: rules 1 and 2 above take it all")
    ]
    day_before = replace(earlier, validity=Validity(end=date(2026, 6, 30)))
    assert (3, ERROR, "it can never apply: rules 1 and 2 above take it all") not in lint_table(
        day_before, later, rule("2", "GB")
    )


def test_a_repetition_below_a_rule_that_stops() -> None:
    stopping = rule("1", "FR", name="TVA", mode=TableMode.FIRST_MATCH)
    gst = rule("5", "CA", name="GST")
    assert lint_table(stopping, gst, gst, mode=STACK) == [
        (3, WARNING, "GST of CA is already added by rule 2")
    ]
    other_customers = rule("5", "CA", name="GST", customers=customers(BUSINESS))
    consumers = rule("5", "CA", name="GST", customers=customers(CONSUMER))
    assert lint_table(other_customers, gst, consumers, mode=STACK)[-1:] == [
        (3, WARNING, "GST of CA is already added by rule 2")
    ]
    assert lint_table(other_customers, consumers, mode=STACK) == []


def test_no_repetition_where_a_rule_between_them_stops() -> None:
    """R136: two halves of a tax on food, and below them two halves on everything else."""
    food = frozenset({"food"})
    half, other_half = (
        rule("2.5", "IN", name=name, categories=food, mode=mode)
        for name, mode in (("CGST", STACK), ("SGST", None))
    )
    assert lint_table(half, other_half, rule("9", "IN", name="CGST", mode=STACK)) == []
    assert lint_table(half, rule("9", "IN", name="CGST", mode=STACK)) == [
        (2, WARNING, "CGST of IN is already added by rule 1")
    ]


def test_a_repetition_in_several_areas_names_the_first() -> None:
    gst = rule("5", "US-NY", "CA", "GB", name="GST")
    assert lint_table(gst, rule("5", "GB", "US-NY", name="GST"), mode=STACK) == [
        (2, WARNING, "GST of GB is already added by rule 1")
    ]
    assert lint_table(gst, rule("5", "GB", "US-NY", name="VAT"), mode=STACK) == []
    assert lint_table(gst, rule("5", "FR", name="GST"), mode=STACK) == []


def test_rules_that_follow_one_another_without_a_gap() -> None:
    before = rule("19", "DE", validity=Validity(end=CHANGE))
    after = rule("16", "DE", validity=Validity(start=CHANGE))
    for order in ((before, after), (after, before)):
        assert lint_table(*order) == []
    later = replace(after, validity=Validity(start=date(2026, 7, 2)))
    message = "nothing holds from 2026-07-01 to 2026-07-02"
    for order in ((before, later), (later, before)):
        assert lint_table(*order) == [(2, WARNING, message)]
    # Of several the last end and the first beginning count.
    earliest = replace(before, validity=Validity(end=date(2026, 1, 1)))
    assert [finding for finding in lint_table(before, earliest, later) if finding[0] == 3] == [
        (3, WARNING, message)
    ]
    # Another tax, or the same of other goods, follows nothing.
    assert lint_table(before, replace(later, name="other")) == []
    assert lint_table(before, replace(later, categories=frozenset({"food"}))) == []


def test_names_of_tables() -> None:
    def names(**alternates: TaxTable) -> list[LintFinding]:
        return list(lint_tax_tables(TaxTables(TaxTable("default"), alternates)))

    message = "no item can select a table of this name"
    assert names(food=TaxTable("food"), water=TaxTable(" Water ")) == []
    assert names(food=TaxTable("bread")) == [LintFinding("bread", None, Severity.ERROR, message)]
    assert names(default=TaxTable("Default")) == [
        LintFinding("Default", None, Severity.ERROR, message)
    ]
    # What is wrong with names stands before what is wrong with rules.
    wrong = TaxTable("bread", (rule("-1", "GB"),))
    assert [finding.position for finding in names(food=wrong)] == [None, 1]
