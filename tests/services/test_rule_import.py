"""Importing rules: all of a file, or nothing of it."""

from datetime import date

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.files import RuleFile, demo_rules, from_yaml
from gateway.engine.pricing.discount_codes import StoredValue
from gateway.services.rule_import import RulesImported, RulesRefused, import_rules

TODAY = date(2026, 11, 2)
RULES_WITH_WARNING = """
tax: {default: {rules: [{areas: [US-CA], percent: 7.25}, {areas: [US 9404*], percent: 9.25}]}}
stored_value: [{code: GIVEN, currency: USD, balance: 5}]
"""
RULES_WITH_ERROR = """
tax: {default: {rules: [{areas: [CA], percent: 5}, {areas: [CA L4L*], percent: 7}]}}
stored_value: [{code: GIVEN, currency: USD, balance: 5}]
"""


async def import_file(
    database: SqliteDatabase, clock: ManualClock, file: RuleFile
) -> RulesImported | RulesRefused:
    return await import_rules(
        file, database=database, ids=RandomIds(), clock=clock, countries=CountryDataSet()
    )


async def test_rules_are_in_force_from_their_day(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    answer = await import_file(database, clock, from_yaml(RULES_WITH_WARNING))
    assert isinstance(answer, RulesImported)
    assert (answer.version, answer.valid_from, len(answer.warnings)) == (1, TODAY, 1)
    async with database.read() as reading:
        rule_set = await reading.rule_sets.find_current(TODAY)
        assert rule_set is not None
        assert len(rule_set.rulebook.tax_tables.default.rules) == 2
        assert await reading.rule_sets.find_current(date(2026, 11, 1)) is None
        assert await reading.stored_values.find_many(["GIVEN"]) == (
            StoredValue("GIVEN", "USD", 500),
        )


async def test_nothing_is_kept_of_rules_with_errors(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    answer = await import_file(database, clock, from_yaml(RULES_WITH_ERROR))
    assert isinstance(answer, RulesRefused)
    assert [each.position for each in answer.findings] == [2]
    async with database.read() as reading:
        assert await reading.rule_sets.find_current(TODAY) is None
        assert await reading.stored_values.find_many(["GIVEN"]) == ()


async def test_importing_again_keeps_what_is_left_of_stored_value(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    await import_file(database, clock, demo_rules())
    async with database.begin() as work:
        assert await work.stored_values.debit("STORED25", 2000)
    again = await import_file(database, clock, demo_rules())
    assert again == RulesImported(2, date(2000, 1, 1), ())
    async with database.read() as reading:
        (left,) = await reading.stored_values.find_many(["stored25"])
    assert left == StoredValue("STORED25", "USD", 500)
