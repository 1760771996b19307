"""Schema types that mirror engine values: which value stands for which type."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLResolveInfo

from gateway.plans import answers_often, decided_by_class


def mirrors(
    *values: type, lasting: tuple[type, ...] = (), lasting_part: str | None = None
) -> Callable[[Any, GraphQLResolveInfo[Any]], bool]:
    """An ``is_type_of`` for a schema type whose fields are read from any of ``values``.

    Those of the classes ``lasting`` never change and are kept by the gateway for many operations:
    plans keep what they made of them. With ``lasting_part``, it is this attribute of a value that
    is of such a class, and what the fields show is read from there.
    """

    # Plans ask once per class, not once per value.
    @decided_by_class
    def is_type_of(value: Any, _info: GraphQLResolveInfo[Any]) -> bool:  # noqa: ANN401 - GraphQL's own
        return isinstance(value, values)

    return answers_often(is_type_of, lasting, lasting_part) if lasting else is_type_of
