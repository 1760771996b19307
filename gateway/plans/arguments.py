"""Arguments of a field, computed when the plan is made, once per execution, or at every call."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLError,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values

from gateway.plans.positions import Position
from gateway.plans.run import PlanRun

# Types of immutable values, so that all calls can get the same value.
FROZEN = frozenset(
    {NoneType, bool, int, float, str, bytes, Decimal, UUID, date, datetime, time, timedelta}
)


class Arguments:
    """The coerced arguments of the field at ``position``, by their names in the schema."""

    def __init__(self, position: Position) -> None:
        self._position = position
        self.constant = _constants(position)
        self._same_in_a_run = all(map(_is_same_in_a_run, _values(position.nodes[0])))

    @property
    def empty(self) -> bool:
        """Whether there are no arguments."""
        return self.constant == {}

    def __call__(self, run: PlanRun) -> Mapping[str, object]:
        """The arguments in ``run``; an invalid variable raises the error of graphql-core."""
        if self.constant is not None:
            return self.constant
        if not self._same_in_a_run:
            return self._coerce(run)
        values = run.arguments.get(id(self))
        if values is None:
            values = run.arguments[id(self)] = self._coerce(run)
        return values

    def _coerce(self, run: PlanRun) -> dict[str, object]:
        return get_argument_values(
            self._position.definition, self._position.nodes[0], run.variables
        )


def _constants(position: Position) -> dict[str, object] | None:
    """The arguments if they are immutable literals or defaults; otherwise None."""
    node = position.nodes[0]
    if any(map(_has_variable, _values(node))):
        return None
    try:
        values = get_argument_values(position.definition, node, VariableValues({}, {}))
    except GraphQLError:
        return None  # the error is raised with its location when the field is executed
    return values if all(map(_is_frozen, values.values())) else None


def _values(node: FieldNode) -> list[ValueNode]:
    return [argument.value for argument in node.arguments or ()]


def _is_frozen(value: object) -> bool:
    return type(value) in FROZEN or isinstance(value, Enum)


def _is_same_in_a_run(node: ValueNode) -> bool:
    """Whether graphql-core would give all calls the same object."""
    return not isinstance(node, ListValueNode | ObjectValueNode)


def _has_variable(node: ValueNode) -> bool:
    match node:
        case VariableNode():
            return True
        case ListValueNode():
            return _any_has_variable(node.values)
        case ObjectValueNode():
            return _any_has_variable(field.value for field in node.fields)
    return False


def _any_has_variable(nodes: Iterable[ValueNode]) -> bool:
    return any(map(_has_variable, nodes))
