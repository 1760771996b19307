"""Every input has a bound: one over it is refused with figures, exactly at it is not (R98).

The cases are made from the schema itself, so that a field added tomorrow is among them. What
refuses is asked directly: it must come to its answer without a database, a shop or a resolver.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_required_input_field,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument

from gateway.resolvers import argument_guards as resolvers_bounded
from gateway.resolvers.argument_guards import OperationUsage
from gateway.resolvers.bounds import (
    END_DAY,
    FIRST_DAY,
    MAX_AMOUNT,
    AmountBound,
    Bound,
    DateBound,
    ListBound,
    TextBound,
)
from gateway.schema import schema
from gateway.schema.bound_descriptions import Input, inputs_of

CORE = schema._schema
BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF
# Their values are few, or bounded by how they are written.
FINITE = {"Boolean", "Int", "CountryCode", "CurrencyCode", "Long"}
# Read once for each amount of an answer: an unknown tag, however long, means the default.
LOCALES = ("locale",)
InputPath = tuple[str, ...]


def is_finite(graphql_input: Input) -> bool:
    named = get_named_type(graphql_input.type)
    return named.name in FINITE or isinstance(named, GraphQLInputObjectType) or is_enum(named)


def is_enum(named: object) -> bool:
    return isinstance(named, GraphQLEnumType)


def test_every_input_has_a_bound_and_tells_it() -> None:
    """R98: no list, text, number or instant of the schema is without one."""
    silent, boundless = [], []
    for location, graphql_input, bound in inputs_of(schema):
        listed = isinstance(get_nullable_type(graphql_input.type), GraphQLList)
        if bound is None:
            boundless += [location] if listed or not is_finite(graphql_input) else []
        elif bound.description not in (graphql_input.description or ""):
            silent.append(location)
        elif listed and not isinstance(bound, ListBound):
            boundless.append(location)
    assert boundless == []
    assert silent == []


def test_every_resolver_with_arguments_is_guarded() -> None:
    """R98: a field that takes something looks at it first."""
    bare = [
        f"{kind}.{name}"
        for kind, name, function in resolvers_with_arguments()
        if not guard_of(function)
    ]
    assert bare == []


def resolvers_with_arguments() -> Iterator[tuple[str, str, Any]]:
    for kind in CORE.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        for name, field in kind.fields.items():
            if field.args and not any(each in LOCALES for each in field.args):
                own = field.extensions[BACKREF].base_resolver.wrapped_func
                # A code of two letters needs no bound beside its form.
                if any(not is_finite(each) or takes_input(each) for each in field.args.values()):
                    yield kind.name, name, own


def object_type(name: str) -> GraphQLObjectType:
    kind = CORE.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return kind


def takes_input(graphql_input: Input) -> bool:
    return isinstance(get_named_type(graphql_input.type), GraphQLInputObjectType)


def guard_of(function: Any) -> Any:  # noqa: ANN401 - whatever a resolver is
    return getattr(function, "guard", None)


@dataclass(frozen=True)
class BoundCase:
    """A root field, an argument of it, and the place in it of what has a bound."""

    kind: str
    name: str
    path: InputPath
    bound: Bound

    def __str__(self) -> str:
        return f"{self.name}:{'.'.join(self.path)}"


def bound_cases() -> Iterator[BoundCase]:
    """Every bound that is looked at before a resolver is called, wherever it stands."""
    for kind, name, function in resolvers_with_arguments():
        field = object_type(kind).fields[name]
        for argument_name, argument in field.args.items():
            for path, bound in bounds_below((argument_name,), argument, ()):
                if guard_of(function) and bound.checked_by_guard:
                    yield BoundCase(kind, name, path, bound)


def bounds_below(
    path: InputPath, graphql_input: Input, enclosing_types: tuple[str, ...]
) -> Iterator[tuple[InputPath, Bound]]:
    bound = BOUNDS[id(graphql_input)]
    listed = isinstance(get_nullable_type(graphql_input.type), GraphQLList)
    named = get_named_type(graphql_input.type)
    if bound is not None:
        yield path, bound
    inside = (*path, "0") if listed else path
    if listed and not isinstance(named, GraphQLInputObjectType) and named.name in {"String", "ID"}:
        own_bound = bound.entry_bound if isinstance(bound, ListBound) else None
        yield inside, own_bound or TextBound()
    if isinstance(named, GraphQLInputObjectType) and named.name not in enclosing_types:
        for name, field in named.fields.items():
            yield from bounds_below((*inside, name), field, (*enclosing_types, named.name))


BOUNDS = {id(graphql_input): bound for _, graphql_input, bound in inputs_of(schema)}
CASES = list(bound_cases())


def values_around(bound: Bound, entry: object) -> Iterator[tuple[object, bool]]:
    """Values at the bound, which are let in, and values over it, which are not."""
    match bound:
        case TextBound(limit):
            yield from (("x" * limit, True), ("é" * limit, True), ("x\n\t", True))
            yield from (
                ("x" * (limit + 1), False),
                ("a\0b", False),
                ("\0", False),
                ("\ud800", False),
            )
        case ListBound(limit):
            yield from (([entry] * limit, True), ([entry] * (limit + 1), False))
        case AmountBound():
            yield from ((MAX_AMOUNT - 1, True), (1 - MAX_AMOUNT, True), (Decimal("0.01"), True))
            yield from ((MAX_AMOUNT, False), (-MAX_AMOUNT, False), (Decimal("9" * 28), False))
        case DateBound():
            first, end = (
                datetime.combine(day, datetime.min.time(), UTC) for day in (FIRST_DAY, END_DAY)
            )
            tick = timedelta(microseconds=1)
            yield from ((first, True), (end - tick, True), (end, False), (first - tick, False))
            yield from ((datetime.max.replace(tzinfo=UTC), False), (date.min, False))


def embed_value(kind: Any, path: InputPath, value: object) -> object:  # noqa: ANN401 - a GraphQL type
    """A value of ``kind`` that holds ``value`` at ``path`` and beside it what is required."""
    if not path:
        return value
    if isinstance(get_nullable_type(kind), GraphQLList):
        return [embed_value(get_nullable_type(kind).of_type, path[1:], value)]
    made = ordinary_value(get_named_type(kind))
    assert isinstance(made, dict)
    field = get_named_type(kind).fields[path[0]]
    return made | {path[0]: embed_value(field.type, path[1:], value)}


ORDINARY_VALUES: Mapping[str, object] = {
    "Int": 1,
    "Boolean": True,
    "Decimal": Decimal(1),
    "CountryCode": "DE",
    "CurrencyCode": "EUR",
}


def ordinary_value(named: Any) -> object:  # noqa: ANN401 - a GraphQL type
    """An ordinary value of a type."""
    if is_enum(named):
        return next(iter(named.values.values())).value
    if not isinstance(named, GraphQLInputObjectType):
        return ORDINARY_VALUES.get(named.name, "x")
    return {
        name: []
        if isinstance(get_nullable_type(field.type), GraphQLList)
        else ordinary_value(get_named_type(field.type))
        for name, field in named.fields.items()
        if is_required_input_field(field)
    }


def guard_errors(case: BoundCase, value: object) -> list[tuple[InputPath, str]]:
    """What the resolver's guard says of a call that holds ``value`` at the case's place."""
    field = object_type(case.kind).fields[case.name]
    argument_value = embed_value(field.args[case.path[0]].type, case.path[1:], value)
    guard = guard_of(field.extensions[BACKREF].base_resolver.wrapped_func)
    [argument] = [each for each in guard.arguments if argument_name(each) == case.path[0]]
    converted = convert_argument(
        value=argument_value,
        type_=argument.type,
        scalar_registry=schema.schema_converter.scalar_registry,
        config=schema.config,
    )
    info = SimpleNamespace(context=SimpleNamespace(usage=OperationUsage()))
    errors = guard.errors({"info": info, argument.python_name: converted})
    return [(error.field or (), error.message) for error in errors]


def argument_name(argument: Any) -> str:  # noqa: ANN401 - an argument of the schema library
    return schema.config.name_converter.from_argument(argument)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_at_the_bound_is_let_in_and_one_over_is_refused_with_figures(case: BoundCase) -> None:
    """R98: INVALID_INPUT where it stands, saying how much there may be and how much there is."""
    field = object_type(case.kind).fields[case.name]
    kind = field.args[case.path[0]].type
    for step in case.path[1:]:
        inner = get_nullable_type(kind)
        kind = inner.of_type if step.isdecimal() else get_named_type(inner).fields[step].type
    for value, fits in values_around(case.bound, ordinary_value(get_named_type(kind))):
        errors = guard_errors(case, value)
        assert [place for place, _ in errors] == ([] if fits else [case.path]), value
        for _, message in errors:
            assert message[-1] == "."
            assert (
                any(map(str.isdigit, message))
                or "past" in message
                or "pair" in message
                or "year" in message
            )


def test_the_cases_are_all_there() -> None:
    case_names = {str(case) for case in CASES}
    assert len(case_names) > 170
    assert {
        "quote:input.items.0.taxRates",
        "quote:input.items.0.taxRates.0.name",
        "giftCreate:input.recipients.0.postal.lines.0",
        "cart:id",
        "giftClaim:token",
    } <= case_names


def test_what_is_wrong_is_told_up_to_a_number() -> None:
    case = next(case for case in CASES if str(case) == "cartCodesSet:input.codes.0")
    many = BoundCase(case.kind, case.name, case.path[:-1], case.bound)
    errors = guard_errors(many, ["x" * 300] * 20)
    assert len(errors) == resolvers_bounded.MAX_ERRORS == 20


@pytest.mark.parametrize("field", ["scheduledFor", "expiresAt"])
def test_a_wish_too_far_ahead_is_refused_in_its_own_words(field: str) -> None:
    """R98: the same sentence for a year that cannot be reckoned with as for the next but one."""
    case = next(each for each in CASES if str(each) == f"giftCreate:input.{field}")
    [(_, late)] = guard_errors(case, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    [(_, early)] = guard_errors(case, datetime(1, 1, 1, tzinfo=UTC))
    expected = {
        "scheduledFor": ("At most a year from now.", "This is in the past."),
        "expiresAt": ("Between 3 and 60 days after the gift's start.",) * 2,
    }
    assert (late, early) == expected[field]
