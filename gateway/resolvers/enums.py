"""The engine's enumerations as clients see them: each value with a description."""

from enum import Enum

import strawberry
from strawberry.types.enum import has_enum_definition


def described(
    kind: type[Enum], description: str, *, name: str | None = None, **values: str
) -> None:
    """Make ``kind`` a GraphQL enum; ``values`` describes every member by its name."""
    members = set(kind.__members__)
    if members != set(values):
        raise TypeError(f"{kind.__name__}: {sorted(members ^ set(values))} are not both ways")
    enum = strawberry.enum(kind, name=name, description=description)
    if has_enum_definition(enum):
        for value in enum.__strawberry_definition__.values:
            value.description = values[value.name]
