"""The GraphQL service that all transports share.

It turns requests into operations and results into JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import orjson
from graphql import ExecutionResult
from starlette.requests import HTTPConnection
from strawberry import Schema

from gateway.transport.background_work import ComputeThread, ThreadOffload
from gateway.transport.callers import CallerResolver
from gateway.transport.compiled_execution import CompiledExecution
from gateway.transport.documents import Document, DocumentCache, PreparedOperation
from gateway.transport.errors import Code, DocumentRejected, ErrorFormatter, ErrorObserver
from gateway.transport.execution import Execute, InterpretedExecution, OperationRunner
from gateway.transport.limits import Limits
from gateway.transport.persisted_documents import PersistedTexts, TrustedDocuments
from gateway.transport.requests import GraphQLRequest, has_too_many_objects
from gateway.transport.subscriptions import EventIds, Subscriptions

LONG_DOCUMENT_LENGTH = 1_000
"""A document with at least so many characters is parsed and validated in the thread.

The time of validation can grow with the square of the length.
"""


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """The options of a GraphQL service."""

    limits: Limits = field(default_factory=Limits)
    introspection: bool = True
    suggestions: bool = True
    trusted: TrustedDocuments = field(default_factory=TrustedDocuments)
    automatic_persisted_queries: bool = True
    compiled: bool = True
    """Whether operations are compiled to plans; if not, graphql-core interprets them."""
    unavailable: tuple[type[Exception], ...] = ()
    """Exceptions raised during an outage; they are answered with status 503, not as a fault."""
    event_ids: EventIds = field(default_factory=dict)
    """Make the ids of events, so that a client can resume a stream that was interrupted."""
    pure: frozenset[str] = frozenset()
    """Root fields that await nothing; a large query of only such fields runs in the thread."""
    post_only: frozenset[str] = frozenset()
    """Root fields refused by GET, because their arguments are secrets and URLs are logged."""


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What a page brings along: the data of its first request, and the headers of its caller."""

    data: Mapping[str, object] | None
    headers: tuple[tuple[str, str], ...]


class GraphQLService:
    """Serves one schema: documents, persisted texts, execution and errors."""

    def __init__(
        self,
        schema: Schema,
        callers: CallerResolver,
        observer: ErrorObserver,
        options: ServiceOptions,
    ) -> None:
        self.limits = options.limits
        self.post_only = options.post_only
        self.callers = callers
        self.errors = ErrorFormatter(
            observer, suggestions=options.suggestions, unavailable=options.unavailable
        )
        self._documents = DocumentCache(
            schema._schema,  # noqa: SLF001 - there is no public name for it
            options.limits,
            introspection=options.introspection,
            suggestions=options.suggestions,
        )
        self._texts = PersistedTexts(
            options.trusted,
            automatic=options.automatic_persisted_queries,
            max_bytes=options.limits.persisted,
        )
        interpreted = InterpretedExecution(schema, suggestions=options.suggestions)
        limits = options.limits
        self.compiled = (
            CompiledExecution(schema, interpreted, limits.values) if options.compiled else None
        )

        def build_execute() -> Execute:
            interpreted_schema = InterpretedExecution(schema, suggestions=options.suggestions)
            return (
                CompiledExecution(schema, interpreted_schema, limits.values_aside)
                if options.compiled
                else interpreted_schema
            )

        self._thread = ComputeThread()
        self.runner = OperationRunner(
            interpreted,
            self.compiled or interpreted,
            limits.operation_seconds,
            ThreadOffload(build_execute, options.pure, self._thread),
        )
        self.subscriptions = Subscriptions(self.runner, self.result, options.event_ids)

    async def operation(self, request: GraphQLRequest) -> PreparedOperation | DocumentRejected:
        """The operation of ``request``, which is valid and within the limits.

        Raises:
            RequestRefused: the request names no document.

        """
        text = self._texts.text(request)
        if isinstance(text, DocumentRejected):
            return text
        document = await self._document(text)
        if isinstance(document, DocumentRejected):
            return document
        self._texts.store(request)
        operation = document.operation(request.operation_name)
        if isinstance(operation, DocumentRejected):
            return operation
        if has_too_many_objects(self.limits.variable_objects, request.variables):
            message = f"The variables hold more than {self.limits.variable_objects:,} objects."
            return DocumentRejected.with_code(Code.QUERY_TOO_COMPLEX, message)
        return self._documents.cost_rejection(operation, request.variables) or operation

    async def answer_page(
        self, connection: HTTPConnection, request: GraphQLRequest
    ) -> PageAnswer | None:
        """The answer to ``request`` for the caller of ``connection``; None unless it is whole.

        The page then makes the request again by itself, and says what is wrong.
        """
        try:
            operation = await self.operation(request)
            if isinstance(operation, DocumentRejected):
                return None
            caller = await self.callers.on_request(connection)
            context = await caller.context()
            result = await self.runner.answer(operation, request.variables, context)
        except Exception as error:  # noqa: BLE001 - logged; a page must not fail with its data
            self.errors.format_exception(error)
            return None
        if result.errors:
            self.errors.format_errors(result.errors)
            return None
        return PageAnswer(result.data, tuple(caller.headers()))

    def is_unavailable(self, result: ExecutionResult) -> bool:
        """Whether an outage left ``result`` without any data."""
        empty = result.data is None or not any(value is not None for value in result.data.values())
        return empty and any(map(self.errors.is_outage, result.errors or ()))

    async def _document(self, text: str) -> Document | DocumentRejected:
        """The document of ``text``; a long one that is not cached is read in the thread."""
        if len(text) < LONG_DOCUMENT_LENGTH or self._documents.has(text):
            return self._documents.prepare(text)
        read = await self._thread.run(partial(self._documents.read, text))
        return self._documents.store_if_valid(text, read)

    def rejection(self, rejected: DocumentRejected) -> dict[str, object]:
        """The answer to a request that was rejected before execution."""
        return {"errors": self.errors.format_errors(rejected.errors)}

    def payload(self, result: ExecutionResult) -> dict[str, object]:
        """The answer for ``result``; without ``data`` if nothing was executed."""
        if not result.errors:
            return {"data": result.data}
        errors = self.errors.format_errors(result.errors)
        if is_request_error(result):
            return {"errors": errors}
        return {"data": result.data, "errors": errors}

    def result(self, result: ExecutionResult) -> bytes:
        """The answer for ``result`` as JSON."""
        return self.encode(self.payload(result))

    def encode_list(self, errors: list[dict[str, object]]) -> bytes:
        """``errors`` as a JSON list."""
        try:
            return orjson.dumps(errors)
        except TypeError as error:
            return orjson.dumps(self.errors.format_exception(error))

    def encode(self, payload: Mapping[str, object]) -> bytes:
        """``payload`` as JSON; if that is not possible, the answer for a fault."""
        try:
            return orjson.dumps(payload)
        except TypeError as error:
            return orjson.dumps({"errors": self.errors.format_exception(error)})


def is_request_error(result: ExecutionResult) -> bool:
    """Whether the operation of ``result`` failed before its execution began."""
    return result.data is None and all(error.path is None for error in result.errors or ())


def is_timed_out(result: ExecutionResult) -> bool:
    """Whether ``result`` is that of an operation that exceeded its time limit."""
    return any(
        (error.extensions or {}).get("code") == Code.OPERATION_TIMEOUT
        for error in result.errors or ()
    )
