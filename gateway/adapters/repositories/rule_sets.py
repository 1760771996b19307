"""The repository of rule sets."""

from collections import OrderedDict
from datetime import date, datetime

from sqlalchemy import bindparam, func, select

from gateway.adapters.rules.files import from_json
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import to_microseconds
from gateway.adapters.tables.rules import RuleSetRow
from gateway.services.ports.rule_sets import RuleSet, RuleSource

rule_sets = table(RuleSetRow)

FIND_CURRENT_ID: Statement[tuple[str]] = Statement(
    select(rule_sets.c.id)
    .where(rule_sets.c.valid_from <= bindparam("on"))
    .order_by(rule_sets.c.valid_from.desc(), rule_sets.c.version.desc())
    .limit(1)
)
FIND: Statement[tuple[int, str, str, str]] = Statement(
    select(rule_sets.c.version, rule_sets.c.title, rule_sets.c.valid_from, rule_sets.c.body).where(
        rule_sets.c.id == bindparam("id")
    )
)
FIND_LAST_VERSION: Statement[tuple[int | None]] = Statement(select(func.max(rule_sets.c.version)))
ADD = Statement(insert(rule_sets))

MAX_CACHED_RULE_SETS = 16


class RuleSetCache:
    """A cache of rule sets by id. They never change, and parsing one takes long."""

    def __init__(self) -> None:
        self._rule_sets: OrderedDict[str, RuleSet] = OrderedDict()

    def find(self, id: str) -> RuleSet | None:
        """The one with this id, if it was read lately."""
        return self._rule_sets.get(id)

    def add(self, rule_set: RuleSet) -> RuleSet:
        """``rule_set``, remembered in place of the oldest."""
        self._rule_sets[rule_set.id] = rule_set
        if len(self._rule_sets) > MAX_CACHED_RULE_SETS:
            self._rule_sets.popitem(last=False)
        return rule_set


rule_set_cache = RuleSetCache()


class RuleSetsRepository:
    """All imported rulebooks."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find_current(self, day: date) -> RuleSet | None:
        """The rules of that day: those with the latest first day, and of these the newest."""
        row = await self._session.fetch_one(FIND_CURRENT_ID, on=day.isoformat())
        return (
            None
            if row is None
            else rule_set_cache.find(row[0]) or await self._load_rule_set(row[0])
        )

    async def add(self, id: str, source: RuleSource, valid_from: date, now: datetime) -> int:
        """Add a rulebook; returns its version."""
        row = await self._session.fetch_one(FIND_LAST_VERSION)
        version = 1 + ((row and row[0]) or 0)
        await self._session.execute(
            ADD,
            id=id,
            version=version,
            title=source.title,
            valid_from=valid_from.isoformat(),
            body=source.text,
            imported_at=to_microseconds(now),
        )
        return version

    async def _load_rule_set(self, id: str) -> RuleSet | None:
        row = await self._session.fetch_one(FIND, id=id)
        if row is None:
            return None
        version, title, valid_from, body = row
        rulebook = from_json(body).rulebook
        return rule_set_cache.add(
            RuleSet(id, version, title, date.fromisoformat(valid_from), rulebook, body)
        )
