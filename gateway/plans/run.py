"""One execution of a plan: what resolvers may ask for, and the errors met on the way."""

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

# Where nobody says how much: more than fits in memory.
UNLIMITED = 2**62

Pending = Coroutine[object, object, object]


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """The operation of a document that a plan is for."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    details: Mapping[str, FragmentDetails]

    @property
    def name(self) -> str:
        """The operation's name, or what kind of operation it is."""
        return self.node.name.value if self.node.name else self.node.operation.value


@dataclass(slots=True, eq=False)
class PlanRun:
    """The state of one execution."""

    operation: Operation
    root_value: object
    context: object
    variables: VariableValues
    extensions: Mapping[str, object] | None = None
    # Whether lists may be asynchronous iterables: not in Strawberry's synchronous execution.
    streams: bool = True
    # How many awaitables completion has handed out. A selection set that finds the figure
    # unchanged knows that nothing beneath it has to be awaited.
    made: int = 0
    # How many fields the entries of lists may have yet, of how many in all.
    left: int = UNLIMITED
    values: int = UNLIMITED
    errors: list[GraphQLError] = field(default_factory=list)
    arguments: dict[int, dict[str, object]] = field(default_factory=dict)
    infos: dict[Position, "Info"] = field(default_factory=dict)
    _nulled: set[At] = field(default_factory=set)
    _background: set[Future[list[BaseException | None]]] = field(default_factory=set)

    def add(self, error: GraphQLError, at: At) -> None:
        """Note ``error``, which made ``at`` null, unless something above it is null already."""
        if self._nulled and self._is_gone(at):
            return
        self._nulled.add(at)
        self.errors.append(error)

    def refuse_length(self) -> NoReturn:
        """Raise that the answer has become too long; so have the lists that are still to come."""
        message = f"The answer is too long: its lists hold more than {self.values:,} fields."
        raise GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX"})

    def _is_gone(self, at: At) -> bool:
        while at is not None:
            if at in self._nulled:
                return True
            at = at[0]
        return None in self._nulled

    def result(self, data: object) -> ExecutionResult:
        """The response, with the errors so far."""
        # Each refers to this run: what is shared would live until the collector comes.
        self.infos.clear()
        return ExecutionResult(data, self.errors or None)  # type: ignore[arg-type]

    def give_up(self, waiting: Sequence[Awaitable[object]], error: BaseException) -> None:
        """Let ``waiting``, whose place in the response ``error`` took, end by themselves.

        What is no error of a field (a cancellation) ends the whole execution: then they are closed.
        """
        if isinstance(error, Exception):
            self.track(waiting)
        else:
            dismiss(*waiting)

    def track(self, waiting: Sequence[Awaitable[object]]) -> None:
        """Await ``waiting`` in the background, ignoring how they end.

        Without a running loop they can never run, and coroutines are closed.
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
        # A task cancelled before its first step has not begun to await its own.
        future.add_done_callback(lambda _: dismiss(*waiting))


@awaits("awaitable")
async def _await_end(awaitable: Awaitable[object]) -> None:
    await awaitable
