"""Creation of input objects by functions that are built once.

Strawberry finds the type of each field again at every call. Only plain dataclasses, lists, enums
and scalars are converted here. All other types (``Maybe``, global ids, ``from_input``) are left
to Strawberry.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import TypeAlias

from strawberry import UNSET
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    StrawberryType,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType

Convert: TypeAlias = Callable[[object], object]
Scalars: TypeAlias = Mapping[object, object]


class Unconvertible(Exception):
    """The type has to be converted by Strawberry."""


def return_unchanged(value: object) -> object:
    """Return ``value`` as graphql-core has coerced it."""
    return value


class Converters:
    """The conversion functions of the input types of one schema."""

    def __init__(self, config: StrawberryConfig, scalars: Scalars) -> None:
        self._config = config
        self._scalars = scalars
        self._objects: dict[type, InputObject] = {}

    def of(self, type_: StrawberryType | type) -> Convert:
        """The conversion function for values of ``type_``.

        Raises:
            Unconvertible: Strawberry has to convert them.

        """
        if isinstance(type_, StrawberryMaybe):
            raise Unconvertible(type_)
        if isinstance(type_, StrawberryOptional):
            return self.of(type_.of_type)
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type())
        if isinstance(type_, StrawberryList):
            return _convert_items(self.of(type_.of_type))
        if self._is_leaf(type_):
            return return_unchanged
        if isinstance(type_, type) and has_object_definition(type_):
            return self._object(type_, type_.__strawberry_definition__)
        raise Unconvertible(type_)

    def _is_leaf(self, type_: StrawberryType | type) -> bool:
        if type_ is GlobalID:
            raise Unconvertible(type_)
        return (
            isinstance(type_, StrawberryEnumDefinition)
            or has_enum_definition(type_)
            or is_scalar(type_, self._scalars)  # type: ignore[arg-type]
        )

    def _object(self, type_: type, definition: StrawberryObjectDefinition) -> Convert:
        known_converter = self._objects.get(type_)
        if known_converter is not None:
            return known_converter
        if definition.from_input is not None or not _is_plain(type_, definition):
            raise Unconvertible(type_)
        # Stored before its fields are read, because one of them may be of the same type.
        input_object = self._objects[type_] = InputObject(type_)
        for field in definition.fields:
            name = self._config.name_converter.from_field(field)
            convert = self.of(field.resolve_type(type_definition=definition))
            input_object.fields.append((name, field.python_name, convert))
            if field.default_value is MISSING and field.default_factory is MISSING:
                input_object.absent[field.python_name] = None
        return input_object


def _is_plain(type_: type, definition: StrawberryObjectDefinition) -> bool:
    """Whether creating an instance only sets attributes."""
    return definition.is_input and not hasattr(type_, "__post_init__")


class InputObject:
    """Creates instances of an input class from values coerced by graphql-core."""

    def __init__(self, type_: type) -> None:
        self._type = type_
        self.fields: list[tuple[str, str, Convert]] = []
        # Nullable fields without a default are None if they are absent.
        self.absent: dict[str, object] = {}

    def __call__(self, value: object) -> object:
        """The input object for ``value``; None and UNSET are returned unchanged."""
        if value is None or value is UNSET:
            return value
        field_values: Mapping[str, object] = value  # type: ignore[assignment]
        arguments = self.absent.copy()
        for name, python_name, convert in self.fields:
            if name in field_values:
                arguments[python_name] = convert(field_values[name])
        return self._type(**arguments)


def _convert_items(convert: Convert) -> Convert:
    def convert_list(value: object) -> object:
        if value is None or value is UNSET:
            return value
        # The list is always copied, because graphql-core gives all requests the same default.
        return [convert(each) for each in value]  # type: ignore[attr-defined]

    return convert_list
