"""Pages of lists: what a client asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

import strawberry
from graphql import GraphQLError

from gateway.resolvers.bounds import count, text
from gateway.services.pages import MOST, WrongPage

T = TypeVar("T")
MAX_CURSOR = 2_000

First = Annotated[
    int | None,
    strawberry.argument(description="How many, 1 to 100; absent: 20.", metadata=count(1, MOST)),
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor after which to go on; absent: the beginning.",
        metadata=text(MAX_CURSOR),
    ),
]


@contextmanager
def wrong_pages_told() -> Iterator[None]:
    """A page that cannot be is the client's mistake, and told as such."""
    try:
        yield
    except WrongPage as wrong:
        raise GraphQLError(str(wrong), extensions={"code": "BAD_USER_INPUT"}) from None


def absent(value: T | None) -> T | None:
    """``value``, or None where the client left it out."""
    return None if value is strawberry.UNSET else value
