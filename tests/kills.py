"""Work that is cancelled at any of its awaits: what it has asked for happens, nothing after it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from inspect import iscoroutinefunction
from types import coroutine
from typing import Any

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.services.ports.payments import PaymentProvider
from tests.conftest import AnyDatabase
from tests.store import Store

IS_THOROUGH = "GATEWAY_TEST_THOROUGH" in os.environ
"""Whether nothing is left to samples: `.ci/run` sets it."""
POSTGRES_STRIDE = 5


def count_awaits(database: AnyDatabase, limit: int) -> range:
    """The awaits to kill at, from 1: each on SQLite, on Postgres as a rule every fifth.

    There each call waits several times, and a kill takes ten times as long.
    """
    is_each = IS_THOROUGH or isinstance(database, SqliteDatabase)
    return range(1, limit, 1 if is_each else POSTGRES_STRIDE)


class ProcessCrash(BaseException):
    """The process dies, where a test raises this."""


@dataclass(frozen=True)
class Survivor:
    """What came of work that was over before it was to be killed."""

    value: Any


@coroutine
def _drive(work: Coroutine[Any, Any, Any], number: int) -> Generator[Any, Any, Survivor | None]:
    count = 0
    error: BaseException | None = None
    while True:
        try:
            awaited = work.send(None) if error is None else work.throw(error)
        except StopIteration as end:
            return Survivor(end.value)
        except asyncio.CancelledError:
            return None
        error = None
        try:
            yield awaited
        except BaseException as failure:  # noqa: BLE001 - it belongs to the work
            error = failure
        count += 1
        if count == number:
            error = asyncio.CancelledError()


async def kill_at_await(work: Coroutine[Any, Any, Any], number: int) -> Survivor | None:
    """Run ``work`` until its ``number``-th await is over, from 1; None if it was killed there.

    Only awaits that wait count, which on SQLite are few: see ``wait_before_each_call``. An open
    transaction is rolled back, as the database does for a process that is gone.
    """
    return await _drive(work, number)


class _Stepwise:
    """A repository whose every call waits first."""

    def __init__(self, repository: Any) -> None:  # noqa: ANN401 - any of them
        self._repository = repository

    def __getattr__(self, name: str) -> object:
        method: Callable[..., Awaitable[object]] = getattr(self._repository, name)

        async def wait_and_call(*arguments: object, **named: object) -> object:
            await asyncio.sleep(0)
            return await method(*arguments, **named)

        return wait_and_call


class _StepwiseSession:
    def __init__(self, session: Any) -> None:  # noqa: ANN401 - reading or writing
        self._session = session

    def __getattr__(self, name: str) -> object:
        return _Stepwise(getattr(self._session, name))


class _StepwiseDatabase:
    def __init__(self, database: Any) -> None:  # noqa: ANN401 - any of the two
        self._database = database

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[_StepwiseSession]:
        async with self._database.begin() as work:
            yield _StepwiseSession(work)
        await asyncio.sleep(0)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[_StepwiseSession]:
        async with self._database.read() as reading:
            yield _StepwiseSession(reading)

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)


class _StepwisePayments(_Stepwise):
    """A provider that waits before its answers, too: what was asked has happened by then."""

    @property
    def captures_once(self) -> bool:
        return bool(self._repository.captures_once)

    def __getattr__(self, name: str) -> object:
        call: Callable[..., Awaitable[object]] = getattr(self._repository, name)
        if not iscoroutinefunction(call):
            return call

        async def call_and_wait(*arguments: object, **named: object) -> object:
            await asyncio.sleep(0)
            answer = await call(*arguments, **named)
            await asyncio.sleep(0)
            return answer

        return call_and_wait


def make_database_wait(database: AnyDatabase) -> Any:  # noqa: ANN401 - a stand-in for it
    """The same database, every call of which waits; on Postgres every statement does anyway."""
    return _StepwiseDatabase(database) if isinstance(database, SqliteDatabase) else database


def make_payments_wait(payments: PaymentProvider) -> Any:  # noqa: ANN401 - a stand-in for it
    """The same provider, every call of which waits before it and after it."""
    return _StepwisePayments(payments)


def wait_before_each_call(store: Store) -> Store:
    """The same store, where every call of database and provider waits, so that work can be cut."""
    return store.with_dependencies(
        database=_StepwiseDatabase(store.database),
        payment_provider=make_payments_wait(store.dependencies.payment_provider),
    )
