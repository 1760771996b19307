"""Repetition of what others' changes of the same row have prevented."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from gateway.engine.user_errors import ErrorCode, InputPath
from gateway.services.outcomes import Outcome, error_outcome
from gateway.services.ports.database import VersionConflict

MAX_ATTEMPTS = 5
"""How often a change is tried when others change the same row at the same time."""

T = TypeVar("T")


async def retry_on_conflict(attempt: Callable[[], Awaitable[T]], conflict: T) -> T:
    """The result of ``attempt``, repeated after version conflicts; at last ``conflict``."""
    try:
        return await retry_or_raise(attempt)
    except VersionConflict:
        return conflict


async def retry_or_raise(attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of ``attempt``, repeated after version conflicts.

    Raises:
        VersionConflict: the last of ``MAX_ATTEMPTS`` attempts had a conflict, too.

    """
    for _ in range(MAX_ATTEMPTS - 1):
        with suppress(VersionConflict):
            return await attempt()
    return await attempt()


def changing_outcome(subject: str, path: InputPath | None) -> Outcome[T]:
    """The outcome of a change of ``subject`` that others' changes keep preventing."""
    message = f"The {subject} is changing at the same time: try again."
    return error_outcome(ErrorCode.VERSION_CONFLICT, path, message)
