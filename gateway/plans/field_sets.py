"""The fields of one selection set: where generated code turns when one fails or is awaitable."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import CoroutineType
from typing import NoReturn

from graphql.pyutils import gather_with_cancel

from gateway.plans.completion import Completion
from gateway.plans.positions import At
from gateway.plans.run import Pending, Run


@dataclass(frozen=True, slots=True, eq=False)
class FieldSet:
    """The completions of a selection set by response key, in the order of the response."""

    completions: Mapping[str, Completion]

    def fail(
        self, key: str, error: Exception, at: At, run: Run, values: Mapping[str, object]
    ) -> NoReturn:
        """Raise the located ``error`` of the field ``key``, which may not be null.

        Fields before it, found in the local ``values`` of the generated function, are left to end
        in the background.
        """
        run.settle(self._before(key, values))
        completion = self.completions[key]
        completion.fail(error, (at, completion.position))

    def _before(self, key: str, values: Mapping[str, object]) -> list[object]:
        before: list[object] = []
        for name in self.completions:
            if name == key:
                break
            before.append(values[f"v_{name}"])
        return before

    def gather(self, data: dict[str, object], at: At, run: Run) -> object:
        """``data``, or a coroutine for it when some of its values have to be awaited."""
        waiting = [key for key, value in data.items() if type(value) is CoroutineType]
        return self._await(data, waiting, at, run) if waiting else data

    async def _await(
        self, data: dict[str, object], waiting: list[str], at: At, run: Run
    ) -> dict[str, object]:
        pending = [self._guarded(key, data[key], at, run) for key in waiting]
        if len(pending) == 1:  # no task is needed for one
            data[waiting[0]] = await pending[0]
            return data
        data.update(zip(waiting, await gather_with_cancel(*pending), strict=True))
        return data

    def _guarded(self, key: str, pending: object, at: At, run: Run) -> Pending:
        completion = self.completions[key]
        return completion.guard(pending, (at, completion.position), run)  # type: ignore[arg-type]
