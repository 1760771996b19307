"""Answers that are asked for again and again, found once and kept within bounds."""

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Found = TypeVar("Found")

MAX_REMEMBERED = 4_096


def remembered(known: dict[Key, Found], asked: Key, find: Callable[[], Found]) -> Found:
    """What ``known`` holds for ``asked``, found first if need be."""
    if asked not in known:
        if len(known) >= MAX_REMEMBERED:
            known.clear()
        known[asked] = find()
    return known[asked]
