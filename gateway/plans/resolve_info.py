"""The info a resolver may ask for, computed attribute by attribute when it is read."""

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
    """Stands where graphql-core passes ``GraphQLResolveInfo``: the same attributes, made lazily.

    Most resolvers read ``context`` alone, so nothing else is built beforehand.
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
        """The nodes of the document that ask for this field."""
        return self._position.nodes

    @property
    def return_type(self) -> GraphQLOutputType:
        """The field's type."""
        return self._position.definition.type

    @property
    def parent_type(self) -> GraphQLObjectType:
        """The type that has the field."""
        return self._position.parent

    @property
    def path(self) -> Path | None:
        """Where in the response the field is."""
        at = self._at
        while at is not None and isinstance(at[1], int):
            at = at[0]
        return core_path(at)

    @property
    def schema(self) -> GraphQLSchema:
        """The schema in use."""
        return self._run.operation.schema

    @property
    def fragments(self) -> Mapping[str, FragmentDefinitionNode]:
        """The document's fragments by name."""
        return self._run.operation.fragments

    @property
    def root_value(self) -> object:
        """The value the execution began with."""
        return self._run.root_value

    @property
    def operation(self) -> OperationDefinitionNode:
        """The operation in execution."""
        return self._run.operation.node

    @property
    def variable_values(self) -> VariableValues | dict[str, object]:
        """The variables: Strawberry's resolvers get the plain dict, others graphql-core's tuple."""
        if hasattr(self.schema, "_strawberry_schema"):
            return self._run.variables.coerced
        return self._run.variables

    @property
    def context(self) -> object:
        """The context the execution was given."""
        return self._run.context

    @property
    def operation_extensions(self) -> Mapping[str, object] | None:
        """The request's ``extensions``."""
        return self._run.extensions

    @property
    def is_awaitable(self) -> Callable[[object], bool]:
        """The test for values to await."""
        return is_awaitable

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """What graphql-core's type resolver uses to await several answers."""
        return GraphQLResolveInfoHelpers(gather=_gather, track=self._track)

    def _track(self, values: Sequence[object]) -> None:
        self._run.track([value for value in values if is_awaitable(value)])


class TypeInfo(ResolveInfo):
    """What a type resolver is told; remembers the awaitables it has ``met``, if any."""

    __slots__ = ("met",)

    def __init__(self, run: PlanRun, position: Position, at: At) -> None:
        super().__init__(run, position, at)
        self.met: list[Awaitable[object]] | None = None

    @property
    def is_awaitable(self) -> Callable[[object], bool]:
        """The test for values to await."""
        return self._meet

    def _meet(self, value: object) -> bool:
        if not is_awaitable(value):
            return False
        self.met = [*(self.met or ()), value]
        return True


def _gather(values: Sequence[Awaitable[object]]) -> Awaitable[list[object]]:
    return gather_with_cancel(*values)
