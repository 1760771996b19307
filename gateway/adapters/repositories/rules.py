"""Rule sets in tables."""

from collections import OrderedDict
from datetime import date, datetime

from sqlalchemy import bindparam, func, select

from gateway.adapters.instants import microseconds
from gateway.adapters.rule_files import from_json
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.rules import RuleSetRow
from gateway.services.ports.rules import RuleSet, RuleSource

rule_sets = table(RuleSetRow)

IN_FORCE: Statement[tuple[str]] = Statement(
    select(rule_sets.c.id)
    .where(rule_sets.c.valid_from <= bindparam("on"))
    .order_by(rule_sets.c.valid_from.desc(), rule_sets.c.version.desc())
    .limit(1)
)
WHOLE: Statement[tuple[int, str, str, str]] = Statement(
    select(rule_sets.c.version, rule_sets.c.title, rule_sets.c.valid_from, rule_sets.c.body).where(
        rule_sets.c.id == bindparam("id")
    )
)
LAST: Statement[tuple[int | None]] = Statement(select(func.max(rule_sets.c.version)))
ADD = Statement(insert(rule_sets))

MOST_KEPT = 16


class Known:
    """Rule sets that were read lately, by id: they never change, and reading one takes long."""

    def __init__(self) -> None:
        self._sets: OrderedDict[str, RuleSet] = OrderedDict()

    def find(self, id: str) -> RuleSet | None:
        """The one with this id, if it was read lately."""
        return self._sets.get(id)

    def keep(self, rule_set: RuleSet) -> RuleSet:
        """``rule_set``, remembered in place of the oldest."""
        self._sets[rule_set.id] = rule_set
        if len(self._sets) > MOST_KEPT:
            self._sets.popitem(last=False)
        return rule_set


known = Known()


class RuleSetsRepository:
    """Every rulebook that was ever imported."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def in_force(self, on: date) -> RuleSet | None:
        """The rules of that day: of those begun by then the latest, and of these the newest."""
        found = await self._session.one(IN_FORCE, on=on.isoformat())
        return None if found is None else known.find(found[0]) or await self._read(found[0])

    async def add(self, id: str, source: RuleSource, valid_from: date, now: datetime) -> int:
        """Keep a rulebook; its version."""
        last = await self._session.one(LAST)
        version = 1 + ((last and last[0]) or 0)
        await self._session.run(
            ADD,
            id=id,
            version=version,
            title=source.title,
            valid_from=valid_from.isoformat(),
            body=source.text,
            imported_at=microseconds(now),
        )
        return version

    async def _read(self, id: str) -> RuleSet | None:
        row = await self._session.one(WHOLE, id=id)
        if row is None:
            return None
        version, title, valid_from, body = row
        rulebook = from_json(body).rulebook
        return known.keep(RuleSet(id, version, title, date.fromisoformat(valid_from), rulebook))
