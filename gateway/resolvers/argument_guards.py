"""Guards that check the arguments of resolvers against their bounds before each call.

``@check_bounds(build_refusal)`` checks every argument, with all fields of input objects. If a bound
is exceeded, the answer is the one of ``build_refusal``. ``gateway.resolvers.bounds`` declares the
bounds.
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

from gateway.engine.checkout.outcomes import InvalidPurchase
from gateway.engine.user_errors import ErrorCode, ErrorCollector, InputPath, UserError
from gateway.resolvers.bounds import (
    BOUND,
    MAX_ID_LENGTH,
    AmountBound,
    Bound,
    DateBound,
    ListBound,
    TextBound,
)
from gateway.services.outcomes import Outcome

P = ParamSpec("P")
R = TypeVar("R")
BuildRefusal: TypeAlias = Callable[[Sequence[UserError]], object]

MAX_ERRORS = 20
"""Errors in one answer, which must not grow with the number of errors."""
MAX_INPUT_WEIGHT = 500_000
"""The weight of all lists in the inputs of one operation, over all its root fields."""
DATE_BOUND = DateBound()
DEFAULT_BOUNDS: Mapping[object, Bound] = {
    str: TextBound(),
    strawberry.ID: TextBound(MAX_ID_LENGTH),
    Decimal: AmountBound(),
    datetime: DATE_BOUND,
    date: DATE_BOUND,
}
_NAME_CONVERTER = NameConverter()


@dataclass
class OperationUsage:
    """The weight of the inputs of one operation so far, and the number of its displayed lines."""

    input_weight: int = 0
    displayed_lines: int = 0


class ArgumentCheck:
    """The errors of the arguments of one call, and the weight of their lists."""

    def __init__(self) -> None:
        self.collector = ErrorCollector()
        self.weight = 0

    @property
    def is_full(self) -> bool:
        """Whether there are ``MAX_ERRORS`` errors."""
        return len(self.collector.errors) >= MAX_ERRORS

    def accepts(self, bound: Bound, value: object, path: InputPath) -> bool:
        """Whether ``value`` is within ``bound``; adds an error if not."""
        message = bound.error_message(value)
        if message is not None:
            self.collector.add(path, message)
        return message is None


ValueChecker: TypeAlias = Callable[[object, InputPath, ArgumentCheck], None]
"""Checks a value and everything in it."""


def find_bound(metadata: Mapping[Any, Any], type_: object) -> Bound | None:
    """The declared bound of a value of ``type_``, else the default of the type."""
    bound: Bound | None = metadata.get(BOUND)
    return bound or (
        DEFAULT_BOUNDS.get(unwrap_type(type_))
        if not isinstance(unwrap_type(type_), StrawberryList)
        else None
    )


def unwrap_type(type_: object) -> object:
    """``type_`` without optional and lazy wrappers."""
    while True:
        match type_:
            case StrawberryOptional():
                type_ = type_.of_type
            case LazyType():
                type_ = type_.resolve_type()
            case _:
                return type_


def input_fields(input_class: type) -> Iterator[tuple[StrawberryField, object]]:
    """The fields of an input class, with their types."""
    definition = input_class.__strawberry_definition__  # type: ignore[attr-defined]
    for field in definition.fields:
        yield field, field.resolve_type(type_definition=definition)


def build_checker(type_: object, bound: Bound | None) -> ValueChecker | None:
    """The checker of values of ``type_``; None if they need no check."""
    type_ = unwrap_type(type_)
    if isinstance(type_, StrawberryList):
        entry_type = unwrap_type(type_.of_type)
        entry_bound = bound.entry_bound if isinstance(bound, ListBound) else None
        return _list_checker(
            bound, build_checker(entry_type, entry_bound or DEFAULT_BOUNDS.get(entry_type))
        )
    if isinstance(type_, type) and has_object_definition(type_):
        return _object_checker(type_)
    return _leaf_checker(bound) if bound is not None and bound.checked_by_guard else None


def _leaf_checker(bound: Bound) -> ValueChecker:
    def check_value(value: object, path: InputPath, check: ArgumentCheck) -> None:
        if value is not None:
            check.accepts(bound, value, path)

    return check_value


def _list_checker(bound: Bound | None, check_entry: ValueChecker | None) -> ValueChecker:
    weight = bound.weight if isinstance(bound, ListBound) else 1

    def check_value(value: object, path: InputPath, check: ArgumentCheck) -> None:
        if not isinstance(value, list):
            return
        check.weight += weight * len(value)
        if bound is not None and not check.accepts(bound, value, path):
            return
        if check_entry is not None:
            for index, entry in enumerate(value):
                if check.is_full:
                    return
                check_entry(entry, (*path, str(index)), check)

    return check_value


_object_checkers: dict[type, ValueChecker] = {}


def _object_checker(input_class: type) -> ValueChecker:
    checker = _object_checkers.get(input_class)
    if checker is not None:
        return checker
    field_checkers: list[tuple[str, str, ValueChecker]] = []

    def check_value(value: object, path: InputPath, check: ArgumentCheck) -> None:
        if value is None or value is strawberry.UNSET:
            return
        for python_name, name, check_field in field_checkers:
            field_value = getattr(value, python_name)
            if field_value is not None and field_value is not strawberry.UNSET:
                check_field(field_value, (*path, name), check)

    # Added before the checkers of its fields, because one of them may have the same type.
    _object_checkers[input_class] = check_value
    for field, type_ in input_fields(input_class):
        checker = build_checker(type_, find_bound(field.metadata, type_))
        if checker is not None:
            field_checkers.append((field.python_name, _NAME_CONVERTER.from_field(field), checker))
    return check_value


class ArgumentGuard:
    """The bounds of all arguments of one resolver."""

    def __init__(self, resolver: Callable[..., object], build_refusal: BuildRefusal) -> None:
        self._resolver = resolver
        self._build_refusal = build_refusal

    @cached_property
    def arguments(self) -> list[StrawberryArgument]:
        """The arguments in the schema."""
        return StrawberryResolver(self._resolver).arguments

    @cached_property
    def _checkers(self) -> list[tuple[str, str, ValueChecker]]:
        checkers = []
        for argument in self.arguments:
            checker = build_checker(argument.type, find_bound(argument.metadata, argument.type))
            if checker is not None:
                checkers.append(
                    (argument.python_name, _NAME_CONVERTER.from_argument(argument), checker)
                )
        return checkers

    def errors(self, arguments: Mapping[str, Any]) -> Sequence[UserError]:
        """The errors of the arguments of a call."""
        check = ArgumentCheck()
        for python_name, name, check_value in self._checkers:
            value = arguments.get(python_name)
            if value is not None and value is not strawberry.UNSET:
                check_value(value, (name,), check)
        if check.weight and not check.collector.errors:
            self._add_weight(check, arguments["info"].context.usage)
        return check.collector.errors

    def _add_weight(self, check: ArgumentCheck, usage: OperationUsage) -> None:
        usage.input_weight += check.weight
        if usage.input_weight > MAX_INPUT_WEIGHT:
            message = (
                f"The inputs of this operation weigh {usage.input_weight:,} in all, of at most "
                f"{MAX_INPUT_WEIGHT:,}: send fewer or shorter lists at once."
            )
            check.collector.add(("input",), message)

    def answer(self, errors: Sequence[UserError]) -> Any:  # noqa: ANN401 - the resolver's own
        """The answer instead of the resolver's."""
        return self._build_refusal(errors)


def check_bounds(build_refusal: BuildRefusal) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator that answers with ``build_refusal`` if an argument exceeds its bound."""

    def decorate(resolver: Callable[P, R]) -> Callable[P, R]:
        guard = ArgumentGuard(resolver, build_refusal)
        checked_resolver = _wrap_resolver(resolver, guard)
        checked_resolver.guard = guard  # type: ignore[attr-defined]
        return checked_resolver

    return decorate


def _wrap_resolver(resolver: Callable[P, R], guard: ArgumentGuard) -> Callable[P, R]:
    if iscoroutinefunction(resolver):

        @wraps(resolver)
        async def async_wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - its own
            errors = guard.errors(kwargs)
            return guard.answer(errors) if errors else await resolver(*args, **kwargs)

        return async_wrapper  # type: ignore[return-value] # of the same kind as the resolver

    @wraps(resolver)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        errors = guard.errors(kwargs)
        return guard.answer(errors) if errors else resolver(*args, **kwargs)

    return wrapper


def outcome_with_errors(errors: Sequence[UserError]) -> Outcome[Any]:
    """The answer of a mutation with a payload: its errors."""
    return Outcome(user_errors=tuple(errors))


def purchase_with_errors(errors: Sequence[UserError]) -> InvalidPurchase:
    """The answer of a purchase: its errors."""
    return InvalidPurchase(tuple(errors))


def null_answer(_errors: Sequence[UserError]) -> None:
    """The answer of a look-up: None, because nothing has such a name."""


def raise_bad_input(errors: Sequence[UserError]) -> NoReturn:
    """The answer of a field without errors of its own: a GraphQL error BAD_USER_INPUT."""
    error = errors[0]
    field_path = ".".join(error.field or ())
    raise GraphQLError(f"`{field_path}`: {error.message}", extensions={"code": "BAD_USER_INPUT"})


def raise_not_found(errors: Sequence[UserError]) -> NoReturn:
    """The answer of a subscription: a GraphQL error NOT_FOUND."""
    message = f"There is no such thing. {errors[0].message}"
    raise GraphQLError(message, extensions={"code": ErrorCode.NOT_FOUND.value})
