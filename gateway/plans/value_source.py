"""Expressions by which generated code reads or resolves the value of a field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from graphql import GraphQLField

from gateway.plans import strawberry_fields
from gateway.plans.arguments import Arguments
from gateway.plans.module import Module
from gateway.plans.positions import At, Position
from gateway.plans.resolve_info import ResolveInfo
from gateway.plans.run import Operation, PlanRun


@dataclass(frozen=True, slots=True)
class Value:
    """An expression of ``source``, ``at`` and ``run``; ``later`` if it is always awaitable.

    ``of_value`` if it depends on nothing but ``source``, where that never changes.
    """

    expression: str
    later: bool = False
    of_value: bool = False


def value_of(position: Position, suffix: str, module: Module, operation: Operation) -> Value:
    """The expression for the field at ``position``; names that it uses end in ``suffix``."""
    definition = position.definition
    arguments = Arguments(position)
    native = strawberry_fields.native(operation.schema, definition)
    if native is not None:
        native_value = native.value(position, arguments, suffix, module)
        if native_value is not None:
            return Value(*native_value, of_value=native.is_of_value(arguments))
    if definition.resolve is None:
        return _default(position, arguments, suffix, module)
    return _resolve_value(position, definition, arguments, suffix, module)


def _resolve_value(
    position: Position, definition: GraphQLField, arguments: Arguments, suffix: str, module: Module
) -> Value:
    """A call of the schema's resolver, as in graphql-core."""
    resolve = module.bind(f"r{suffix}", definition.resolve)
    info = module.bind(f"i{suffix}", _info(position))
    spread = "" if arguments.empty else f", **{module.bind(f'a{suffix}', arguments)}(run)"
    return Value(f"{resolve}(source, {info}(run, at){spread})")


def _info(position: Position) -> Callable[[PlanRun, At], ResolveInfo]:
    def info(run: PlanRun, at: At) -> ResolveInfo:
        return ResolveInfo(run, position, (at, position))

    return info


def _default(position: Position, arguments: Arguments, suffix: str, module: Module) -> Value:
    """A read of the key or attribute with the field's name, which is called if it is callable."""
    name = position.name

    def read(source: object, at: At, run: PlanRun) -> object:
        values = arguments(run)
        value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
        if callable(value):
            return value(ResolveInfo(run, position, (at, position)), **values)
        return value

    return Value(f"{module.bind(f'r{suffix}', read)}(source, at, run)")
