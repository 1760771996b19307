"""Answers that are asked for again and again, found once and kept within bounds."""

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")

MAX_CACHED_ANSWERS = 4_096


def get_or_compute(cache: dict[Key, Answer], key: Key, compute: Callable[[], Answer]) -> Answer:
    """What ``cache`` holds for ``key``, found first if need be."""
    if key not in cache:
        if len(cache) >= MAX_CACHED_ANSWERS:
            cache.clear()
        cache[key] = compute()
    return cache[key]
