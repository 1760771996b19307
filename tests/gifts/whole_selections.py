"""Everything that can be selected, taken from the schema that is served: new fields included."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

MAX_TOKENS = 1_800
"""A document may have 2,000 tokens; what stands around a selection has fewer than 200."""
TOKEN = re.compile(r"\w+|[{}]")
GOODS = frozenset({"Collection", "Product", "Variant"})
"""What everybody may see. They lead to one another and to all that the caller has: inside another
type only their plain fields are selected, and each is to be asked for by itself.
"""


def full_selection(schema: GraphQLSchema, type_name: str) -> str:
    """A selection of all fields of a type, and of theirs, to where a type comes again."""
    return _full_selection(schema.type_map[type_name], ())


def field_selections(schema: GraphQLSchema, type_name: str) -> list[str]:
    """The same in parts, each of which a document may hold."""
    type_ = schema.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    return [
        part for name, field in type_.fields.items() for part in _parts(name, field, (type_name,))
    ]


def _parts(name: str, field: GraphQLField, enclosing_types: tuple[str, ...]) -> Iterator[str]:
    """The whole selection of a field; field by field where it is too long for a document."""
    selection = _field_selection(name, field, enclosing_types)
    inner = get_named_type(field.type)
    if len(TOKEN.findall(selection)) <= MAX_TOKENS:
        yield selection
        return
    assert isinstance(inner, GraphQLObjectType | GraphQLInterfaceType), inner
    for inner_name, inner_field in inner.fields.items():
        inner_type = get_named_type(inner_field.type)
        if inner_type.name not in enclosing_types:
            for part in _parts(inner_name, inner_field, (*enclosing_types, inner.name)):
                yield f"{name} {{ {part} }}"


def _field_selection(name: str, field: GraphQLField, enclosing_types: tuple[str, ...]) -> str:
    inner = get_named_type(field.type)
    return name if is_leaf_type(inner) else f"{name} {_full_selection(inner, enclosing_types)}"


def _full_selection(type_: GraphQLNamedType, enclosing_types: tuple[str, ...]) -> str:
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType), type_
    selected = ["__typename"]
    is_plain = bool(enclosing_types) and type_.name in GOODS
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            selected.append(name)
        elif not is_plain and inner.name not in (*enclosing_types, type_.name):
            selected.append(f"{name} {_full_selection(inner, (*enclosing_types, type_.name))}")
    return f"{{ {' '.join(selected)} }}"
