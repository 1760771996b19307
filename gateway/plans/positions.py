"""Positions of values: the fields of an operation, and paths in the response."""

from dataclasses import dataclass
from typing import TypeAlias

from graphql import FieldNode, GraphQLError, GraphQLField, GraphQLObjectType, located_error
from graphql.pyutils import Path


@dataclass(frozen=True, slots=True, eq=False)
class Position:
    """One field of one object type at one place of the response."""

    key: str
    nodes: list[FieldNode]
    parent: GraphQLObjectType
    definition: GraphQLField

    @property
    def name(self) -> str:
        """The field's name in the schema; its alias is ``key``."""
        return self.nodes[0].name.value


# The path of a value: the path of its parent, then its field or list index. None is the root.
# Tuples are compared by content, so two paths to one value are equal.
At: TypeAlias = "tuple[At, Position | int] | None"


def keys(at: At) -> list[str | int]:
    """The response path of ``at``, beginning at the root."""
    path: list[str | int] = []
    while at is not None:
        at, step = at
        path.append(step.key if isinstance(step, Position) else step)
    return path[::-1]


def core_path(at: At) -> Path | None:
    """The path ``at`` as graphql-core's ``Path``, which ``Info`` contains."""
    path: Path | None = None
    for step in _steps(at):
        if isinstance(step, Position):
            path = Path(path, step.key, step.parent.name)
        else:
            path = Path(path, step, None)
    return path


def locate_error(error: Exception, position: Position, at: At) -> GraphQLError:
    """``error`` with the locations of ``position`` and the path ``at``, unless it has a path."""
    return located_error(error, position.nodes, keys(at))


def _steps(at: At) -> list[Position | int]:
    steps: list[Position | int] = []
    while at is not None:
        at, step = at
        steps.append(step)
    return steps[::-1]
