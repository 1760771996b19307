"""The info for resolvers, whose attributes are computed when they are read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel, is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers

from gateway.plans.positions import At, Position, core_path
from gateway.plans.run import PlanRun


class ResolveInfo:
    """A replacement for ``GraphQLResolveInfo`` of graphql-core, with the same attributes.

    Most resolvers read only ``context``, so the others are computed when they are read.
    """

    __slots__ = ("_at", "_position", "_run")

    abort_signal = None

    def __init__(self, run: PlanRun, position: Position, at: At) -> None:
        self._run = run
        self._position = position
        self._at = at

    @property
    def field_name(self) -> str:
        """The field's name in the schema."""
        return self._position.name

    @property
    def field_nodes(self) -> list[FieldNode]:
        """The nodes of this field in the document."""
        return self._position.nodes

    @property
    def return_type(self) -> GraphQLOutputType:
        """The type of the field."""
        return self._position.definition.type

    @property
    def parent_type(self) -> GraphQLObjectType:
        """The object type of the field."""
        return self._position.parent

    @property
    def path(self) -> Path | None:
        """The path of the field in the response."""
        at = self._at
        while at is not None and isinstance(at[1], int):
            at = at[0]
        return core_path(at)

    @property
    def schema(self) -> GraphQLSchema:
        """The schema of the operation."""
        return self._run.operation.schema

    @property
    def fragments(self) -> Mapping[str, FragmentDefinitionNode]:
        """The fragments of the document by name."""
        return self._run.operation.fragments

    @property
    def root_value(self) -> object:
        """The root value of the execution."""
        return self._run.root_value

    @property
    def operation(self) -> OperationDefinitionNode:
        """The node of the operation."""
        return self._run.operation.node

    @property
    def variable_values(self) -> VariableValues | dict[str, object]:
        """The variables, as a dict with a Strawberry schema, otherwise as graphql-core's tuple."""
        if hasattr(self.schema, "_strawberry_schema"):
            return self._run.variables.coerced
        return self._run.variables

    @property
    def context(self) -> object:
        """The context of the execution."""
        return self._run.context

    @property
    def operation_extensions(self) -> Mapping[str, object] | None:
        """The ``extensions`` of the request."""
        return self._run.extensions

    @property
    def is_awaitable(self) -> Callable[[object], bool]:
        """A function that tests whether a value is awaitable."""
        return is_awaitable

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """Functions by which graphql-core's type resolver awaits several results."""
        return GraphQLResolveInfoHelpers(gather=_gather, track=self._track)

    def _track(self, values: Sequence[object]) -> None:
        self._run.track([value for value in values if is_awaitable(value)])


class TypeInfo(ResolveInfo):
    """The info for type resolvers, with the awaitables that it tested in ``met``."""

    __slots__ = ("met",)

    def __init__(self, run: PlanRun, position: Position, at: At) -> None:
        super().__init__(run, position, at)
        self.met: list[Awaitable[object]] | None = None

    @property
    def is_awaitable(self) -> Callable[[object], bool]:
        """A function that tests whether a value is awaitable."""
        return self._meet

    def _meet(self, value: object) -> bool:
        if not is_awaitable(value):
            return False
        self.met = [*(self.met or ()), value]
        return True


def _gather(values: Sequence[Awaitable[object]]) -> Awaitable[list[object]]:
    return gather_with_cancel(*values)
