"""The arguments and errors of pages of lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

import strawberry
from graphql import GraphQLError

from gateway.resolvers.bounds import count_bound, text_bound
from gateway.services.pagination import MAX_PAGE_SIZE, InvalidPage

T = TypeVar("T")
MAX_CURSOR_LENGTH = 2_000

First = Annotated[
    int | None,
    strawberry.argument(
        description="How many, 1 to 100; absent: 20.", metadata=count_bound(1, MAX_PAGE_SIZE)
    ),
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor after which to go on; absent: the beginning.",
        metadata=text_bound(MAX_CURSOR_LENGTH),
    ),
]


@contextmanager
def report_invalid_page() -> Iterator[None]:
    """Turn ``InvalidPage`` in the block into a GraphQL error BAD_USER_INPUT."""
    try:
        yield
    except InvalidPage as error:
        raise GraphQLError(str(error), extensions={"code": "BAD_USER_INPUT"}) from None


def require_one(**names: str | None) -> None:
    """Check that exactly one of two arguments is there.

    Raises:
        GraphQLError: BAD_USER_INPUT, if none or both are.

    """
    if sum(name is not None for name in names.values()) != 1:
        message = f"Exactly one of {' and '.join(f'`{name}`' for name in names)} is taken."
        raise GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def none_if_unset(value: T | None) -> T | None:
    """``value``, or None if the client has omitted it."""
    return None if value is strawberry.UNSET else value
