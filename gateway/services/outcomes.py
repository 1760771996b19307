"""The outcomes of use cases: a value, or the errors for which there is none."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.engine.user_errors import ErrorCode, RequestWarning, UserError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """A value with warnings, or the errors for which there is none."""

    value: T | None = None
    user_errors: tuple[UserError, ...] = ()
    warnings: tuple[RequestWarning, ...] = ()


def error_outcome(code: ErrorCode, field: tuple[str, ...] | None, message: str) -> Outcome[T]:
    """The outcome of a request that is refused with one error."""
    return Outcome(user_errors=(UserError(code, field, message),))
