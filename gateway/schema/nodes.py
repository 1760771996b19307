"""Things with ids, and pages of them, as Relay's specifications want them."""

from typing import Generic, TypeVar

import strawberry

from gateway.schema.value_types import mirrors
from gateway.services import pagination

NodeT = TypeVar("NodeT")


@strawberry.interface(description="Something with an id that is unique in the whole service.")
class Node:
    """Something with an id."""

    id: strawberry.ID = strawberry.field(description="Opaque and globally unique.")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """A page's place."""

    is_type_of = mirrors(pagination.PageInfo)

    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether others come before.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first.")
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last: give it as `after` for the next page."
    )


@strawberry.type(description="One of a page, with its cursor.")
class Edge(Generic[NodeT]):
    """One of a page."""

    cursor: str = strawberry.field(description="Its place in the list, opaque.")
    node: NodeT = strawberry.field(description="The thing itself.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    """A page."""

    edges: list[Edge[NodeT]] = strawberry.field(description="The page with cursors.")
    nodes: list[NodeT] = strawberry.field(description="The page without cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in its list.")
