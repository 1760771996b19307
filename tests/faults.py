"""Faults put between any two steps of a use case: the database's and the provider's calls fail."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


class Fault(Exception):
    """Something broke that nobody foresaw."""


class Killed(BaseException):
    """The process is gone: nothing in it goes on, no handler runs that catches failures."""


@dataclass
class Faults:
    """Counts calls, and breaks from the ``first`` on, ``times`` in a row."""

    first: int = 0
    times: int = 1
    kind: type[BaseException] = Fault
    calls: list[str] = field(default_factory=list)

    def strike(self, call: str) -> None:
        """Count ``call``; raises where it is one that breaks."""
        self.calls.append(call)
        if self.first <= len(self.calls) < self.first + self.times:
            raise self.kind(call)


class FaultyDatabase:
    """A database whose transactions may break before they are committed, and after."""

    def __init__(self, database: Any, faults: Faults) -> None:  # noqa: ANN401 - any of the two
        self._database = database
        self._faults = faults

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._database.begin() as work:
            yield work
            self._faults.strike("before a commit")
        self._faults.strike("after a commit")

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)


class FaultyPayments:
    """A provider whose calls may break before they are made, and after they had their effect."""

    def __init__(self, payments: Any, faults: Faults) -> None:  # noqa: ANN401 - any provider
        self._payments = payments
        self._faults = faults

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        asked = getattr(self._payments, name)

        async def faulty(*arguments: object, **named: object) -> object:
            self._faults.strike(f"before {name}")
            answer = await asked(*arguments, **named)
            self._faults.strike(f"after {name}")
            return answer

        return faulty
