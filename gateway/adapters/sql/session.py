"""What a repository runs its statements on, whichever the database."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from gateway.adapters.sql.statements import RowT, SqlValue, Statement


class SqlSession(Protocol):
    """One reader's or one transaction's way to the database."""

    async def fetch_all(self, statement: Statement[RowT], **values: SqlValue) -> list[RowT]:
        """Every row."""
        ...

    async def fetch_one(self, statement: Statement[RowT], **values: SqlValue) -> RowT | None:
        """The first row, or nothing."""
        ...

    async def execute(self, statement: Statement[RowT], **values: SqlValue) -> int:
        """How many rows were written."""
        ...

    async def execute_many(
        self, statement: Statement[RowT], rows: Iterable[Mapping[str, SqlValue]]
    ) -> None:
        """Run ``statement`` once for each of ``rows``."""
        ...
