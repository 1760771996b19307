"""Faults put between any two steps of a use case: the database's and the provider's calls fail."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any


class Fault(Exception):
    """Something broke that nobody foresaw."""


class ProcessKilled(BaseException):
    """The process is gone: nothing in it goes on, no handler runs that catches failures."""


@dataclass
class FaultPlan:
    """Counts calls, and breaks from the ``first_call`` on, ``times`` in a row."""

    first_call: int = 0
    times: int = 1
    fault_type: type[BaseException] = Fault
    calls: list[str] = field(default_factory=list)

    def count_call(self, call: str) -> None:
        """Count ``call``; raises where it is one that breaks."""
        self.calls.append(call)
        if self.first_call <= len(self.calls) < self.first_call + self.times:
            raise self.fault_type(call)


class FaultyDatabase:
    """A database whose transactions may break before they are committed, and after."""

    def __init__(self, database: Any, faults: FaultPlan) -> None:  # noqa: ANN401 - any of the two
        self._database = database
        self._faults = faults

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._database.begin() as work:
            yield work
            self._faults.count_call("before a commit")
        self._faults.count_call("after a commit")

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)


class FaultyPayments:
    """A provider whose calls may break before they are made, and after they had their effect."""

    def __init__(self, payments: Any, faults: FaultPlan) -> None:  # noqa: ANN401 - any provider
        self._payments = payments
        self._faults = faults

    @property
    def captures_once(self) -> bool:
        return bool(self._payments.captures_once)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        method = getattr(self._payments, name)
        if not iscoroutinefunction(method):
            return method  # type: ignore[no-any-return] # nothing is asked

        async def call_with_faults(*arguments: object, **keywords: object) -> object:
            self._faults.count_call(f"before {name}")
            answer = await method(*arguments, **keywords)
            self._faults.count_call(f"after {name}")
            return answer

        return call_with_faults
