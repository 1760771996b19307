"""Direct calls of Strawberry's resolvers, without its wrappers if these would change nothing."""

import keyword
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, Signature
from types import FunctionType
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from graphql import GraphQLField, GraphQLSchema
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryMaybe, StrawberryOptional, StrawberryType
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.info import Info
from strawberry.types.lazy_type import LazyType

from gateway.plans.arguments import Arguments
from gateway.plans.input_values import Convert, Converters, Unconvertible
from gateway.plans.lasting_values import Classes, is_of_value, returned_classes
from gateway.plans.lazy_info import LazyInfo, is_of_context, shared_info
from gateway.plans.module import Module
from gateway.plans.positions import At, Position
from gateway.plans.resolve_info import ResolveInfo
from gateway.plans.run import PlanRun

if TYPE_CHECKING:
    from strawberry.schema.schema import Schema
BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF
CONVERTER = GraphQLCoreConverter.__module__
POSITIONAL = {Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD}
# Types whose repr() is source text for the same value.
LITERALS = {str, int, bool, type(None)}

# An argument's name in the schema, its name in Python, and its conversion function.
Conversion: TypeAlias = tuple[str, str, Convert]


def native(schema: GraphQLSchema, definition: GraphQLField) -> "NativeField | None":
    """The Strawberry field of ``definition`` if its resolver can be called directly, else None.

    It cannot if there are extensions (such as permissions), exception handlers, an overridden
    ``get_result`` or a resolver that replaces Strawberry's.
    """
    owner: Schema | None = schema.extensions.get(BACKREF)
    field = definition.extensions.get(BACKREF)
    if owner is None or not isinstance(field, StrawberryField) or field.extensions:
        return None
    made_by_strawberry = getattr(definition.resolve, "__module__", None) == CONVERTER
    plain = type(field).get_result is StrawberryField.get_result
    handled = bool(getattr(owner, "exception_handlers", ()))
    return NativeField(owner, field) if made_by_strawberry and plain and not handled else None


def lasting_classes_of(definition: GraphQLField) -> Classes:
    """The classes of lasting values that the resolver of ``definition`` is marked with."""
    field = definition.extensions.get(BACKREF)
    resolver = field.base_resolver if isinstance(field, StrawberryField) else None
    return () if resolver is None else returned_classes(resolver.wrapped_func)


@dataclass(frozen=True, slots=True)
class NativeField:
    """A field whose value Strawberry would read from an attribute or a function directly."""

    schema: "Schema"
    field: StrawberryField

    def value(
        self, position: Position, arguments: Arguments, suffix: str, module: Module
    ) -> tuple[str, bool] | None:
        """The expression for its value, and whether that is always awaitable; None without one."""
        resolver = self.field.base_resolver
        if self.field.is_subscription:
            return ("source", False) if arguments.constant is not None else None
        if resolver is None:
            return self._attribute(suffix, module)
        if resolver.is_async and not self._needs_no_conversion() and self._conversions() is None:
            return None
        call = Call(self, resolver, position, arguments, suffix, module)
        return call.expression(), resolver.is_async

    def _attribute(self, suffix: str, module: Module) -> tuple[str, bool]:
        name = self.field.python_name
        if self.field.default_resolver is getattr and _is_identifier(name):
            return f"source.{name}", False
        read = module.bind(f"r{suffix}", self.field.default_resolver)
        return f"{read}(source, {name!r})", False

    def is_of_value(self, arguments: Arguments) -> bool:
        """Whether its value depends on nothing but the object, where that never changes."""
        resolver = self.field.base_resolver
        if self.field.is_subscription or arguments.constant is None:
            return False
        if resolver is None:
            return self.field.default_resolver is getattr
        return is_of_value(resolver.wrapped_func)

    def _needs_no_conversion(self) -> bool:
        """Whether all arguments are passed as graphql-core has coerced them."""
        return all(self.is_simple(argument) for argument in self.field.arguments)

    def _conversions(self) -> list[Conversion] | None:
        """The conversions of the arguments; None if Strawberry has to convert them."""
        converters = Converters(self.schema.config, self.schema.schema_converter.scalar_registry)
        try:
            return [
                (self.name_of(each), each.python_name, converters.of(each.type))
                for each in self.field.arguments
            ]
        except Unconvertible:
            return None

    def is_simple(self, argument: StrawberryArgument) -> bool:
        """Whether Strawberry would pass the coerced value of ``argument`` unchanged."""
        type_ = argument.type
        if isinstance(type_, StrawberryMaybe):
            return False
        if isinstance(type_, StrawberryOptional):
            type_ = type_.of_type
        return self._is_leaf(type_)

    def _is_leaf(self, type_: StrawberryType | type) -> bool:
        if isinstance(type_, LazyType):
            type_ = type_.resolve_type()
        if type_ is GlobalID:
            return False
        return (
            isinstance(type_, StrawberryEnumDefinition)
            or has_enum_definition(type_)
            or is_scalar(type_, self.schema.schema_converter.scalar_registry)
        )

    def name_of(self, argument: StrawberryArgument) -> str:
        """The argument's name in the schema."""
        return self.schema.config.name_converter.from_argument(argument)

    def info(self, position: Position) -> Callable[[PlanRun, At], Info]:
        """A function that returns the ``Info`` for a call at ``position``."""
        info_class, field = self.schema.config.info_class, self.field
        if self.shares_info():
            return shared_info(position, field)
        if info_class is Info:
            return partial(LazyInfo, position, field)

        def info(run: PlanRun, at: At) -> Info:
            raw = ResolveInfo(run, position, (at, position))
            return info_class(_raw_info=raw, _field=field)  # type: ignore[arg-type]

        return info

    def shares_info(self) -> bool:
        """Whether all calls of an execution at one position take the same ``Info``."""
        resolver = self.field.base_resolver
        return (
            self.schema.config.info_class is Info
            and resolver is not None
            and is_of_context(resolver.wrapped_func)
        )

    def arguments_converter(
        self, position: Position, arguments: Arguments
    ) -> Callable[[PlanRun, At], Mapping[str, object]]:
        """A function that returns the resolver's arguments, with new input objects at each call."""
        conversions = self._conversions()
        if conversions is not None:
            return _argument_converter(arguments, conversions)
        info = self.info(position)
        schema, field = self.schema, self.field

        def convert(run: PlanRun, at: At) -> Mapping[str, object]:
            return convert_arguments(
                dict(arguments(run)),
                field.arguments,
                scalar_registry=schema.schema_converter.scalar_registry,
                config=schema.config,
                info=info(run, at),
            )

        return convert


def _argument_converter(
    arguments: Arguments, conversions: list[Conversion]
) -> Callable[[PlanRun, At], Mapping[str, object]]:
    def convert_all(run: PlanRun, _: At) -> Mapping[str, object]:
        values = arguments(run)
        return {
            python_name: convert(values[name])
            for name, python_name, convert in conversions
            if name in values
        }

    return convert_all


@dataclass(frozen=True, slots=True)
class Call:
    """The source text of a call to a Strawberry resolver."""

    native: NativeField
    resolver: StrawberryResolver[object]
    position: Position
    arguments: Arguments
    suffix: str
    module: Module

    def expression(self) -> str:
        """The call, with positional arguments where possible, because they are faster."""
        function = self.module.bind(f"r{self.suffix}", self.resolver.wrapped_func)
        return f"{function}({', '.join(self._passed_arguments())})"

    def _passed_arguments(self) -> list[str]:
        named = self._reserved_parameters() | (self._literals() or {})
        passed: list[str] = []
        for parameter in self._leading():
            if parameter.name not in named:
                break
            passed.append(named.pop(parameter.name))
        if self.resolver.self_parameter and (own := named.pop("self", None)):
            passed.append(own)
        passed += [f"{name}={text}" for name, text in named.items()]
        return passed if self._literals() is not None else [*passed, f"**{self._spread()}"]

    def _leading(self) -> list[Parameter]:
        """Parameters that can be passed by position; empty if a wrapper hides the real ones."""
        function = self.resolver.wrapped_func
        if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
            return []
        parameters = Signature.from_callable(function).parameters.values()
        return [parameter for parameter in parameters if parameter.kind in POSITIONAL]

    def _reserved_parameters(self) -> dict[str, str]:
        resolver = self.resolver
        reserved = {p.name: "source" for p in self._sources() if p is not None}
        if resolver.info_parameter:
            reserved[resolver.info_parameter.name] = self._info()
        return reserved

    def _info(self) -> str:
        info = f"{self.module.bind(f'i{self.suffix}', self.native.info(self.position))}(run, at)"
        if not self.native.shares_info():
            return info
        position = self.module.bind(f"p{self.suffix}", self.position)
        return f"run.infos.get({position}) or {info}"

    def _sources(self) -> tuple[Parameter | None, ...]:
        resolver = self.resolver
        return resolver.self_parameter, resolver.parent_parameter, resolver.root_parameter

    def _literals(self) -> dict[str, str] | None:
        """The arguments as source text if they are constant and need no conversion, else None."""
        values = self.arguments.constant
        if values is None or not self._is_simple():
            return None
        return {
            argument.python_name: self._literal(argument, values[name])
            for argument in self.native.field.arguments
            if (name := self.native.name_of(argument)) in values
        }

    def _literal(self, argument: StrawberryArgument, value: object) -> str:
        if type(value) in LITERALS:
            return repr(value)
        return self.module.bind(f"l{self.suffix}_{argument.python_name}", value)

    def _is_simple(self) -> bool:
        return all(map(self.native.is_simple, self.native.field.arguments))

    def _spread(self) -> str:
        if self._is_simple() and self._names_agree():
            return f"{self.module.bind(f'a{self.suffix}', self.arguments)}(run)"
        convert = self.native.arguments_converter(self.position, self.arguments)
        return f"{self.module.bind(f'a{self.suffix}', convert)}(run, at)"

    def _names_agree(self) -> bool:
        return all(
            argument.python_name == self.native.name_of(argument)
            for argument in self.native.field.arguments
        )


def _is_identifier(name: str) -> TypeGuard[str]:
    return name.isidentifier() and not keyword.iskeyword(name)
