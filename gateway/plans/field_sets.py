"""The fields of one selection set, for generated code when a field fails or is awaitable."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import CoroutineType

from gateway.plans.completion import Completion
from gateway.plans.dismissal import awaits, gather_or_cancel
from gateway.plans.positions import At
from gateway.plans.run import Pending, PlanRun


@dataclass(frozen=True, slots=True, eq=False)
class FieldSet:
    """The completions of a selection set by response key, in the order of the response."""

    completions: Mapping[str, Completion]

    def abandon(self, values: Mapping[str, object], error: BaseException, run: PlanRun) -> None:
        """Give up the awaitables in the local ``values`` of a generated function that failed."""
        met = (values.get(f"v_{key}") for key in self.completions)
        run.give_up([value for value in met if isinstance(value, CoroutineType)], error)

    def gather(self, data: dict[str, object], at: At, run: PlanRun) -> object:
        """``data``, or a coroutine for it if some of its values have to be awaited."""
        waiting = [key for key, value in data.items() if type(value) is CoroutineType]
        return self._await(data, waiting, at, run) if waiting else data

    @awaits("data")
    async def _await(
        self, data: dict[str, object], waiting: list[str], at: At, run: PlanRun
    ) -> dict[str, object]:
        pending = [self._guard(key, data[key], at, run) for key in waiting]
        if len(pending) == 1:  # one coroutine needs no task
            data[waiting[0]] = await pending[0]
            return data
        results = await gather_or_cancel(pending, [data[key] for key in waiting])
        data.update(zip(waiting, results, strict=True))
        return data

    def _guard(self, key: str, pending: object, at: At, run: PlanRun) -> Pending:
        completion = self.completions[key]
        return completion.guard(pending, (at, completion.position), run)  # type: ignore[arg-type]
