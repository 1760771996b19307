"""A cache in a dict with a limit on its size."""

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")

MAX_CACHED_ANSWERS = 4_096
"""A cache of this size is emptied before the next answer is added."""


def get_or_compute(cache: dict[Key, Answer], key: Key, compute: Callable[[], Answer]) -> Answer:
    """Return the value of ``key`` in ``cache``; compute and store it first if it is missing."""
    if key not in cache:
        if len(cache) >= MAX_CACHED_ANSWERS:
            cache.clear()
        cache[key] = compute()
    return cache[key]
