"""Random schemas whose resolvers do, by a seed, everything resolvers can do wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    is_abstract_type,
    is_object_type,
    specified_scalar_types,
)
from hypothesis import strategies as st

from tests.plans.behaviour import Behaviour

LEAVES = [scalar for scalar in specified_scalar_types.values() if scalar is not GraphQLString]

# A plain enum, one with a value that cannot be hashed, and one with a name for its value.
VALUES: list[dict[str, object]] = [{"A": 1, "B": 2}, {"A": "a", "B": [1]}, {"A": None, "C": 3}]


def serialize_scalar(value: object) -> object:
    """What the custom scalar gives out: it refuses some values and has nothing for others."""
    if value == "refused":
        raise ValueError("refused by the scalar")
    return None if value == "nothing" else f"<{value}>"


@dataclass
class TypePool:
    """Types a schema is made of so far."""

    behaviour: Behaviour
    leaves: list[GraphQLScalarType | GraphQLEnumType] = field(default_factory=list)
    inputs: list[GraphQLScalarType | GraphQLEnumType | GraphQLInputObjectType] = field(
        default_factory=list
    )
    interfaces: list[GraphQLInterfaceType] = field(default_factory=list)
    objects: list[GraphQLObjectType] = field(default_factory=list)
    unions: list[GraphQLUnionType] = field(default_factory=list)

    @property
    def outputs(self) -> list[GraphQLNamedType]:
        """Every type a field may have."""
        composites = [*self.interfaces, *self.objects, *self.unions]
        return [*self.leaves, *composites, *composites]


@st.composite
def schemas(draw: st.DrawFn, behaviour: Behaviour) -> GraphQLSchema:
    """A valid schema with queries and mutations."""
    pool = TypePool(behaviour)
    _leaves(draw, pool)
    _input_objects(draw, pool)
    _composites(draw, pool)
    roots = [
        GraphQLObjectType(name, _fields(draw, pool, name), is_type_of=None)
        for name in ("Query", "Mutation")
    ]
    schema = GraphQLSchema(roots[0], roots[1], types=pool.objects)
    _record_types(schema, behaviour)
    return schema


def _record_types(schema: GraphQLSchema, behaviour: Behaviour) -> None:
    """Tell ``behaviour`` which types values may have."""
    every = [name for name in schema.type_map if name.startswith("Type")]
    for name, type_ in schema.type_map.items():
        if is_abstract_type(type_):
            behaviour.possible[name] = [p.name for p in schema.get_possible_types(type_)] or every
        if is_object_type(type_):
            owner = "Root" if name in {"Query", "Mutation"} else name
            for key, definition in type_.fields.items():
                behaviour.types[owner, key] = definition.type


def _leaves(draw: st.DrawFn, pool: TypePool) -> None:
    values: dict[str, object] = draw(st.sampled_from(VALUES))
    enum = GraphQLEnumType("Enum", values)
    scalar = GraphQLScalarType("Custom", serialize=serialize_scalar)
    pool.leaves += [
        GraphQLString,
        *draw(st.lists(st.sampled_from(LEAVES), max_size=3)),
        enum,
        scalar,
    ]
    pool.inputs += [*pool.leaves]


def _input_objects(draw: st.DrawFn, pool: TypePool) -> None:
    for number in range(draw(st.integers(0, 2))):
        fields = {f"i{index}": _input_field(draw, pool) for index in range(draw(st.integers(1, 3)))}
        pool.inputs.append(GraphQLInputObjectType(f"Input{number}", fields))


def _input_field(draw: st.DrawFn, pool: TypePool) -> GraphQLInputField:
    if draw(st.booleans()):
        return GraphQLInputField(GraphQLInt, default_value=7)
    return GraphQLInputField(_input(draw, pool))


def _input(draw: st.DrawFn, pool: TypePool) -> GraphQLInputType:
    named = draw(st.sampled_from(pool.inputs))
    match draw(st.integers(0, 4)):
        case 0:
            return GraphQLNonNull(named)
        case 1:
            return GraphQLList(named)
        case 2:
            return GraphQLNonNull(GraphQLList(GraphQLNonNull(named)))
    return named


def _output(draw: st.DrawFn, pool: TypePool) -> GraphQLOutputType:
    type_: GraphQLOutputType = draw(st.sampled_from(pool.outputs))  # type: ignore[assignment]
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 1, 1, 2]))):
        type_ = GraphQLList(_maybe_non_null(draw, type_))
    return _maybe_non_null(draw, type_)


def _maybe_non_null(draw: st.DrawFn, type_: GraphQLOutputType) -> GraphQLOutputType:
    if isinstance(type_, GraphQLNonNull) or draw(st.integers(0, 2)):
        return type_
    return GraphQLNonNull(type_)


def _composites(draw: st.DrawFn, pool: TypePool) -> None:
    shared: dict[str, dict[str, GraphQLField]] = {}
    behaviour = pool.behaviour

    def own(name: str) -> Callable[[], dict[str, GraphQLField]]:
        return lambda: shared[name]

    for number in range(draw(st.integers(0, 2))):
        name = f"Face{number}"
        resolve_type = draw(st.sampled_from([None, behaviour.type_resolver(name)]))
        pool.interfaces.append(GraphQLInterfaceType(name, own(name), resolve_type=resolve_type))
    for number in range(draw(st.integers(1, 4))):
        name = f"Type{number}"
        faces = [face for face in pool.interfaces if draw(st.booleans())]
        is_type_of = draw(st.sampled_from([None, behaviour.type_test(name)]))
        pool.objects.append(GraphQLObjectType(name, own(name), faces, is_type_of=is_type_of))
    if draw(st.booleans()):
        members = draw(st.lists(st.sampled_from(pool.objects), min_size=1, unique=True))
        pool.unions.append(GraphQLUnionType("Union", members))
    for face in pool.interfaces:
        shared[face.name] = _fields(draw, pool, face.name)
    for type_ in pool.objects:
        shared[type_.name] = _fields(draw, pool, type_.name)
        for face in type_.interfaces:
            shared[type_.name] |= {
                name: _field_with_resolver(draw, pool, definition.type, definition.args)
                for name, definition in shared[face.name].items()
            }


def _fields(draw: st.DrawFn, pool: TypePool, owner: str) -> dict[str, GraphQLField]:
    prefix = owner[0].lower() + owner[-1]
    fields = {}
    for index in range(draw(st.integers(2, 5))):
        args = {
            f"x{number}": _argument(draw, pool)
            for number in range(draw(st.sampled_from([0, 0, 1, 2])))
        }
        fields[f"{prefix}{index}"] = _field_with_resolver(draw, pool, _output(draw, pool), args)
    return fields


def _argument(draw: st.DrawFn, pool: TypePool) -> GraphQLArgument:
    if draw(st.integers(0, 2)):
        return GraphQLArgument(_input(draw, pool))
    return GraphQLArgument(GraphQLInt, default_value=3)


def _field_with_resolver(
    draw: st.DrawFn, pool: TypePool, type_: GraphQLOutputType, args: dict[str, GraphQLArgument]
) -> GraphQLField:
    manner = draw(st.sampled_from(["default", "sync", "sync", "async"]))
    return GraphQLField(type_, args, resolve=pool.behaviour.resolver(type_, manner))
