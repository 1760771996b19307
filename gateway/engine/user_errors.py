"""Errors and warnings of a request, as values that clients receive."""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """The reason for which a request is refused. Clients act on it."""

    PRICE_CHANGED = "PRICE_CHANGED"
    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    UNKNOWN_TAX_TABLE = "UNKNOWN_TAX_TABLE"
    NO_CONTACT = "NO_CONTACT"
    DUPLICATE_RECIPIENT = "DUPLICATE_RECIPIENT"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - an error's code, no secret
    NOT_MODIFIABLE = "NOT_MODIFIABLE"
    ADDRESS_INSUFFICIENT = "ADDRESS_INSUFFICIENT"
    SIGN_IN_REQUIRED = "SIGN_IN_REQUIRED"
    REAUTHENTICATION_REQUIRED = "REAUTHENTICATION_REQUIRED"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    PURCHASE_IN_PROGRESS = "PURCHASE_IN_PROGRESS"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"


KEY_USED_MESSAGE = (
    "This idempotency key was used for another request, so nothing was done. Use a new key."
)
"""The message for every use of an idempotency key with a different request."""
METHOD_EXPIRED_MESSAGE = "The payment method has expired."


class WarningCode(StrEnum):
    """The kind of a warning. Most warnings belong to a request that succeeded."""

    CODE_NOT_APPLICABLE = "CODE_NOT_APPLICABLE"
    PRICE_CHANGED = "PRICE_CHANGED"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    ADDRESS_DOUBTFUL = "ADDRESS_DOUBTFUL"


@dataclass(frozen=True, slots=True)
class UserError:
    """One error of a request: code, path of the input field (None: the whole request), message.

    ``confirmable``: the request is carried out in spite of it if it confirms its warnings.
    """

    code: ErrorCode
    field: tuple[str, ...] | None
    message: str
    confirmable: bool = False


@dataclass(frozen=True, slots=True)
class RequestWarning:
    """One warning of a request: code, target (an id, a discount code or a field) and message."""

    code: WarningCode
    target: str | None
    message: str


InputPath = tuple[str, ...]


class ErrorCollector:
    """Collects the errors of one input."""

    def __init__(self) -> None:
        self.errors: list[UserError] = []

    def add(self, path: InputPath, message: str, code: ErrorCode = ErrorCode.INVALID_INPUT) -> None:
        """Add an error about the input field at ``path``."""
        self.errors.append(UserError(code, path, message))
