"""Putting rules in force."""

from dataclasses import dataclass
from datetime import date

from gateway.engine.linting import Finding, Severity
from gateway.engine.rulebook_linting import lint_rulebook
from gateway.services.ports.clock import Clock
from gateway.services.ports.countries import Countries
from gateway.services.ports.database import Database
from gateway.services.ports.ids import Ids
from gateway.services.ports.rules import RuleSource


@dataclass(frozen=True, slots=True)
class RulesImported:
    """Rules that were kept: their version, their first day, and what the linter warns of."""

    version: int
    valid_from: date
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RulesRefused:
    """Rules that were not kept, for the linter found errors."""

    findings: tuple[Finding, ...]


async def import_rules(
    source: RuleSource, *, database: Database, ids: Ids, clock: Clock, countries: Countries
) -> RulesImported | RulesRefused:
    """Keep ``source`` as the newest rules and issue its stored value, unless it has errors."""
    findings = lint_rulebook(source.rulebook, countries.rules)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return RulesRefused(findings)
    now = clock.now()
    first = source.valid_from or now.date()
    async with database.begin() as work:
        version = await work.rule_sets.add(ids.new("rul"), source, first, now)
        await work.stored_values.issue(source.rulebook.stored, now)
    return RulesImported(version, first, findings)
