"""How large an operation is: depth, aliases, root fields and list-weighted cost in one pass.

Each fragment is measured once, however often it is spread, so the pass is linear in the document
where its expansion is exponential. Undefined fragments, cycles and unknown fields count nothing:
validation, which runs afterwards, names them.
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
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

SIZES = ("first", "last", "limit")
_INTROSPECTION = ("__schema", "__type")
_LONGEST_SIZE = 10  # digits of a 32-bit integer


@dataclass(frozen=True, slots=True)
class Figures:
    """What a selection comes to, its fragments spread out."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    cost: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.fields + other.fields,
            self.cost + other.cost,
        )


NOTHING = Figures()


class Measure:
    """One pass over a document; ``sized_by`` are the variables that sized a list."""

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
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._measured: dict[tuple[str, bool], Figures] = {}
        self._defaults: dict[str, int] = {}
        self.sized_by: set[str] = set()

    def operation(self, operation: OperationDefinitionNode) -> Figures:
        """The figures of ``operation``; ``fields`` are its root fields.

        Raises:
            RecursionError: fragments are chained deeper than can be followed.

        """
        self._defaults = _default_sizes(operation)
        self._measured.clear()
        root = _root_type(self._schema, operation.operation)
        return self._selections(operation.selection_set, root, sized=False)

    def _selections(
        self, selections: SelectionSetNode, parent: GraphQLNamedType | None, *, sized: bool
    ) -> Figures:
        total = NOTHING
        for selection in selections.selections:
            total += self._selection(selection, parent, sized=sized)
        return total

    def _selection(
        self, selection: SelectionNode, parent: GraphQLNamedType | None, *, sized: bool
    ) -> Figures:
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
        return NOTHING

    def _fragment(self, name: str, *, sized: bool) -> Figures:
        key = (name, sized)
        found = self._measured.get(key)
        fragment = self._fragments.get(name)
        if found is not None or fragment is None:
            return found or NOTHING
        self._measured[key] = NOTHING  # what a cycle adds
        parent = self._schema.type_map.get(fragment.type_condition.name.value)
        figures = self._selections(fragment.selection_set, parent, sized=sized)
        self._measured[key] = figures
        return figures

    def _field(self, field: FieldNode, parent: GraphQLNamedType | None, *, sized: bool) -> Figures:
        alias = 1 if field.alias else 0
        if field.name.value in _INTROSPECTION or field.selection_set is None:
            return Figures(1, alias, 1, 0)
        definition = _definition(parent, field.name.value)
        named = get_named_type(definition.type) if definition else None
        given = self._given_size(field, definition)
        inside = self._selections(field.selection_set, named, sized=given is not None)
        times, own = self._times(definition, given, sized=sized)
        return Figures(inside.depth + 1, inside.aliases + alias, 1, own + times * inside.cost)

    def _times(
        self, definition: GraphQLField | None, given: int | None, *, sized: bool
    ) -> tuple[int, int]:
        """How often the field's selection is executed and what the field itself costs."""
        if definition is None or is_leaf_type(get_named_type(definition.type)):
            return 1, 0
        listed = isinstance(get_nullable_type(definition.type), GraphQLList)
        if given is not None:
            return given, given if listed else 1
        if listed and not sized:  # a sized connection's own list is counted at the connection
            return self._list_size, self._list_size
        return 1, 1

    def _given_size(self, field: FieldNode, definition: GraphQLField | None) -> int | None:
        """The size that an argument gives the field's list; None where no argument could."""
        if definition is None or not any(name in definition.args for name in SIZES):
            return None
        for argument in field.arguments or ():
            if argument.name.value in SIZES:
                return self._size(argument.value)
        return self._list_size

    def _size(self, value: object) -> int:
        if isinstance(value, IntValueNode):
            return _bounded(value.value)
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
        each.variable.name.value: _bounded(each.default_value.value)
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }


def _bounded(digits: str) -> int:
    """``digits`` as a number not below zero, cut before it becomes dear to convert."""
    return max(int(digits[:_LONGEST_SIZE]), 0)
