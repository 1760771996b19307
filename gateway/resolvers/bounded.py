"""Resolvers that are called only with what keeps to the bounds of their arguments.

``@bounded(refusal)`` looks at every argument of a resolver, input objects with all that is in them,
before the resolver is called; ``refusal`` makes its answer where a bound is not kept to. The
bounds are those that ``gateway.resolvers.bounds`` declares.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, wraps
from inspect import iscoroutinefunction
from typing import Any, NoReturn, ParamSpec, TypeAlias, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.schema.name_converter import NameConverter
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryList, StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.lazy_type import LazyType

from gateway.engine.buying import InvalidPurchase
from gateway.engine.complaints import Complaints, Path
from gateway.engine.problems import ErrorCode, UserError
from gateway.resolvers.bounds import (
    BOUND,
    MAX_ID,
    Amount,
    Bound,
    Characters,
    Entries,
    Span,
)
from gateway.services.outcomes import Outcome

P = ParamSpec("P")
R = TypeVar("R")
Refusal: TypeAlias = Callable[[Sequence[UserError]], object]

MAX_COMPLAINTS = 20
"""So many are told at once: an answer does not grow with what is wrong."""
MAX_WEIGHT = 500_000
"""What the lists of one operation's inputs may weigh together, over all its root fields."""
INSTANT = Span()
BY_TYPE: Mapping[object, Bound] = {
    str: Characters(),
    strawberry.ID: Characters(MAX_ID),
    Decimal: Amount(),
    datetime: INSTANT,
    date: INSTANT,
}
_NAMES = NameConverter()


@dataclass
class Weighed:
    """What the inputs of one operation weigh so far, and how many lines it has displayed."""

    total: int = 0
    shown: int = 0


class Findings:
    """What is wrong with the arguments of one call, and what their lists weigh."""

    def __init__(self) -> None:
        self.complaints = Complaints()
        self.weight = 0

    @property
    def full(self) -> bool:
        """Whether enough was found to say no."""
        return len(self.complaints.found) >= MAX_COMPLAINTS

    def judge(self, bound: Bound, value: object, path: Path) -> bool:
        """Whether ``value`` keeps to ``bound``."""
        message = bound.complaint(value)
        if message is not None:
            self.complaints.add(path, message)
        return message is None


Look: TypeAlias = Callable[[object, Path, Findings], None]
"""Looks at a value and all that is in it."""


def bound_of(declared: Mapping[Any, Any], type_: object) -> Bound | None:
    """The bound of a value of ``type_``: the declared one, else its type's own."""
    found: Bound | None = declared.get(BOUND)
    return found or (
        BY_TYPE.get(bare(type_)) if not isinstance(bare(type_), StrawberryList) else None
    )


def bare(type_: object) -> object:
    """``type_`` without its being optional or lazy."""
    while True:
        match type_:
            case StrawberryOptional():
                type_ = type_.of_type
            case LazyType():
                type_ = type_.resolve_type()
            case _:
                return type_


def fields_of(kind: type) -> Iterator[tuple[StrawberryField, object]]:
    """The fields of an input class, with their types."""
    definition = kind.__strawberry_definition__  # type: ignore[attr-defined]
    for field in definition.fields:
        yield field, field.resolve_type(type_definition=definition)


def look(type_: object, bound: Bound | None) -> Look | None:
    """What looks at a value of ``type_``; None where nothing can be wrong with one."""
    type_ = bare(type_)
    if isinstance(type_, StrawberryList):
        inner = bare(type_.of_type)
        each = bound.each if isinstance(bound, Entries) else None
        return _list_look(bound, look(inner, each or BY_TYPE.get(inner)))
    if isinstance(type_, type) and has_object_definition(type_):
        return _object_look(type_)
    return _leaf_look(bound) if bound is not None and bound.at_the_door else None


def _leaf_look(bound: Bound) -> Look:
    def look_at(value: object, path: Path, findings: Findings) -> None:
        if value is not None:
            findings.judge(bound, value, path)

    return look_at


def _list_look(bound: Bound | None, each: Look | None) -> Look:
    weight = bound.weight if isinstance(bound, Entries) else 1

    def look_at(value: object, path: Path, findings: Findings) -> None:
        if not isinstance(value, list):
            return
        findings.weight += weight * len(value)
        if bound is not None and not findings.judge(bound, value, path):
            return
        if each is not None:
            for at, entry in enumerate(value):
                if findings.full:
                    return
                each(entry, (*path, str(at)), findings)

    return look_at


_objects: dict[type, Look] = {}


def _object_look(kind: type) -> Look:
    found = _objects.get(kind)
    if found is not None:
        return found
    inner: list[tuple[str, str, Look]] = []

    def look_at(value: object, path: Path, findings: Findings) -> None:
        if value is None or value is strawberry.UNSET:
            return
        for python_name, name, look_inside in inner:
            given = getattr(value, python_name)
            if given is not None and given is not strawberry.UNSET:
                look_inside(given, (*path, name), findings)

    # Known before its fields are: one of them may be of the same type.
    _objects[kind] = look_at
    for field, type_ in fields_of(kind):
        found = look(type_, bound_of(field.metadata, type_))
        if found is not None:
            inner.append((field.python_name, _NAMES.from_field(field), found))
    return look_at


class Guard:
    """The bounds of all arguments of one resolver."""

    def __init__(self, resolver: Callable[..., object], refusal: Refusal) -> None:
        self._resolver = resolver
        self._refusal = refusal

    @cached_property
    def arguments(self) -> list[StrawberryArgument]:
        """The arguments as the schema has them."""
        return StrawberryResolver(self._resolver).arguments

    @cached_property
    def _looks(self) -> list[tuple[str, str, Look]]:
        found = []
        for each in self.arguments:
            looks = look(each.type, bound_of(each.metadata, each.type))
            if looks is not None:
                found.append((each.python_name, _NAMES.from_argument(each), looks))
        return found

    def errors(self, given: Mapping[str, Any]) -> Sequence[UserError]:
        """What is wrong with the arguments of a call."""
        findings = Findings()
        for python_name, name, look_at in self._looks:
            value = given.get(python_name)
            if value is not None and value is not strawberry.UNSET:
                look_at(value, (name,), findings)
        if findings.weight and not findings.complaints.found:
            self._weigh(findings, given["info"].context.inputs)
        return findings.complaints.found

    def _weigh(self, findings: Findings, weighed: Weighed) -> None:
        weighed.total += findings.weight
        if weighed.total > MAX_WEIGHT:
            message = (
                f"The inputs of this operation weigh {weighed.total:,} in all, of at most "
                f"{MAX_WEIGHT:,}: send fewer or shorter lists at once."
            )
            findings.complaints.add(("input",), message)

    def answer(self, errors: Sequence[UserError]) -> Any:  # noqa: ANN401 - the resolver's own
        """What the resolver is made to answer."""
        return self._refusal(errors)


def bounded(refusal: Refusal) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a resolver answer by ``refusal`` where an argument does not keep to its bound."""

    def decorate(resolver: Callable[P, R]) -> Callable[P, R]:
        guard = Guard(resolver, refusal)
        made = _guarded(resolver, guard)
        made.guard = guard  # type: ignore[attr-defined]
        return made

    return decorate


def _guarded(resolver: Callable[P, R], guard: Guard) -> Callable[P, R]:
    if iscoroutinefunction(resolver):

        @wraps(resolver)
        async def later(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - its own
            errors = guard.errors(kwargs)
            return guard.answer(errors) if errors else await resolver(*args, **kwargs)

        return later  # type: ignore[return-value] # of the same kind as the resolver

    @wraps(resolver)
    def at_once(*args: P.args, **kwargs: P.kwargs) -> R:
        errors = guard.errors(kwargs)
        return guard.answer(errors) if errors else resolver(*args, **kwargs)

    return at_once


def outcome(errors: Sequence[UserError]) -> Outcome[Any]:
    """The answer of what has a payload."""
    return Outcome(user_errors=tuple(errors))


def purchase(errors: Sequence[UserError]) -> InvalidPurchase:
    """The answer of what buys."""
    return InvalidPurchase(tuple(errors))


def nothing(_errors: Sequence[UserError]) -> None:
    """The answer of what is looked up: no such thing has such a name."""


def mistake(errors: Sequence[UserError]) -> NoReturn:
    """The answer of what can only be right: an error of the client's."""
    first = errors[0]
    place = ".".join(first.field or ())
    raise GraphQLError(f"`{place}`: {first.message}", extensions={"code": "BAD_USER_INPUT"})


def unknown(errors: Sequence[UserError]) -> NoReturn:
    """The answer of what follows: there is no such thing to follow."""
    message = f"There is no such thing. {errors[0].message}"
    raise GraphQLError(message, extensions={"code": ErrorCode.NOT_FOUND.value})
