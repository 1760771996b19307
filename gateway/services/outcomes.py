"""What use cases answer: the thing, or why not."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.engine.user_errors import ErrorCode, RequestWarning, UserError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """A value and what to know about it, or the errors for which there is none."""

    value: T | None = None
    user_errors: tuple[UserError, ...] = ()
    warnings: tuple[RequestWarning, ...] = ()


def error_outcome(code: ErrorCode, field: tuple[str, ...] | None, message: str) -> Outcome[T]:
    """The outcome of a request that is refused for one reason."""
    return Outcome(user_errors=(UserError(code, field, message),))
