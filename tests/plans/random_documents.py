"""Random documents for a schema: fragments, aliases, merging, variables, directives, names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    GraphQLArgument,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_union_type,
)
from hypothesis import strategies as st

LITERALS = {
    "Int": ["0", "41"],
    "Float": ["1.5", "3"],
    "Boolean": ["true", "false"],
    "String": ['"text"', '""'],
    "ID": ['"id"', "9"],
    "Custom": ['"scalar"', "[1, {a: 2}]"],
}
INPUTS: dict[str, list[object]] = {
    "Int": [0, 41, "wrong"],
    "Float": [1.5, 3],
    "Boolean": [True, False],
    "String": ["text", 5],
    "ID": ["id", 9],
    "Custom": ["scalar", [1]],
}
MAX_DEPTH = 3


@dataclass
class Document:
    """A document in the making, the variables it declares and the values given for them."""

    draw: st.DrawFn
    schema: GraphQLSchema
    literals: Mapping[str, Sequence[str]] = field(default_factory=lambda: LITERALS)
    inputs: Mapping[str, Sequence[object]] = field(default_factory=lambda: INPUTS)
    fragments: dict[str, str] = field(default_factory=dict)
    declared_types: dict[str, str] = field(default_factory=dict)
    variable_values: dict[str, object] = field(default_factory=dict)
    # The arguments that each field has been asked for with: each has an alias of its own.
    arguments_by_field: dict[str, list[str]] = field(default_factory=dict)

    def one_of(self, *choices: str) -> str:
        """One of the ``choices``."""
        return self.draw(st.sampled_from(choices))

    def happens_once_in(self, count: int) -> bool:
        """True once in ``count``."""
        return self.draw(st.integers(1, count)) == count

    def variable(self, type_: str, value: object) -> str:
        """A variable of ``type_``: perhaps given, perhaps with a default, perhaps neither."""
        name = f"v{len(self.declared_types)}"
        self.declared_types[name] = type_
        if not self.happens_once_in(6):
            self.variable_values[name] = None if self.happens_once_in(8) else value
        return f"${name}"


@st.composite
def requests(draw: st.DrawFn, schema: GraphQLSchema) -> tuple[str, dict[str, object], str | None]:
    """A text, the raw variables and the operation name; not always valid."""
    document = Document(draw, schema)
    choices: list[list[str | None]] = [[None], ["One"], ["One", "Two"]]
    names = draw(st.sampled_from(choices))
    operations = [_operation(document, name) for name in names]
    text = "\n".join([*operations, *document.fragments.values()])
    return text, document.variable_values, names[-1] if len(names) > 1 else None


@dataclass(frozen=True)
class SelectionRoot:
    """Where a selection begins: in a field of the operation, or in the operation itself."""

    kind: str
    type: str
    field: str = ""


@st.composite
def random_operations(
    draw: st.DrawFn,
    schema: GraphQLSchema,
    root: SelectionRoot,
    literals: Mapping[str, Sequence[str]],
    inputs: Mapping[str, Sequence[object]],
) -> tuple[str, dict[str, object]]:
    """An operation with a random selection from ``root``, and the raw variables."""
    document = Document(draw, schema, literals, inputs)
    selections = _selections(document, schema.type_map[root.type], 0)
    declared = ", ".join(
        f"${key}: {type_text}" for key, type_text in document.declared_types.items()
    )
    head = f"{root.kind} Made{f'({declared})' if declared else ''}"
    body = f"{{ {root.field} {selections} }}" if root.field else selections
    return "\n".join([f"{head} {body}", *document.fragments.values()]), document.variable_values


def _operation(document: Document, name: str | None) -> str:
    kind = document.one_of("query", "query", "mutation")
    root = document.schema.mutation_type if kind == "mutation" else document.schema.query_type
    assert root is not None
    document.declared_types.clear()
    document.arguments_by_field.clear()
    selections = _selections(document, root, 0)
    declared = ", ".join(f"${key}: {type_}" for key, type_ in document.declared_types.items())
    return f"{kind} {name or ''} {f'({declared})' if declared else ''} {selections}"


def _selections(document: Document, type_: GraphQLNamedType, depth: int) -> str:
    count = document.draw(st.integers(2, 5))
    return f"{{ {' '.join(_selection(document, type_, depth) for _ in range(count))} }}"


def _selection(document: Document, type_: GraphQLNamedType, depth: int) -> str:
    match document.draw(st.integers(0, 9)):
        case 0:
            return document.one_of("__typename", "kind: __typename")
        case 1:
            return _inline(document, type_, depth)
        case 2 if depth < MAX_DEPTH:
            return _spread(document, type_, depth)
    if is_union_type(type_):
        return _inline(document, type_, depth)
    return _field(document, type_, depth)


def _condition(document: Document, type_: GraphQLNamedType) -> GraphQLNamedType:
    """A type that may be the very type of a value of ``type_``."""
    schema = document.schema
    if is_object_type(type_):
        faces: list[GraphQLNamedType] = [type_, *type_.interfaces]
        return document.draw(st.sampled_from(faces))
    assert is_abstract_type(type_)
    possible: list[GraphQLNamedType] = [type_, *schema.get_possible_types(type_)]
    return document.draw(st.sampled_from(possible))


def _inline(document: Document, type_: GraphQLNamedType, depth: int) -> str:
    condition = _condition(document, type_)
    named = f"on {condition.name}" if condition is not type_ or document.happens_once_in(2) else ""
    inner = _selections(document, condition, depth + 1) if depth < MAX_DEPTH else "{ __typename }"
    return f"... {named} {_directives(document)} {inner}"


def _spread(document: Document, type_: GraphQLNamedType, depth: int) -> str:
    matching_fragments = [
        name
        for name, text in document.fragments.items()
        if text and name.startswith(f"F{type_.name}_")
    ]
    if matching_fragments and document.happens_once_in(2):
        name = document.draw(st.sampled_from(matching_fragments))
    else:
        condition = _condition(document, type_)
        name = f"F{condition.name}_{len(document.fragments)}"
        document.fragments[name] = ""
        inner = _selections(document, condition, depth + 1)
        document.fragments[name] = f"fragment {name} on {condition.name} {inner}"
    return f"...{name} {_directives(document)}"


def _directives(document: Document) -> str:
    if not document.happens_once_in(5):
        return ""
    name = document.one_of("skip", "include")
    truth = document.draw(st.booleans())
    value = document.one_of("true", "false")
    if document.happens_once_in(2):
        value = f"$flag{truth}"
        document.declared_types[value[1:]] = document.one_of("Boolean!", "Boolean = true")
        document.variable_values[value[1:]] = truth
    return f"@{name}(if: {value})"


def _field(document: Document, type_: GraphQLNamedType, depth: int) -> str:
    assert is_object_type(type_) or is_interface_type(type_)
    name = document.draw(st.sampled_from(sorted(type_.fields)))
    definition = type_.fields[name]
    arguments = _arguments(document, name, definition.args)
    alias = f"{name}_{document.arguments_by_field[name].index(arguments)}: "
    if alias.endswith("_0: ") and not document.happens_once_in(5):
        alias = ""
    named = get_named_type(definition.type)
    if is_leaf_type(named):
        inner = ""
    elif depth >= MAX_DEPTH:
        inner = "{ __typename }"
    else:
        inner = _selections(document, named, depth + 1)
    return f"{alias}{name}{arguments} {_directives(document)} {inner}"


def _arguments(document: Document, name: str, definitions: dict[str, GraphQLArgument]) -> str:
    """Arguments in source text: those of an earlier field, to merge with it, or new ones."""
    asked = document.arguments_by_field.setdefault(name, [])
    if asked and document.happens_once_in(2):
        return document.draw(st.sampled_from(asked))
    arguments = _new_arguments(document, definitions)
    if arguments not in asked:
        asked.append(arguments)
    return arguments


def _new_arguments(document: Document, definitions: dict[str, GraphQLArgument]) -> str:
    arguments = [
        f"{name}: {_value(document, definition.type)}"
        for name, definition in definitions.items()
        if is_non_null_type(definition.type) or not document.happens_once_in(3)
    ]
    return f"({', '.join(arguments)})" if arguments else ""


def _value(document: Document, type_: GraphQLInputType, depth: int = 0) -> str:
    if depth < 2 and document.happens_once_in(3):
        shown = str(type_)
        if document.happens_once_in(4) and is_non_null_type(type_):
            shown = f"{str(type_)[:-1]} = {_literal(document, type_.of_type, MAX_DEPTH)}"
        return document.variable(shown, _input(document, type_))
    return _literal(document, type_, depth)


def _literal(document: Document, type_: GraphQLInputType, depth: int) -> str:
    if is_non_null_type(type_):
        return _literal(document, type_.of_type, depth)
    if is_list_type(type_):
        count = document.draw(st.integers(0, 2))
        items = [_value(document, type_.of_type, depth + 1) for _ in range(count)]
        return f"[{', '.join(items)}]"
    if is_enum_type(type_):
        names: list[str] = sorted(type_.values)
        return document.draw(st.sampled_from(names))
    if is_input_object_type(type_):
        fields = [
            f"{name}: {_value(document, definition.type, depth + 1)}"
            for name, definition in type_.fields.items()
            if is_non_null_type(definition.type) or document.happens_once_in(2)
        ]
        return f"{{{', '.join(fields)}}}"
    return document.draw(st.sampled_from(document.literals[get_named_type(type_).name]))


def _input(document: Document, type_: GraphQLInputType, depth: int = 0) -> object:
    if is_non_null_type(type_):
        return _input(document, type_.of_type, depth)
    if is_list_type(type_):
        return [_input(document, type_.of_type, depth + 1)] if depth < MAX_DEPTH else []
    if is_enum_type(type_):
        return document.draw(st.sampled_from(sorted(type_.values)))
    if is_input_object_type(type_):
        return {
            name: _input(document, definition.type, depth + 1)
            for name, definition in type_.fields.items()
            if is_non_null_type(definition.type) or depth < MAX_DEPTH
        }
    return document.draw(st.sampled_from(document.inputs[get_named_type(type_).name]))
