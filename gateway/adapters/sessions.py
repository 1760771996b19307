"""What a repository runs its statements on, whichever the database."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from gateway.adapters.statements import RowT, Statement, Value


class Session(Protocol):
    """One reader's or one transaction's way to the database."""

    async def all(self, statement: Statement[RowT], **values: Value) -> list[RowT]:
        """Every row."""
        ...

    async def one(self, statement: Statement[RowT], **values: Value) -> RowT | None:
        """The first row, or nothing."""
        ...

    async def run(self, statement: Statement[RowT], **values: Value) -> int:
        """How many rows were written."""
        ...

    async def many(self, statement: Statement[RowT], rows: Iterable[Mapping[str, Value]]) -> None:
        """Run ``statement`` once for each of ``rows``."""
        ...
