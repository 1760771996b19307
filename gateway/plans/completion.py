"""Completion of values by the rules of the GraphQL specification.

Generated code handles simple values itself, such as a str for ``String``. It calls ``complete``
for all others: nulls, awaitables, exceptions, and values to be coerced.
"""

from collections.abc import Awaitable
from types import CoroutineType
from typing import NoReturn

from graphql import GraphQLLeafType, Undefined
from graphql.pyutils import inspect, is_awaitable

from gateway.plans.dismissal import awaits
from gateway.plans.plain_classes import remember
from gateway.plans.positions import At, Position, locate_error
from gateway.plans.run import Pending, PlanRun


class Completion:
    """Converts values of one type at one position to response data."""

    __slots__ = ("nullable", "position")

    @property
    def depends_on_value(self) -> bool:
        """Whether the data depends on nothing but a value that never changes."""
        return False

    def __init__(self, position: Position, *, nullable: bool) -> None:
        self.position = position
        self.nullable = nullable

    def complete(self, value: object, at: At, run: PlanRun) -> object:
        """The data for ``value``, or a coroutine for it; an error is raised."""
        if is_awaitable(value):
            return self.later(value, at, run)
        return self.complete_awaited(value, at, run)

    def later(self, value: Awaitable[object], at: At, run: PlanRun) -> Pending:
        """A coroutine that awaits ``value`` and completes it."""
        run.made += 1
        return self._await_value(value, at, run)

    @awaits("value")
    async def _await_value(self, value: Awaitable[object], at: At, run: PlanRun) -> object:
        completed = self.complete_awaited(await value, at, run)
        if type(completed) is CoroutineType:
            return await completed
        return completed

    def complete_awaited(self, value: object, at: At, run: PlanRun) -> object:
        """The data for ``value``, which is not awaitable."""
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            if self.nullable:
                return None
            raise TypeError(self._null_message())
        return self._present(value, at, run)

    def _null_message(self) -> str:
        field = f"{self.position.parent}.{self.position.name}"
        return f"Cannot return null for non-nullable field {field}."

    def _present(self, value: object, at: At, run: PlanRun) -> object:
        raise NotImplementedError

    def replace_by_null(self, error: Exception, at: At, run: PlanRun) -> None:
        """Record ``error``, because of which the value at ``at`` is null."""
        run.add(locate_error(error, self.position, at), at)

    def fail(self, error: Exception, at: At) -> NoReturn:
        """Raise ``error`` with its location, because the value at ``at`` may not be null."""
        raise locate_error(error, self.position, at)

    def recover(self, error: Exception, at: At, run: PlanRun) -> None:
        """Record ``error`` if null is allowed here; otherwise raise it."""
        if not self.nullable:
            self.fail(error, at)
        self.replace_by_null(error, at, run)

    def attempt(self, value: object, at: At, run: PlanRun) -> object:
        """Like ``complete``, but with an error recorded if null is allowed here."""
        try:
            return self.complete(value, at, run)
        except Exception as error:  # noqa: BLE001 - the error becomes part of the response
            self.recover(error, at, run)
            return None

    @awaits("pending")
    async def guard(self, pending: Pending, at: At, run: PlanRun) -> object:
        """The result of ``pending``, with an error recorded if null is allowed here."""
        try:
            return await pending
        except Exception as error:  # noqa: BLE001 - the error becomes part of the response
            self.recover(error, at, run)
            return None


class LeafCompletion(Completion):
    """Completion of a scalar or an enum."""

    __slots__ = ("classes", "type")

    def __init__(self, position: Position, leaf: GraphQLLeafType, *, nullable: bool) -> None:
        super().__init__(position, nullable=nullable)
        self.type = leaf
        self.classes: set[type] = set()

    @property
    def depends_on_value(self) -> bool:
        """Always: of a scalar and an enum."""
        return True

    def _present(self, value: object, at: At, run: PlanRun) -> object:
        del at, run
        coerced: object = self.type.coerce_output_value(value)
        if coerced is Undefined or coerced is None:
            self.refuse(value, coerced)
        remember(type(value), self.classes)
        return coerced

    def refuse(self, value: object, coerced: object) -> NoReturn:
        """Raise an error, because the scalar returned nothing for ``value``."""
        call = f"{inspect(self.type)}.coerce_output_value({inspect(value)})"
        raise TypeError(
            f"Expected `{call}` to return non-nullable value, returned: {inspect(coerced)}"
        )
