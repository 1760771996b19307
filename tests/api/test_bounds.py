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

from gateway.resolvers import bounded as resolvers_bounded
from gateway.resolvers.bounded import Weighed
from gateway.resolvers.bounds import (
    END,
    FIRST_DAY,
    MAX_AMOUNT,
    Amount,
    Bound,
    Characters,
    Entries,
    Span,
)
from gateway.schema import schema
from gateway.schema.telling import Input, inputs_of

CORE = schema._schema
BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF
# Their values are few, or bounded by how they are written.
FINITE = {"Boolean", "Int", "CountryCode", "CurrencyCode", "Long"}
# Read once for each amount of an answer: an unknown tag, however long, means the default.
LOCALES = ("locale",)
Path = tuple[str, ...]


def is_finite(given: Input) -> bool:
    named = get_named_type(given.type)
    return named.name in FINITE or isinstance(named, GraphQLInputObjectType) or is_enum(named)


def is_enum(named: object) -> bool:
    return isinstance(named, GraphQLEnumType)


def test_every_input_has_a_bound_and_tells_it() -> None:
    """R98: no list, text, number or instant of the schema is without one."""
    silent, boundless = [], []
    for place, given, bound in inputs_of(schema):
        listed = isinstance(get_nullable_type(given.type), GraphQLList)
        if bound is None:
            boundless += [place] if listed or not is_finite(given) else []
        elif bound.told not in (given.description or ""):
            silent.append(place)
        elif listed and not isinstance(bound, Entries):
            boundless.append(place)
    assert boundless == []
    assert silent == []


def test_every_resolver_with_arguments_is_guarded() -> None:
    """R98: a field that takes something looks at it first."""
    bare = [f"{kind}.{name}" for kind, name, function in resolvers() if not guard_of(function)]
    assert bare == []


def resolvers() -> Iterator[tuple[str, str, Any]]:
    for kind in CORE.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        for name, field in kind.fields.items():
            if field.args and not any(each in LOCALES for each in field.args):
                own = field.extensions[BACKREF].base_resolver.wrapped_func
                # A code of two letters needs no bound beside its form.
                if any(not is_finite(each) or takes_input(each) for each in field.args.values()):
                    yield kind.name, name, own


def output(name: str) -> GraphQLObjectType:
    kind = CORE.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return kind


def takes_input(given: Input) -> bool:
    return isinstance(get_named_type(given.type), GraphQLInputObjectType)


def guard_of(function: Any) -> Any:  # noqa: ANN401 - whatever a resolver is
    return getattr(function, "guard", None)


@dataclass(frozen=True)
class Case:
    """A root field, an argument of it, and the place in it of what has a bound."""

    kind: str
    name: str
    path: Path
    bound: Bound

    def __str__(self) -> str:
        return f"{self.name}:{'.'.join(self.path)}"


def cases() -> Iterator[Case]:
    """Every bound that is looked at before a resolver is called, wherever it stands."""
    for kind, name, function in resolvers():
        field = output(kind).fields[name]
        for argument_name, argument in field.args.items():
            for path, bound in below((argument_name,), argument, ()):
                if guard_of(function) and bound.at_the_door:
                    yield Case(kind, name, path, bound)


def below(path: Path, given: Input, above: tuple[str, ...]) -> Iterator[tuple[Path, Bound]]:
    bound = BOUNDS[id(given)]
    listed = isinstance(get_nullable_type(given.type), GraphQLList)
    named = get_named_type(given.type)
    if bound is not None:
        yield path, bound
    inside = (*path, "0") if listed else path
    if listed and not isinstance(named, GraphQLInputObjectType) and named.name in {"String", "ID"}:
        yield inside, Characters()
    if isinstance(named, GraphQLInputObjectType) and named.name not in above:
        for name, field in named.fields.items():
            yield from below((*inside, name), field, (*above, named.name))


BOUNDS = {id(given): bound for _, given, bound in inputs_of(schema)}
CASES = list(cases())


def values(bound: Bound, fill: object) -> Iterator[tuple[object, bool]]:
    """Values at the bound, which are let in, and values over it, which are not."""
    match bound:
        case Characters(most):
            yield from (("x" * most, True), ("é" * most, True), ("x\n\t", True))
            yield from (
                ("x" * (most + 1), False),
                ("a\0b", False),
                ("\0", False),
                ("\ud800", False),
            )
        case Entries(most):
            yield from (([fill] * most, True), ([fill] * (most + 1), False))
        case Amount():
            yield from ((MAX_AMOUNT - 1, True), (1 - MAX_AMOUNT, True), (Decimal("0.01"), True))
            yield from ((MAX_AMOUNT, False), (-MAX_AMOUNT, False), (Decimal("9" * 28), False))
        case Span():
            first, end = (
                datetime.combine(day, datetime.min.time(), UTC) for day in (FIRST_DAY, END)
            )
            tick = timedelta(microseconds=1)
            yield from ((first, True), (end - tick, True), (end, False), (first - tick, False))
            yield from ((datetime.max.replace(tzinfo=UTC), False), (date.min, False))


def nested(kind: Any, path: Path, value: object) -> object:  # noqa: ANN401 - a GraphQL type
    """A value of ``kind`` that holds ``value`` at ``path`` and beside it what is required."""
    if not path:
        return value
    if isinstance(get_nullable_type(kind), GraphQLList):
        return [nested(get_nullable_type(kind).of_type, path[1:], value)]
    made = plain(get_named_type(kind))
    assert isinstance(made, dict)
    field = get_named_type(kind).fields[path[0]]
    return made | {path[0]: nested(field.type, path[1:], value)}


PLAIN: Mapping[str, object] = {
    "Int": 1,
    "Boolean": True,
    "Decimal": Decimal(1),
    "CountryCode": "DE",
    "CurrencyCode": "EUR",
}


def plain(named: Any) -> object:  # noqa: ANN401 - a GraphQL type
    """An ordinary value of a type."""
    if is_enum(named):
        return next(iter(named.values.values())).value
    if not isinstance(named, GraphQLInputObjectType):
        return PLAIN.get(named.name, "x")
    return {
        name: []
        if isinstance(get_nullable_type(field.type), GraphQLList)
        else plain(get_named_type(field.type))
        for name, field in named.fields.items()
        if is_required_input_field(field)
    }


def complaints(case: Case, value: object) -> list[tuple[Path, str]]:
    """What the resolver's guard says of a call that holds ``value`` at the case's place."""
    field = output(case.kind).fields[case.name]
    given = nested(field.args[case.path[0]].type, case.path[1:], value)
    guard = guard_of(field.extensions[BACKREF].base_resolver.wrapped_func)
    [argument] = [each for each in guard.arguments if name_of(each) == case.path[0]]
    converted = convert_argument(
        value=given,
        type_=argument.type,
        scalar_registry=schema.schema_converter.scalar_registry,
        config=schema.config,
    )
    info = SimpleNamespace(context=SimpleNamespace(inputs=Weighed()))
    errors = guard.errors({"info": info, argument.python_name: converted})
    return [(error.field or (), error.message) for error in errors]


def name_of(argument: Any) -> str:  # noqa: ANN401 - an argument of the schema library
    return schema.config.name_converter.from_argument(argument)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_at_the_bound_is_let_in_and_one_over_is_refused_with_figures(case: Case) -> None:
    """R98: INVALID_INPUT where it stands, saying how much there may be and how much there is."""
    field = output(case.kind).fields[case.name]
    kind = field.args[case.path[0]].type
    for step in case.path[1:]:
        inner = get_nullable_type(kind)
        kind = inner.of_type if step.isdecimal() else get_named_type(inner).fields[step].type
    for value, fits in values(case.bound, plain(get_named_type(kind))):
        found = complaints(case, value)
        assert [place for place, _ in found] == ([] if fits else [case.path]), value
        for _, message in found:
            assert message[-1] == "."
            assert (
                any(map(str.isdigit, message))
                or "past" in message
                or "pair" in message
                or "year" in message
            )


def test_the_cases_are_all_there() -> None:
    told = {str(case) for case in CASES}
    assert len(told) > 170
    assert {
        "quote:input.items.0.taxRates",
        "quote:input.items.0.taxRates.0.name",
        "giftCreate:input.recipients.0.postal.lines.0",
        "cart:id",
        "giftClaim:token",
    } <= told


def test_what_is_wrong_is_told_up_to_a_number() -> None:
    case = next(case for case in CASES if str(case) == "cartCodesSet:input.codes.0")
    many = Case(case.kind, case.name, case.path[:-1], case.bound)
    found = complaints(many, ["x" * 300] * 20)
    assert len(found) == resolvers_bounded.MAX_COMPLAINTS == 20


@pytest.mark.parametrize("field", ["scheduledFor", "expiresAt"])
def test_a_wish_too_far_ahead_is_refused_in_its_own_words(field: str) -> None:
    """R98: the same sentence for a year that cannot be reckoned with as for the next but one."""
    case = next(each for each in CASES if str(each) == f"giftCreate:input.{field}")
    [(_, late)] = complaints(case, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    [(_, early)] = complaints(case, datetime(1, 1, 1, tzinfo=UTC))
    expected = {
        "scheduledFor": ("At most a year from now.", "This is in the past."),
        "expiresAt": ("Between 3 and 60 days after the gift's start.",) * 2,
    }
    assert (late, early) == expected[field]
