"""Source text that completes simple values inline and calls the completion for all others."""

from collections.abc import Callable
from contextlib import suppress
from enum import Enum

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)

from gateway.plans.completion import Completion, LeafCompletion
from gateway.plans.list_completion import ListCompletion
from gateway.plans.module import Module
from gateway.plans.object_completion import AbstractCompletion, ObjectCompletion

# Tests that a value is not of the type that its scalar returns. For an infinite float and for NaN
# the difference from itself is not 0.
NOT_PLAIN: dict[GraphQLLeafType, str] = {
    GraphQLString: "type({0}) is not str",
    GraphQLID: "type({0}) is not str",
    GraphQLBoolean: "{0} is not True and {0} is not False",
    GraphQLInt: "type({0}) is not int or not -2147483648 <= {0} <= 2147483647",
    GraphQLFloat: "type({0}) is not float or {0} - {0} != 0.0",
}


def lines(completion: Completion, variable: str, at: str, suffix: str, module: Module) -> list[str]:
    """Statements that replace the value of ``variable`` by the completed value."""
    call = f"{module.bind(f'c{suffix}', completion)}.complete({variable}, {at}, run)"
    match completion:
        case LeafCompletion():
            return _leaf(completion, variable, call, suffix, module)
        case ObjectCompletion():
            return _object(completion, variable, at, call, suffix, module)
        case ListCompletion():
            return _list(completion, variable, at, call, module)
        case AbstractCompletion():
            return _abstract(completion, variable, at, call, suffix, module)
    raise NotImplementedError(completion)


def _leaf(
    completion: LeafCompletion, variable: str, call: str, suffix: str, module: Module
) -> list[str]:
    names = _enum_names(completion.type)
    if names:
        table = module.bind(f"e{suffix}", names)
        return _unless_null(completion, variable, f"{table}.get(id({variable})) or {call}")
    test = NOT_PLAIN.get(completion.type)
    if test is None:
        return _scalar(completion, variable, call, suffix, module)
    allowed = f" and {variable} is not None" if completion.nullable else ""
    due = f"({test.format(variable)}){allowed}" if allowed else test.format(variable)
    return [f"if {due}:", f"    {variable} = {call}"]


def _scalar(
    completion: LeafCompletion, variable: str, call: str, suffix: str, module: Module
) -> list[str]:
    """Statements for a custom scalar, inline for values of classes that were met before."""
    classes_name = module.bind(f"k{suffix}", completion.classes)
    printed = module.bind(f"w{suffix}", completion.type.coerce_output_value)
    refuse = module.bind(f"n{suffix}", completion.refuse)
    otherwise = f"elif {variable} is not None:" if completion.nullable else "else:"
    return [
        f"if type({variable}) in {classes_name}:",
        f"    printed = {printed}({variable})",
        "    if printed is None or printed is Undefined:",
        f"        {refuse}({variable}, printed)",
        f"    {variable} = printed",
        otherwise,
        f"    {variable} = {call}",
    ]


def _unless_null(completion: Completion, variable: str, expression: str) -> list[str]:
    if not completion.nullable:
        return [f"{variable} = {expression}"]
    return [f"if {variable} is not None:", f"    {variable} = {expression}"]


def _enum_names(type_: GraphQLLeafType) -> dict[int, str]:
    """Names of the members of a Python enum by id(), because hashing a member is slow."""
    if not isinstance(type_, GraphQLEnumType):
        return {}
    values = [definition.value for definition in type_.values.values()]
    classes = {type(value) for value in values} | {getattr(type_, "wrapped_cls", Enum)}
    names: dict[int, str] = {}
    for member in (member for kind in classes if issubclass(kind, Enum) for member in kind):
        with suppress(ValueError, GraphQLError):  # not a value of this enum, so refused when met
            names[id(member)] = type_.coerce_output_value(member)
    return names


def _either(test: str, then: str, completion: Completion, variable: str, call: str) -> list[str]:
    otherwise = f"elif {variable} is not None:" if completion.nullable else "else:"
    return [f"if {test}:", f"    {variable} = {then}", otherwise, f"    {variable} = {call}"]


def _object(
    completion: ObjectCompletion, variable: str, at: str, call: str, suffix: str, module: Module
) -> list[str]:
    classes_name = module.bind(f"k{suffix}", completion.classes)
    fields = _function_name(completion.fields)
    return _either(
        f"type({variable}) in {classes_name}",
        f"{fields}({variable}, {at}, run)",
        completion,
        variable,
        call,
    )


def _list(
    completion: ListCompletion, variable: str, at: str, call: str, module: Module
) -> list[str]:
    del module
    items = _function_name(completion.items)
    test = f"type({variable}) is list or type({variable}) is tuple"
    return _either(test, f"{items}({variable}, {at}, run)", completion, variable, call)


def _abstract(
    completion: AbstractCompletion, variable: str, at: str, call: str, suffix: str, module: Module
) -> list[str]:
    if not completion.by_class:
        return _unless_null(completion, variable, call)
    fields_name = module.bind(f"k{suffix}", completion.fields_by_class)
    return [
        f"fields = {fields_name}.get(type({variable}))",
        *_either(
            "fields is not None", f"fields({variable}, {at}, run)", completion, variable, call
        ),
    ]


def _function_name(function: Callable[..., object]) -> str:
    return function.__name__
