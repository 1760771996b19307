"""Schema types that mirror engine values: which value stands for which type."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLResolveInfo

from gateway.plans import answers_often, decided_by_class


def mirrors(
    *values: type, lasting: tuple[type, ...] = ()
) -> Callable[[Any, GraphQLResolveInfo[Any]], bool]:
    """An ``is_type_of`` for a schema type whose fields are read from any of ``values``.

    Those of the classes ``lasting`` never change and are kept by the gateway for many operations:
    plans keep what they made of them.
    """

    # Plans ask once per class, not once per value.
    @decided_by_class
    def is_type_of(value: Any, _info: GraphQLResolveInfo[Any]) -> bool:  # noqa: ANN401 - GraphQL's own
        return isinstance(value, values)

    return answers_often(is_type_of, lasting) if lasting else is_type_of
