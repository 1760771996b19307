"""The state of one execution of a plan."""

from asyncio import Future, gather, get_running_loop
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution import ExecutionResult
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from gateway.plans.dismissal import awaits, dismiss
from gateway.plans.positions import At, Position

if TYPE_CHECKING:
    from strawberry.types.info import Info

# The number of fields without a limit, which is more than fits in memory.
UNLIMITED = 2**62

Pending = Coroutine[object, object, object]


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of a document, with the schema and the fragments."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    details: Mapping[str, FragmentDetails]

    @property
    def name(self) -> str:
        """The name of the operation, or its type if it has none."""
        return self.node.name.value if self.node.name else self.node.operation.value


@dataclass(slots=True, eq=False)
class PlanRun:
    """The state of one execution."""

    operation: Operation
    root_value: object
    context: object
    variables: VariableValues
    extensions: Mapping[str, object] | None = None
    # Whether lists may be asynchronous iterables; False in Strawberry's synchronous execution.
    streams: bool = True
    # The number of awaitables returned by completion. If it is unchanged after a selection set,
    # nothing in the set has to be awaited.
    made: int = 0
    # The number of fields that lists may still have, and the maximum for all lists together.
    left: int = UNLIMITED
    values: int = UNLIMITED
    errors: list[GraphQLError] = field(default_factory=list)
    arguments: dict[int, dict[str, object]] = field(default_factory=dict)
    infos: dict[Position, "Info"] = field(default_factory=dict)
    _nulled: set[At] = field(default_factory=set)
    _background: set[Future[list[BaseException | None]]] = field(default_factory=set)

    def add(self, error: GraphQLError, at: At) -> None:
        """Record ``error``, which made ``at`` null, unless a value above it is null already."""
        if self._nulled and self._is_gone(at):
            return
        self._nulled.add(at)
        self.errors.append(error)

    def refuse_length(self) -> NoReturn:
        """Raise an error, because the lists of the answer have too many fields."""
        message = f"The answer is too long: its lists hold more than {self.values:,} fields."
        raise GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX"})

    def _is_gone(self, at: At) -> bool:
        while at is not None:
            if at in self._nulled:
                return True
            at = at[0]
        return None in self._nulled

    def result(self, data: object) -> ExecutionResult:
        """The response with the errors so far."""
        # Each info refers to this run, so the cycle would stay until the garbage collector runs.
        self.infos.clear()
        return ExecutionResult(data, self.errors or None)  # type: ignore[arg-type]

    def give_up(self, waiting: Sequence[Awaitable[object]], error: BaseException) -> None:
        """Let ``waiting``, which ``error`` made useless, end in the background.

        If ``error`` is not the error of a field but a cancellation, they are closed instead.
        """
        if isinstance(error, Exception):
            self.track(waiting)
        else:
            dismiss(*waiting)

    def track(self, waiting: Sequence[Awaitable[object]]) -> None:
        """Await ``waiting`` in the background and ignore their results and errors.

        Without a running event loop the coroutines are closed.
        """
        if not waiting:
            return
        try:
            get_running_loop()
        except RuntimeError:
            dismiss(*waiting)
            return
        future = gather(*map(_await_end, waiting), return_exceptions=True)
        self._background.add(future)
        future.add_done_callback(self._background.discard)
        # A task that is cancelled before its first step has not awaited its awaitable.
        future.add_done_callback(lambda _: dismiss(*waiting))


@awaits("awaitable")
async def _await_end(awaitable: Awaitable[object]) -> None:
    await awaitable
