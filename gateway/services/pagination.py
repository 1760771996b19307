"""Pages of lists that SQL reads by the place where the last page ended."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

T = TypeVar("T")


class InvalidPage(ValueError):
    """A page that cannot be: its size is out of bounds or its cursor not one of ours."""


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """One of a page, with its cursor."""

    cursor: str
    node: T


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list."""

    edges: tuple[Edge[T], ...]
    page_info: PageInfo

    @property
    def nodes(self) -> tuple[T, ...]:
        """The page without cursors."""
        return tuple(edge.node for edge in self.edges)


def page_size(first: int | None) -> int:
    """How many a page has; 20 where nothing is said.

    Raises:
        InvalidPage: ``first`` is not between 1 and 100.

    """
    count = DEFAULT_PAGE_SIZE if first is None else first
    if not 1 <= count <= MAX_PAGE_SIZE:
        raise InvalidPage(f"`first` must be between 1 and {MAX_PAGE_SIZE}.")
    return count


def encode_cursor(*position: str | int) -> str:
    """``position`` as an opaque text."""
    text = "\x1f".join(map(str, position))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str | None, part_count: int) -> tuple[str, ...] | None:
    """The place that ``text`` names, of so many parts; None for no text.

    Raises:
        InvalidPage: no cursor of such a list is written so.

    """
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        position = tuple(base64.urlsafe_b64decode(padded.encode("ascii")).decode().split("\x1f"))
    except (binascii.Error, ValueError) as error:
        raise InvalidPage("`after` is not a cursor of this list.") from error
    # PostgreSQL knows no such character, and no place of ours has one.
    if len(position) != part_count or any("\0" in part for part in position):
        raise InvalidPage("`after` is not a cursor of this list.")
    return position


def build_page(
    rows: Sequence[T], limit: int, cursor_of: Callable[[T], str], *, has_previous_page: bool
) -> Page[T]:
    """The first ``limit`` of ``rows``, which has one more where the list goes on.

    ``has_previous_page``: it does not begin at the list's beginning.
    """
    edges = tuple(Edge(cursor_of(each), each) for each in rows[:limit])
    return Page(
        edges,
        PageInfo(
            has_next_page=len(rows) > limit,
            has_previous_page=has_previous_page,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )
