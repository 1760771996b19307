"""The complexity of an operation: its depth, aliases, root fields and cost.

The cost of a field is multiplied by the sizes of the lists around it. Each fragment is measured
once, so the time is linear even if expanding the fragments would be exponential. Undefined
fragments, cycles and unknown fields count as zero, because the later validation rejects them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

SIZE_ARGUMENTS = ("first", "last", "limit")
LENGTH_ARGUMENTS = ("ids",)
"""Arguments that are lists, with an entry of the answer for each of theirs."""
_INTROSPECTION = ("__schema", "__type")
_MAX_SIZE_DIGITS = 10  # digits of a 32-bit integer; further digits are ignored


@dataclass(frozen=True, slots=True)
class Complexity:
    """The figures of a selection, with its fragments expanded."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    cost: int = 0

    def __add__(self, other: "Complexity") -> "Complexity":
        return Complexity(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.fields + other.fields,
            self.cost + other.cost,
        )


NO_COMPLEXITY = Complexity()


class ComplexityMeasure:
    """Measures the operations of a document; ``sized_by`` are the variables that size a list."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        *,
        list_size: int,
        variables: Mapping[str, object] | None = None,
    ) -> None:
        self._schema = schema
        self._list_size = list_size
        self._variables = variables or {}
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._complexities: dict[tuple[str, bool], Complexity] = {}
        self._defaults: dict[str, int] = {}
        self.sized_by: set[str] = set()

    def operation(self, operation: OperationDefinitionNode) -> Complexity:
        """The complexity of ``operation``; ``fields`` is the number of its root fields.

        Raises:
            RecursionError: fragments are nested too deeply.

        """
        self._defaults = _default_sizes(operation)
        self._complexities.clear()
        root = _root_type(self._schema, operation.operation)
        return self._selections(operation.selection_set, root, sized=False)

    def _selections(
        self, selections: SelectionSetNode, parent: GraphQLNamedType | None, *, sized: bool
    ) -> Complexity:
        total = NO_COMPLEXITY
        for selection in selections.selections:
            total += self._selection(selection, parent, sized=sized)
        return total

    def _selection(
        self, selection: SelectionNode, parent: GraphQLNamedType | None, *, sized: bool
    ) -> Complexity:
        match selection:
            case FieldNode():
                return self._field(selection, parent, sized=sized)
            case FragmentSpreadNode():
                return self._fragment(selection.name.value, sized=sized)
            case InlineFragmentNode():
                condition = selection.type_condition
                if condition is not None:
                    parent = self._schema.type_map.get(condition.name.value)
                return self._selections(selection.selection_set, parent, sized=sized)
        return NO_COMPLEXITY

    def _fragment(self, name: str, *, sized: bool) -> Complexity:
        key = (name, sized)
        measured = self._complexities.get(key)
        fragment = self._fragments.get(name)
        if measured is not None or fragment is None:
            return measured or NO_COMPLEXITY
        self._complexities[key] = NO_COMPLEXITY  # a cycle of fragments adds nothing
        parent = self._schema.type_map.get(fragment.type_condition.name.value)
        complexity = self._selections(fragment.selection_set, parent, sized=sized)
        self._complexities[key] = complexity
        return complexity

    def _field(
        self, field: FieldNode, parent: GraphQLNamedType | None, *, sized: bool
    ) -> Complexity:
        alias = 1 if field.alias else 0
        if field.name.value in _INTROSPECTION or field.selection_set is None:
            return Complexity(1, alias, 1, 0)
        definition = _definition(parent, field.name.value)
        return_type = get_named_type(definition.type) if definition else None
        given_size = self._given_size(field, definition)
        inner = self._selections(field.selection_set, return_type, sized=given_size is not None)
        times, own = self._list_cost(definition, given_size, sized=sized)
        return Complexity(inner.depth + 1, inner.aliases + alias, 1, own + times * inner.cost)

    def _list_cost(
        self, definition: GraphQLField | None, given_size: int | None, *, sized: bool
    ) -> tuple[int, int]:
        """How many times the field's selection is executed, and the cost of the field itself."""
        if definition is None or is_leaf_type(get_named_type(definition.type)):
            return 1, 0
        is_list = isinstance(get_nullable_type(definition.type), GraphQLList)
        if given_size is not None:
            return given_size, given_size if is_list else 1
        if is_list and not sized:  # a list in a sized connection is counted at the connection
            return self._list_size, self._list_size
        return 1, 1

    def _given_size(self, field: FieldNode, definition: GraphQLField | None) -> int | None:
        """The size of the field's list by its argument; None if the field has no such argument."""
        if definition is None or not any(
            name in definition.args for name in (*SIZE_ARGUMENTS, *LENGTH_ARGUMENTS)
        ):
            return None
        for argument in field.arguments or ():
            if argument.name.value in SIZE_ARGUMENTS:
                return self._size(argument.value)
            if argument.name.value in LENGTH_ARGUMENTS:
                return self._length(argument.value)
        return self._list_size

    def _length(self, value: object) -> int:
        if isinstance(value, VariableNode):
            name = value.name.value
            self.sized_by.add(name)
            entries = self._variables.get(name)
            if isinstance(entries, list):
                return len(entries)
            return self._list_size if entries is None else 1
        # GraphQL takes a single value for a list of one.
        return len(value.values) if isinstance(value, ListValueNode) else 1

    def _size(self, value: object) -> int:
        if isinstance(value, IntValueNode):
            return _parse_size(value.value)
        if isinstance(value, VariableNode):
            name = value.name.value
            self.sized_by.add(name)
            size = self._variables.get(name, self._defaults.get(name))
            if isinstance(size, int):
                return max(size, 0)
        return self._list_size


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
    return fields.get(name)


def _root_type(schema: GraphQLSchema, kind: OperationType) -> GraphQLNamedType | None:
    match kind:
        case OperationType.QUERY:
            return schema.query_type
        case OperationType.MUTATION:
            return schema.mutation_type
        case OperationType.SUBSCRIPTION:
            return schema.subscription_type


def _default_sizes(operation: OperationDefinitionNode) -> dict[str, int]:
    return {
        definition.variable.name.value: _parse_size(definition.default_value.value)
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }


def _parse_size(digits: str) -> int:
    """``digits`` as a number of at least 0; cut, because long ones are slow to convert."""
    return max(int(digits[:_MAX_SIZE_DIGITS]), 0)
