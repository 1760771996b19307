"""Commands for the merchant's rules."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from gateway.adapters.clocks import SystemClock
from gateway.adapters.countries import DataCountries
from gateway.adapters.ids import RandomIds
from gateway.adapters.rule_files import RuleFile, RuleFileRefused, json_schema, read_rule_file
from gateway.cli.starting import FAULTY, File, complain, console, settings
from gateway.engine.linting import Finding, Severity
from gateway.engine.rulebook_linting import lint_rulebook
from gateway.preparation import prepared_database
from gateway.services.rules import RulesImported, RulesRefused, import_rules
from gateway.settings import Settings

STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def rules_import(file: File) -> None:
    """Import a rule file: tax tables, shipping methods, coupons, stored value, rounding.

    The whole file becomes a new version, in force from its `valid_from` (else today); older
    versions are kept. A file with errors (see tax-lint) is refused whole: the command ends with
    1. Stored value whose code is there already keeps its balance.
    """
    found, source = settings(), _read(file)
    match asyncio.run(_import(source, found)):
        case RulesRefused(findings):
            console().print(_table(findings))
            complain(f"{file} was not imported")
            raise typer.Exit(FAULTY)
        case RulesImported(version, valid_from, warnings):
            if warnings:
                console().print(_table(warnings))
            console().print(f"Version {version}, in force from {valid_from}.")


def rules_schema() -> None:
    """Print the JSON Schema of rule files; editors complete and check YAML by it."""
    typer.echo(json_schema())


def tax_lint(file: File) -> None:
    """Look for faults in a rule file without importing it.

    Errors are what can never be right: rules that cannot apply because earlier ones take all,
    malformed postal patterns, validity that ends before it begins. Warnings are what is likely
    to be wrong. Ends with 1 if there are errors, with 0 if there are warnings alone.
    """
    findings = lint_rulebook(_read(file).rulebook, DataCountries().rules)
    if not findings:
        console().print("No faults were found.")
        return
    console().print(_table(findings))
    errors = sum(each.severity is Severity.ERROR for each in findings)
    console().print(f"Errors: {errors}. Warnings: {len(findings) - errors}.")
    if errors:
        raise typer.Exit(FAULTY)


def _read(file: Path) -> RuleFile:
    try:
        return read_rule_file(file)
    except RuleFileRefused as wrong:
        for problem in wrong.problems:
            complain(f"{file}: {problem}")
        raise typer.Exit(FAULTY) from None


async def _import(source: RuleFile, found: Settings) -> RulesImported | RulesRefused:
    async with prepared_database(found) as database:
        return await import_rules(
            source,
            database=database,
            ids=RandomIds(),
            clock=SystemClock(),
            countries=DataCountries(),
        )


def _table(findings: Sequence[Finding]) -> Table:
    table = Table("Table", "Rule", "Severity", "What is wrong")
    for each in findings:
        style = STYLES[each.severity]
        place = "" if each.place is None else str(each.place)
        severity = f"[{style}]{each.severity}[/{style}]"
        table.add_row(escape(each.table), place, severity, escape(each.message))
    return table
