"""What the schema says of the bounds of its inputs: a sentence after each description."""

from collections.abc import Iterator

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from gateway.resolvers.argument_guards import find_bound
from gateway.resolvers.bounds import Bound

Input = GraphQLArgument | GraphQLInputField
BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF


def inputs_of(schema: strawberry.Schema) -> Iterator[tuple[str, Input, Bound | None]]:
    """Every argument and input field of ``schema``, by its coordinate, with its bound."""
    for name, kind in schema._schema.type_map.items():  # noqa: SLF001 - there is no public name
        if name.startswith("__"):
            continue
        match kind:
            case GraphQLInputObjectType():
                for field_name, field in kind.fields.items():
                    yield f"{name}.{field_name}", field, _bound(field)
            case GraphQLObjectType() | GraphQLInterfaceType():
                for field_name, output in kind.fields.items():
                    for argument_name, argument in output.args.items():
                        place = f"{name}.{field_name}({argument_name}:)"
                        yield place, argument, _bound(argument)


def _bound(given: Input) -> Bound | None:
    match given.extensions.get(BACKREF):
        case StrawberryField() as field:
            return find_bound(field.metadata, field.type)
        case StrawberryArgument() as argument:
            return find_bound(argument.metadata, argument.type)
    return None


def with_bounds_told(schema: strawberry.Schema) -> strawberry.Schema:
    """``schema``, whose descriptions of inputs say how much they may hold."""
    for kind in schema._schema.type_map.values():  # noqa: SLF001 - there is no public name
        definition = kind.extensions.get(BACKREF)
        if isinstance(kind, GraphQLInputObjectType) and getattr(definition, "is_one_of", False):
            # Told to graphql-core too, which then says where in a variable more than one is given.
            kind.is_one_of = True
    for _, graphql_input, bound in inputs_of(schema):
        if bound is not None and bound.description not in (graphql_input.description or ""):
            graphql_input.description = f"{graphql_input.description} {bound.description}"
    return schema
