"""Commands that show rules in force and compare a file with them."""

import asyncio
from collections.abc import Sequence
from datetime import date
from difflib import unified_diff
from typing import Annotated

import typer

from gateway.adapters.clocks import SystemClock
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.rules.rendering import render_rules
from gateway.cli.instants import parse_instant
from gateway.cli.rules import read_rules
from gateway.cli.startup import EXIT_FAULTY, TextFile, console, load_settings, print_error
from gateway.engine.rulebook.comparison import compare_rates
from gateway.preparation import open_prepared_database
from gateway.services.ports.rule_sets import RuleSet
from gateway.settings import Settings

MAX_SHOWN_CHANGES = 100
CONTEXT_LINES = 1

rule_versions = typer.Typer(name="rules", no_args_is_help=True, rich_markup_mode="markdown")
Day = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="DATE",
        show_default=False,
        help="The rules in force on that day (UTC); absent: today.",
    ),
]


@rule_versions.callback()
def rule_versions_group() -> None:
    """The rules in force: tax tables, shipping methods, codes, rounding."""


@rule_versions.command("show")
def show(at: Day = None) -> None:
    """Print the rules in force on a day, as a rule file.

    Rules, methods and codes that are not in force on that day are comments. Ends with 1 if no
    rules are in force.
    """
    day = _read_day(at)
    rule_set = _require_rules(day)
    typer.echo(f"# Version {rule_set.version}, in force from {rule_set.valid_from}.")
    typer.echo(render_rules(rule_set.text, day), nl=False)


@rule_versions.command("diff")
def diff(file: TextFile, at: Day = None) -> None:
    """Compare a rule file with the rules in force on a day.

    First the entries that are only in one of them (- in force, + in the file), then what changes
    at a place of each area. Nothing is imported. `rules-import --dry-run` shows what changes in
    carts. Ends with 1 if no rules are in force.
    """
    day = _read_day(at)
    source = read_rules(file)
    rule_set = _require_rules(day)
    lines = _compare_texts(render_rules(rule_set.text), render_rules(source.text))
    if not lines:
        console().print(f"The file is version {rule_set.version}: nothing changes.")
        return
    for line in lines:
        typer.echo(line)
    changes = compare_rates(rule_set.rulebook, source.rulebook, day, CountryDataSet().rules_for)
    typer.echo("")
    typer.echo(f"Rates that change: {len(changes)}.")
    for change in changes[:MAX_SHOWN_CHANGES]:
        typer.echo(change.message)
    if len(changes) > MAX_SHOWN_CHANGES:
        typer.echo(f"... and {len(changes) - MAX_SHOWN_CHANGES} more.")


def _read_day(at: str | None) -> date:
    instant = parse_instant("--at", at) or SystemClock().now()
    return instant.date()


def _require_rules(day: date) -> RuleSet:
    """The rules in force on ``day``; ends the command if there are none."""
    rule_set = asyncio.run(_find_rules(day, load_settings()))
    if rule_set is None:
        print_error(f"no rules are in force on {day}")
        raise typer.Exit(EXIT_FAULTY)
    return rule_set


async def _find_rules(day: date, settings: Settings) -> RuleSet | None:
    async with open_prepared_database(settings) as database, database.read() as reading:
        return await reading.rule_sets.find_current(day)


def _compare_texts(before: str, after: str) -> Sequence[str]:
    """The lines of a unified diff without its heading."""
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=CONTEXT_LINES)
    return [line for line in lines if not line.startswith(("---", "+++"))]
