"""What SQLite says it will do, and what of that grows with a table."""

import re
import sqlite3
from collections.abc import Iterator

STEP = re.compile(r"(SCAN|SEARCH) (\S+)(?: USING (.*?))?(?: \((.*)\))?(?: LEFT-JOIN)?")
INDEX = re.compile(r"USING (?:COVERING )?INDEX (\w+)")


class SqlitePlan:
    """The plan of one statement.

    Without ``ANALYZE``, which the gateway never runs, it is the same whatever the tables hold.
    """

    def __init__(self, connection: sqlite3.Connection, sql: str) -> None:
        # The parameters' values do not matter; how many there are does.
        nothing = [None] * sql.count("?")
        rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", nothing).fetchall()
        self.steps = tuple(str(row[3]) for row in rows)
        self._limited = " LIMIT " in " ".join(sql.split())
        self._materialized = {
            step.split()[1] for step in self.steps if step.startswith(("CO-ROUTINE", "MATERIALIZE"))
        }

    @property
    def indexes(self) -> frozenset[str]:
        """The names of the indexes it uses."""
        return frozenset(name for step in self.steps for name in INDEX.findall(step))

    @property
    def sorts(self) -> bool:
        """Whether rows are sorted that no index has in order."""
        return any(step.startswith("USE TEMP B-TREE") for step in self.steps)

    @property
    def walks(self) -> tuple[str, ...]:
        """The steps that take longer the more rows a table has."""
        return tuple(self._walks())

    def _walks(self) -> Iterator[str]:
        ends = self._limited and not self.sorts
        for step in self.steps:
            if step.startswith(("SCAN", "SEARCH")) and not self._reads_bounded_rows(
                step, ends=ends
            ):
                yield step

    def _reads_bounded_rows(self, step: str, *, ends: bool) -> bool:
        if (
            "VIRTUAL TABLE" in step
            or step == "SCAN CONSTANT ROW"
            or step.split()[1] in self._materialized
        ):
            return True  # the request's own list, or rows that are the plan's own
        matched = STEP.fullmatch(step)
        assert matched, step
        kind, _, by, terms = matched.groups()
        if by is not None and by.startswith("AUTOMATIC"):
            return False  # an index made for this once, from the whole table
        if kind == "SCAN":
            return ends
        # Without terms it is the first or the last entry of an index.
        return terms is None or "=?" in terms or ends
