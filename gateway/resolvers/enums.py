"""The engine's enumerations as GraphQL enums, each value with a description."""

from enum import Enum

import strawberry
from strawberry.types.enum import has_enum_definition


def describe_enum(
    enum_class: type[Enum], description: str, *, name: str | None = None, **values: str
) -> None:
    """Make ``enum_class`` a GraphQL enum; ``values`` describes every member by its name."""
    members = set(enum_class.__members__)
    if members != set(values):
        raise TypeError(f"{enum_class.__name__}: {sorted(members ^ set(values))} are not both ways")
    enum = strawberry.enum(enum_class, name=name, description=description)
    if has_enum_definition(enum):
        for value in enum.__strawberry_definition__.values:
            value.description = values[value.name]
