"""The import of rules."""

from dataclasses import dataclass
from datetime import date

from gateway.engine.rulebook.linting import lint_rulebook
from gateway.engine.tax.table_linting import LintFinding, Severity
from gateway.services.ports.clock import Clock
from gateway.services.ports.countries import Countries
from gateway.services.ports.database import Database
from gateway.services.ports.ids import IdGenerator
from gateway.services.ports.rule_sets import RuleSource


@dataclass(frozen=True, slots=True)
class RulesImported:
    """Imported rules: their version, their first day, and the linter's warnings."""

    version: int
    valid_from: date
    warnings: tuple[LintFinding, ...]


@dataclass(frozen=True, slots=True)
class RulesRefused:
    """Rules that were not imported because the linter found errors."""

    findings: tuple[LintFinding, ...]


async def import_rules(
    source: RuleSource, *, database: Database, ids: IdGenerator, clock: Clock, countries: Countries
) -> RulesImported | RulesRefused:
    """Save ``source`` as the newest rules and issue its stored value, unless it has errors."""
    findings = lint_rulebook(source.rulebook, countries.rules_for)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return RulesRefused(findings)
    now = clock.now()
    valid_from = source.valid_from or now.date()
    async with database.begin() as work:
        version = await work.rule_sets.add(ids.new("rul"), source, valid_from, now)
        await work.stored_values.issue(source.rulebook.stored_values, now)
    return RulesImported(version, valid_from, findings)
