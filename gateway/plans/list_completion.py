"""Completion of lists from synchronous and asynchronous iterables."""

from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
)
from contextlib import suppress
from types import CoroutineType

from graphql import GraphQLError
from graphql.pyutils import is_async_iterable, is_awaitable, is_iterable

from gateway.plans.completion import Completion
from gateway.plans.dismissal import awaits, dismiss, gather_or_cancel
from gateway.plans.positions import At, Position
from gateway.plans.run import Pending, PlanRun

Items = Callable[[Iterable[object], At, PlanRun], object]


class ListCompletion(Completion):
    """Completion of a list: of its items by ``item``, in the generated loop ``items``."""

    __slots__ = ("item", "items")

    items: Items

    def __init__(self, position: Position, item: Completion, *, nullable: bool) -> None:
        super().__init__(position, nullable=nullable)
        self.item = item

    @property
    def depends_on_value(self) -> bool:
        """Whether that is so of its items."""
        return self.item.depends_on_value

    def _present(self, value: object, at: At, run: PlanRun) -> object:
        if run.streams and is_async_iterable(value):
            run.made += 1
            return self._iterate(value, at, run)
        if not is_iterable(value):
            field = f"{self.position.parent}.{self.position.name}"
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{field}'.")
        return self.items(value, at, run)

    def abandon(
        self,
        results: list[object],
        iterator: Iterator[object],
        error: BaseException,
        run: PlanRun,
    ) -> None:
        """Give up the awaitables of a list that failed, also those not read yet."""
        waiting: list[Awaitable[object]] = _coroutines(results)
        with suppress(Exception):
            for item in iterator:
                if is_awaitable(item):
                    waiting.append(item)
                else:
                    dismiss(item)
        run.give_up(waiting, error)

    def gather(self, results: list[object], at: At, run: PlanRun) -> object:
        """``results``, or a coroutine for them if some have to be awaited."""
        waiting = [i for i, result in enumerate(results) if type(result) is CoroutineType]
        return self._await(results, waiting, at, run) if waiting else results

    @awaits("results")
    async def _await(
        self, results: list[object], waiting: list[int], at: At, run: PlanRun
    ) -> list[object]:
        pending = [self._guard(results[index], (at, index), run) for index in waiting]
        if len(pending) == 1:  # one coroutine needs no task
            results[waiting[0]] = await pending[0]
            return results
        completed = await gather_or_cancel(pending, [results[index] for index in waiting])
        for index, result in zip(waiting, completed, strict=True):
            results[index] = result
        return results

    def _guard(self, pending: object, at: At, run: PlanRun) -> Pending:
        return self.item.guard(pending, at, run)  # type: ignore[arg-type]

    async def _iterate(self, values: AsyncIterable[object], at: At, run: PlanRun) -> object:
        iterator = aiter(values)
        results: list[object] = []
        try:
            await self._read(iterator, results, at, run)
        except BaseException as error:
            try:
                if not isinstance(error, GeneratorExit):  # after it, awaiting is not allowed
                    await _close(iterator)
            finally:
                run.give_up(_coroutines(results), error)
            raise
        gathered = self.gather(results, at, run)
        return await gathered if isinstance(gathered, CoroutineType) else gathered

    async def _read(
        self, iterator: AsyncIterator[object], results: list[object], at: At, run: PlanRun
    ) -> None:
        while True:
            try:
                value = await anext(iterator)
            except StopAsyncIteration:
                return
            except Exception as error:  # noqa: BLE001 - fail() raises it again
                self.fail(error, at)
            results.append(self.item.attempt(value, (at, len(results)), run))


def _coroutines(results: list[object]) -> list[Awaitable[object]]:
    return [result for result in results if isinstance(result, CoroutineType)]


async def _close(iterator: AsyncIterator[object]) -> None:
    close = getattr(iterator, "aclose", None)
    if close is not None:
        with suppress(Exception):
            await close()
