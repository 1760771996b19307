"""Formatting of errors for clients.

Every error has a code. A fault of the gateway is replaced by a general message with an id that
the client can quote.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from graphql import FieldNode, GraphQLError
from strawberry.exceptions import StrawberryGraphQLError

RETRY_AFTER_SECONDS = 5
"""Seconds after which a client should repeat a request that failed because of an outage."""
UNAVAILABLE_MESSAGE = (
    f"The service cannot reach its database just now. Try again in {RETRY_AFTER_SECONDS} seconds."
)
_SUGGESTION = " Did you mean "


class Code(StrEnum):
    """The ``extensions.code`` values of the transport; resolvers add more."""

    BAD_REQUEST = "BAD_REQUEST"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    FORBIDDEN = "FORBIDDEN"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
    MISDIRECTED_REQUEST = "MISDIRECTED_REQUEST"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    OPERATION_TIMEOUT = "OPERATION_TIMEOUT"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    PERSISTED_QUERY_REQUIRED = "PERSISTED_QUERY_REQUIRED"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    RATE_LIMITED = "RATE_LIMITED"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"


class RequestRefused(Exception):
    """A request is answered with an HTTP status, a code and a message, without being executed."""

    def __init__(
        self,
        status: int,
        code: Code,
        message: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def to_errors(self) -> list[dict[str, object]]:
        """The refusal as a GraphQL ``errors`` list."""
        return [{"message": self.message, "extensions": {"code": self.code}}]


@dataclass(frozen=True, slots=True)
class DocumentRejected:
    """GraphQL errors found before execution, so that the answer has no ``data``."""

    errors: tuple[GraphQLError, ...]

    @classmethod
    def with_code(cls, code: Code, message: str) -> "DocumentRejected":
        """A rejection with one error that has no location in the document."""
        return cls((GraphQLError(message, extensions={"code": code}),))


class ErrorObserver(Protocol):
    """Receives errors: mistakes of clients to count, faults of the gateway to log."""

    def count_mistake(self, code: str) -> None:
        """Count one request refused with ``code``."""

    def report_fault(self, error: BaseException, id: str) -> None:
        """Report a fault of the gateway; ``id`` is the id that the client can quote."""


class ErrorFormatter:
    """Formats errors for clients and reports them to the observer, each fault once per answer."""

    def __init__(
        self,
        observer: ErrorObserver,
        *,
        suggestions: bool = True,
        unavailable: tuple[type[Exception], ...] = (),
    ) -> None:
        self._observer = observer
        self._suggestions = suggestions
        self._unavailable = unavailable

    def is_outage(self, error: BaseException) -> bool:
        """Whether ``error`` comes from an outage, such as an unreachable database."""
        cause = _cause(error) if isinstance(error, GraphQLError) else error
        return isinstance(cause, self._unavailable)

    def format_errors(
        self, errors: Iterable[GraphQLError], code: Code = Code.BAD_USER_INPUT
    ) -> list[dict[str, object]]:
        """The errors list of an answer; a client's mistake that has no code gets ``code``."""
        fault_ids: dict[int, str] = {}
        return [self._format_error(error, code, fault_ids) for error in errors]

    def format_refusal(self, refusal: RequestRefused) -> list[dict[str, object]]:
        """The errors list of ``refusal``, which is also counted."""
        self._observer.count_mistake(str(refusal.code))
        return refusal.to_errors()

    def format_exception(self, error: Exception) -> list[dict[str, object]]:
        """The errors list for an exception that was raised outside of any field."""
        match error:
            case RequestRefused():
                return self.format_refusal(error)
            case GraphQLError():
                return self.format_errors([error])
            case _ if self.is_outage(error):
                return [self._format_outage({})]
            case _:
                return [self._mask_fault(error, {})]

    def _format_error(
        self, error: GraphQLError, code: Code, fault_ids: dict[int, str]
    ) -> dict[str, object]:
        if self.is_outage(error):
            return self._format_outage(_position(error))
        if not is_mistake(error):
            return {
                **self._mask_fault(error.original_error or error, fault_ids),
                **_position(error),
            }
        extensions = {"code": code, **_extensions(error)}
        self._observer.count_mistake(str(extensions["code"]))
        return {"message": self._message(error), **_position(error), "extensions": extensions}

    def _format_outage(self, position: dict[str, object]) -> dict[str, object]:
        self._observer.count_mistake(Code.SERVICE_UNAVAILABLE)
        return {
            "message": UNAVAILABLE_MESSAGE,
            **position,
            "extensions": {"code": Code.SERVICE_UNAVAILABLE},
        }

    def _message(self, error: GraphQLError) -> str:
        """The message for a client's mistake; that of an exception from other code is not shown."""
        if not isinstance(_cause(error), GraphQLError):
            return "A value cannot be read as one of its type."
        return error.message if self._suggestions else error.message.split(_SUGGESTION)[0]

    def _mask_fault(self, error: BaseException, fault_ids: dict[int, str]) -> dict[str, object]:
        fault_id = fault_ids.get(id(error))
        if fault_id is None:
            fault_id = fault_ids[id(error)] = secrets.token_hex(8)
            self._observer.report_fault(error, fault_id)
        return {
            "message": f"Something went wrong on our side. Quote {fault_id} when you ask about it.",
            "extensions": {"code": Code.INTERNAL_SERVER_ERROR, "faultId": fault_id},
        }


def is_mistake(error: GraphQLError) -> bool:
    """Whether ``error`` is a mistake of the client, so that its message may be shown."""
    if error.path is None:
        return True  # errors of syntax, validation and variables are found before execution
    cause = _cause(error)
    if not isinstance(cause, GraphQLError):
        return False
    if isinstance(cause, StrawberryGraphQLError) or "code" in (cause.extensions or {}):
        return True
    # An error raised during execution is the client's if its nodes are arguments or values.
    return any(not isinstance(node, FieldNode) for node in cause.nodes or ()) or _is_argument_error(
        cause
    )


def _is_argument_error(cause: GraphQLError) -> bool:
    return cause.message.startswith("Argument ") and bool(cause.nodes)


def _cause(error: GraphQLError) -> BaseException:
    """The innermost exception that caused ``error``."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _extensions(error: GraphQLError) -> Mapping[str, object]:
    cause = _cause(error)
    own = cause.extensions if isinstance(cause, GraphQLError) else None
    return {**(own or {}), **(error.extensions or {})}


def _position(error: GraphQLError) -> dict[str, object]:
    """The locations of ``error`` in the document and its path in the answer."""
    position: dict[str, object] = {}
    if error.locations:
        position["locations"] = [
            {"line": location.line, "column": location.column} for location in error.locations
        ]
    if error.path is not None:
        position["path"] = list(error.path)
    return position
