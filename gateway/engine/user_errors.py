"""What a client did that cannot be done: refusals and warnings as data."""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Why a request is refused; clients act on it."""

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


KEY_USED_MESSAGE = "This idempotency key was used for another request."
"""What is said where a key comes with another body, whatever it was used for."""
METHOD_EXPIRED_MESSAGE = "The payment method has expired."


class WarningCode(StrEnum):
    """What a client should know besides: mostly of a request that was carried out."""

    CODE_NOT_APPLICABLE = "CODE_NOT_APPLICABLE"
    PRICE_CHANGED = "PRICE_CHANGED"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    ADDRESS_DOUBTFUL = "ADDRESS_DOUBTFUL"


@dataclass(frozen=True, slots=True)
class UserError:
    """One refusal: its code, the path of the input field it is about, and words for a person."""

    code: ErrorCode
    field: tuple[str, ...] | None
    message: str


@dataclass(frozen=True, slots=True)
class RequestWarning:
    """One warning: its code, what it is about (an id, a code, a field), and words for a person."""

    code: WarningCode
    target: str | None
    message: str


InputPath = tuple[str, ...]


class ErrorCollector:
    """The refusals found while an input is read."""

    def __init__(self) -> None:
        self.errors: list[UserError] = []

    def add(self, path: InputPath, message: str, code: ErrorCode = ErrorCode.INVALID_INPUT) -> None:
        """Refuse what stands at ``path``."""
        self.errors.append(UserError(code, path, message))
