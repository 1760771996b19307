"""Commands for the merchant's rules."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from gateway.adapters.clocks import SystemClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.files import InvalidRuleFile, RuleFile, read_rule_file, rule_file_schema
from gateway.bootstrap import Gateway
from gateway.cli.credentials import with_gateway
from gateway.cli.startup import EXIT_FAULTY, TextFile, console, load_settings, print_error
from gateway.engine.rulebook.examples import explain_finding
from gateway.engine.rulebook.linting import lint_rulebook
from gateway.engine.rulebook.rulebook import Rulebook
from gateway.engine.rulebook.special_territories import note_forgotten_territories
from gateway.engine.tax.table_linting import LintFinding, Severity
from gateway.preparation import open_prepared_database
from gateway.services.rule_import import RulesImported, RulesRefused, import_rules
from gateway.services.rule_trial import MAX_TRIAL_CARTS, CartTrial, list_changes, try_rules
from gateway.settings import Settings

STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def rules_import(
    file: TextFile,
    dry_run: Annotated[  # noqa: FBT002 - an option of the command line
        bool,
        typer.Option(
            "--dry-run",
            help="Import nothing; show what changes in the carts without a purchaser that were "
            "changed last.",
        ),
    ] = False,
    carts: Annotated[
        int,
        typer.Option(
            min=1, max=MAX_TRIAL_CARTS, help="With --dry-run: how many carts of a kind to look at."
        ),
    ] = 100,
) -> None:
    """Import a rule file: tax tables, shipping methods, coupons, stored value, rounding.

    The whole file becomes a new version, in force from its `valid_from` (else today); older
    versions are kept. A file with errors (see tax-lint) is refused whole: the command ends with
    1. Stored value whose code is there already keeps its balance.
    """
    settings, source = load_settings(), read_rules(file)
    if dry_run:
        _try_file(source, carts, settings)
        return
    match asyncio.run(_import_file(source, settings)):
        case RulesRefused(findings):
            console().print(_finding_table(findings, source.rulebook))
            print_error(f"{file} was not imported")
            raise typer.Exit(EXIT_FAULTY)
        case RulesImported(version, valid_from, warnings):
            if warnings:
                console().print(_finding_table(warnings, source.rulebook))
            console().print(f"Version {version}, in force from {valid_from}.")


def rules_schema() -> None:
    """Print the JSON Schema of rule files; editors complete and check YAML by it."""
    typer.echo(rule_file_schema())


def tax_lint(file: TextFile) -> None:
    """Look for faults in a rule file without importing it.

    Errors are what can never be right: rules that cannot apply because earlier ones take all,
    malformed postal patterns, validity that ends before it begins. Warnings are what is likely
    to be wrong. Notes are territories with a tax of their own that no rule names. Each comes with
    an example: what the rules decide at a place today. Ends with 1 if there are errors, with 0
    if there are none.
    """
    rulebook = read_rules(file).rulebook
    findings = lint_rulebook(rulebook, CountryDataSet().rules_for)
    notes = note_forgotten_territories(rulebook.tax_tables.default)
    if findings:
        console().print(_finding_table(findings, rulebook))
    else:
        console().print("No faults were found.")
    if notes:
        console().print(_finding_table(notes))
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if findings or notes:
        note_count = f" Notes: {len(notes)}." if notes else ""
        console().print(f"Errors: {errors}. Warnings: {len(findings) - errors}.{note_count}")
    if errors:
        raise typer.Exit(EXIT_FAULTY)


def read_rules(file: Path) -> RuleFile:
    """The rule file at this path; ends the command with its errors if it is none."""
    try:
        return read_rule_file(file)
    except InvalidRuleFile as error:
        for problem in error.errors:
            print_error(f"{file}: {problem}")
        raise typer.Exit(EXIT_FAULTY) from None


def _try_file(source: RuleFile, carts: int, settings: Settings) -> None:
    """Print the file's faults and the carts that it would change; ends with 1 if it has errors."""
    findings = lint_rulebook(source.rulebook, CountryDataSet().rules_for)
    if findings:
        console().print(_finding_table(findings, source.rulebook))

    async def price_carts(gateway: Gateway) -> tuple[CartTrial, ...]:
        return await try_rules(source, carts, dependencies=gateway.dependencies)

    trials = asyncio.run(with_gateway(settings, price_carts))
    for line in list_changes(trials):
        typer.echo(line)
    changed_count = sum(trial.is_changed for trial in trials)
    typer.echo(f"Carts looked at: {len(trials)}. Changed: {changed_count}. Nothing was imported.")
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(EXIT_FAULTY)


async def _import_file(source: RuleFile, settings: Settings) -> RulesImported | RulesRefused:
    async with open_prepared_database(settings) as database:
        return await import_rules(
            source,
            database=database,
            ids=RandomIds(),
            clock=SystemClock(),
            countries=CountryDataSet(),
        )


def _finding_table(findings: Sequence[LintFinding], rulebook: Rulebook | None = None) -> Table:
    """The findings, with an example of each if the ``rulebook`` is given."""
    today = SystemClock().now().date()
    countries = CountryDataSet()
    table = Table("Table", "Rule", "Severity", "What is wrong")
    for finding in findings:
        style = STYLES[finding.severity]
        rule_number = "" if finding.position is None else str(finding.position)
        severity = f"[{style}]{finding.severity}[/{style}]"
        message = finding.message
        if rulebook is not None:
            example = explain_finding(finding, rulebook.tax_tables, today, countries.rules_for)
            message += f"\nFor example {example}." if example else ""
        table.add_row(escape(finding.table), rule_number, severity, escape(message))
    return table
