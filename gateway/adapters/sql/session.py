"""The protocol by which repositories run statements on any database."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from gateway.adapters.sql.statements import RowT, SqlValue, Statement


class SqlSession(Protocol):
    """A read session or a transaction of a database."""

    @property
    def closing_work(self) -> dict[str, set[str]]:
        """What is left to the end of the transaction: sets of ids by the kind of work."""
        ...

    async def fetch_all(self, statement: Statement[RowT], **values: SqlValue) -> list[RowT]:
        """Run ``statement`` and return all rows."""
        ...

    async def fetch_long(self, statement: Statement[RowT], **values: SqlValue) -> list[RowT]:
        """Run ``statement``, which may take long, and return all rows; the event loop goes on."""
        ...

    async def fetch_one(self, statement: Statement[RowT], **values: SqlValue) -> RowT | None:
        """Run ``statement`` and return the first row; None without rows."""
        ...

    async def execute(self, statement: Statement[RowT], **values: SqlValue) -> int:
        """Run ``statement`` and return the number of rows written."""
        ...

    async def execute_many(
        self, statement: Statement[RowT], rows: Iterable[Mapping[str, SqlValue]]
    ) -> None:
        """Run ``statement`` once for each of ``rows``."""
        ...
