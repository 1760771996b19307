"""Everything that can be selected, taken from the schema that is served: new fields included."""

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)


def full_selection(schema: GraphQLSchema, type_name: str) -> str:
    """A selection of all fields of a type, and of theirs, to where a type comes again."""
    return _full_selection(schema.type_map[type_name], ())


def field_selections(schema: GraphQLSchema, type_name: str) -> list[str]:
    """The same field by field: all at once would be more than a document may hold."""
    type_ = schema.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    return [_field_selection(name, field, (type_name,)) for name, field in type_.fields.items()]


def _field_selection(name: str, field: GraphQLField, enclosing_types: tuple[str, ...]) -> str:
    inner = get_named_type(field.type)
    return name if is_leaf_type(inner) else f"{name} {_full_selection(inner, enclosing_types)}"


def _full_selection(type_: GraphQLNamedType, enclosing_types: tuple[str, ...]) -> str:
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType), type_
    selected = ["__typename"]
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            selected.append(name)
        elif inner.name not in (*enclosing_types, type_.name):
            selected.append(f"{name} {_full_selection(inner, (*enclosing_types, type_.name))}")
    return f"{{ {' '.join(selected)} }}"
