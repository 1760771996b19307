"""Pages of lists, each read from the position where the last one ended."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
MAX_POSITION = 2**63 - 1
"""The highest position of a row in a list, a 64-bit integer in both databases."""
NOT_A_CURSOR = "`after` is not a cursor of this list."

T = TypeVar("T")


class InvalidPage(ValueError):
    """A page whose size is out of bounds or whose cursor is invalid."""


@dataclass(frozen=True, slots=True)
class PageInfo:
    """The position of a page in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """An element of a page and its cursor."""

    cursor: str
    node: T


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list."""

    edges: tuple[Edge[T], ...]
    page_info: PageInfo

    @property
    def nodes(self) -> tuple[T, ...]:
        """The elements of the page without cursors."""
        return tuple(edge.node for edge in self.edges)


def page_size(first: int | None) -> int:
    """The number of elements of a page; 20 if ``first`` is None.

    Raises:
        InvalidPage: ``first`` is not between 1 and 100.

    """
    count = DEFAULT_PAGE_SIZE if first is None else first
    if not 1 <= count <= MAX_PAGE_SIZE:
        raise InvalidPage(f"`first` must be between 1 and {MAX_PAGE_SIZE}.")
    return count


def encode_cursor(*position: str | int) -> str:
    """The opaque cursor of ``position``."""
    text = "\x1f".join(map(str, position))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str | None, part_count: int) -> tuple[str, ...] | None:
    """The ``part_count`` parts of the cursor ``text``; None for no text.

    Raises:
        InvalidPage: ``text`` is not a cursor with so many parts.

    """
    if text is None:
        return None
    position = decode_cursor_parts(text)
    if len(position) != part_count:
        raise InvalidPage(NOT_A_CURSOR)
    return position


def decode_cursor_parts(text: str) -> tuple[str, ...]:
    """All parts of the cursor ``text``.

    Raises:
        InvalidPage: ``text`` is no cursor.

    """
    try:
        padded = text + "=" * (-len(text) % 4)
        position = tuple(base64.urlsafe_b64decode(padded.encode("ascii")).decode().split("\x1f"))
    except (binascii.Error, ValueError) as error:
        raise InvalidPage(NOT_A_CURSOR) from error
    # PostgreSQL refuses this character, and no cursor of the gateway has it.
    if any("\0" in part for part in position):
        raise InvalidPage(NOT_A_CURSOR)
    return position


def decode_position(text: str | None, list_name: str, maximum: int = MAX_POSITION) -> int | None:
    """The position in the cursor ``text`` of the list ``list_name``; None for no text.

    Raises:
        InvalidPage: it is a cursor of another list, or its position is above ``maximum``.

    """
    fields = decode_cursor(text, 2)
    if fields is None:
        return None
    name, digits = fields
    if name != list_name:
        raise InvalidPage(NOT_A_CURSOR)
    return parse_cursor_number(digits, maximum)


def parse_cursor_number(digits: str, maximum: int) -> int:
    """The number that the ``digits`` of a cursor represent.

    Raises:
        InvalidPage: they are not ASCII digits, or the number is above ``maximum``.

    """
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(maximum))
    if not is_number or int(digits) > maximum:
        raise InvalidPage(NOT_A_CURSOR)
    return int(digits)


def build_page(
    rows: Sequence[T], limit: int, cursor_of: Callable[[T], str], *, has_previous_page: bool
) -> Page[T]:
    """The page of the first ``limit`` of ``rows``, which has one more if there is a next page.

    ``has_previous_page`` is true if the page does not begin at the list's beginning.
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
