"""Errors as clients see them: each with a code, faults masked and quoted by an id."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from graphql import FieldNode, GraphQLError
from strawberry.exceptions import StrawberryGraphQLError

RETRY_AFTER_SECONDS = 5
"""When who was told that something is away should ask again."""
UNAVAILABLE_MESSAGE = (
    f"The service cannot reach its database just now. Try again in {RETRY_AFTER_SECONDS} seconds."
)
_SUGGESTION = " Did you mean "


class Code(StrEnum):
    """The ``extensions.code`` values of the transport; resolvers add their own."""

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
    """A request that is answered without executing anything: a status, a code and words."""

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
    """GraphQL errors found before execution: there is no ``data``."""

    errors: tuple[GraphQLError, ...]

    @classmethod
    def with_code(cls, code: Code, message: str) -> "DocumentRejected":
        """One error without a place in the document."""
        return cls((GraphQLError(message, extensions={"code": code}),))


class ErrorObserver(Protocol):
    """Who is told about errors; a mistake is counted, a fault is logged."""

    def count_mistake(self, code: str) -> None:
        """A client was refused with ``code``."""

    def report_fault(self, error: BaseException, id: str) -> None:
        """Something of ours broke; the client was given ``id`` to quote."""


class ErrorFormatter:
    """Formats errors for clients and tells the observer, each fault once per answer."""

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
        """Whether ``error`` says that something of ours is away, and not that it is broken."""
        cause = _cause(error) if isinstance(error, GraphQLError) else error
        return isinstance(cause, self._unavailable)

    def format_errors(
        self, errors: Iterable[GraphQLError], code: Code = Code.BAD_USER_INPUT
    ) -> list[dict[str, object]]:
        """``errors`` as in a response; ``code`` where a client's mistake carries none."""
        fault_ids: dict[int, str] = {}
        return [self._format_error(error, code, fault_ids) for error in errors]

    def format_refusal(self, refusal: RequestRefused) -> list[dict[str, object]]:
        """The errors list of ``refusal``, counted."""
        self._observer.count_mistake(str(refusal.code))
        return refusal.to_errors()

    def format_exception(self, error: Exception) -> list[dict[str, object]]:
        """The errors list that an exception outside of any field comes to."""
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
        """What a mistake is said to be; never the words of an exception that is not GraphQL's."""
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
    """Whether ``error`` is the client's doing, so that its words may be shown."""
    if error.path is None:
        return True  # found before execution: syntax, validation, variables
    cause = _cause(error)
    if not isinstance(cause, GraphQLError):
        return False
    if isinstance(cause, StrawberryGraphQLError) or "code" in (cause.extensions or {}):
        return True
    # Within execution the library blames a client by pointing into its arguments.
    return any(not isinstance(node, FieldNode) for node in cause.nodes or ()) or _is_argument_error(
        cause
    )


def _is_argument_error(cause: GraphQLError) -> bool:
    return cause.message.startswith("Argument ") and bool(cause.nodes)


def _cause(error: GraphQLError) -> BaseException:
    """The innermost exception that ``error`` was made from."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _extensions(error: GraphQLError) -> Mapping[str, object]:
    cause = _cause(error)
    own = cause.extensions if isinstance(cause, GraphQLError) else None
    return {**(own or {}), **(error.extensions or {})}


def _position(error: GraphQLError) -> dict[str, object]:
    """Where ``error`` is: lines and columns of the document, path in the answer."""
    position: dict[str, object] = {}
    if error.locations:
        position["locations"] = [
            {"line": location.line, "column": location.column} for location in error.locations
        ]
    if error.path is not None:
        position["path"] = list(error.path)
    return position
