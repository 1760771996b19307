"""The GraphQL service that every transport shares: requests to operations, results to bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import orjson
from graphql import ExecutionResult
from strawberry import Schema

from gateway.transport.aside import Aside, Thread
from gateway.transport.callers import Callers
from gateway.transport.compiled import Compiled
from gateway.transport.documents import Document, Documents, Operation
from gateway.transport.errors import Code, Errors, Observer, Rejected
from gateway.transport.events import Marks, Subscriptions
from gateway.transport.execution import Execute, Interpreted, Runner
from gateway.transport.limits import Limits
from gateway.transport.persisted import PersistedTexts, TrustedDocuments
from gateway.transport.requests import GraphQLRequest, too_many_objects

LONG_DOCUMENT = 1_000
"""Characters: validating a document may take the square of its length."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an application chooses."""

    limits: Limits = field(default_factory=Limits)
    introspection: bool = True
    suggestions: bool = True
    trusted: TrustedDocuments = field(default_factory=TrustedDocuments)
    automatic_persisted_queries: bool = True
    compiled: bool = True
    """Whether operations are compiled to plans; else graphql-core interprets them."""
    unavailable: tuple[type[Exception], ...] = ()
    """What is raised while something of ours is away: answered by 503, not as a fault."""
    marks: Marks = field(default_factory=dict)
    """What events of a subscription are called, to go on after them when a stream broke off."""
    pure: frozenset[str] = frozenset()
    """Root fields that await nothing: what asks for much of them is executed in a thread."""
    post_only: frozenset[str] = frozenset()
    """Root fields refused by GET: their arguments are secrets, and addresses are written down."""


class Service:
    """One schema, served: documents, persisted texts, execution and errors."""

    def __init__(
        self, schema: Schema, callers: Callers, observer: Observer, options: Options
    ) -> None:
        self.limits = options.limits
        self.post_only = options.post_only
        self.callers = callers
        self.errors = Errors(
            observer, suggestions=options.suggestions, unavailable=options.unavailable
        )
        self._documents = Documents(
            schema._schema,  # noqa: SLF001 - there is no public name for it
            options.limits,
            introspection=options.introspection,
            suggestions=options.suggestions,
        )
        self._texts = PersistedTexts(
            options.trusted,
            automatic=options.automatic_persisted_queries,
            most_bytes=options.limits.persisted,
        )
        interpreted = Interpreted(schema, suggestions=options.suggestions)
        limits = options.limits
        self.compiled = Compiled(schema, interpreted, limits.values) if options.compiled else None

        def make() -> Execute:
            found = Interpreted(schema, suggestions=options.suggestions)
            return Compiled(schema, found, limits.values_aside) if options.compiled else found

        self._thread = Thread()
        self.runner = Runner(
            interpreted,
            self.compiled or interpreted,
            limits.operation_seconds,
            Aside(make, options.pure, self._thread),
        )
        self.subscriptions = Subscriptions(self.runner, self.result, options.marks)

    async def operation(self, request: GraphQLRequest) -> Operation | Rejected:
        """The operation that ``request`` means, valid and affordable.

        Raises:
            Refused: the request names no document at all.

        """
        text = self._texts.text(request)
        if isinstance(text, Rejected):
            return text
        document = await self._document(text)
        if isinstance(document, Rejected):
            return document
        self._texts.keep(request)
        operation = document.operation(request.operation_name)
        if isinstance(operation, Rejected):
            return operation
        if too_many_objects(self.limits.variable_objects, request.variables):
            message = f"The variables hold more than {self.limits.variable_objects:,} objects."
            return Rejected.because(Code.QUERY_TOO_COMPLEX, message)
        return self._documents.affordable(operation, request.variables) or operation

    def is_away(self, result: ExecutionResult) -> bool:
        """Whether ``result`` holds nothing, because something of ours is away."""
        empty = result.data is None or not any(each is not None for each in result.data.values())
        return empty and any(map(self.errors.tells_unavailable, result.errors or ()))

    async def _document(self, text: str) -> Document | Rejected:
        """The document of ``text``; a long one that is new is read in the thread."""
        if len(text) < LONG_DOCUMENT or self._documents.knows(text):
            return self._documents.prepare(text)
        read = await self._thread.run(partial(self._documents.read, text))
        return self._documents.kept(text, read)

    def rejection(self, rejected: Rejected) -> dict[str, object]:
        """The answer to a request that was not executed."""
        return {"errors": self.errors.formatted(rejected.errors)}

    def payload(self, result: ExecutionResult) -> dict[str, object]:
        """The answer that ``result`` comes to; without ``data`` where nothing was executed."""
        if not result.errors:
            return {"data": result.data}
        errors = self.errors.formatted(result.errors)
        if is_request_error(result):
            return {"errors": errors}
        return {"data": result.data, "errors": errors}

    def result(self, result: ExecutionResult) -> bytes:
        """The answer that ``result`` comes to, as JSON."""
        return self.encoded(self.payload(result))

    def encoded_list(self, errors: list[dict[str, object]]) -> bytes:
        """``errors`` as a JSON list."""
        try:
            return orjson.dumps(errors)
        except TypeError as error:
            return orjson.dumps(self.errors.raised(error))

    def encoded(self, payload: Mapping[str, object]) -> bytes:
        """``payload`` as JSON; a fault's where it cannot be written as JSON."""
        try:
            return orjson.dumps(payload)
        except TypeError as error:
            return orjson.dumps({"errors": self.errors.raised(error)})


def is_request_error(result: ExecutionResult) -> bool:
    """Whether ``result`` ended before its execution began."""
    return result.data is None and all(error.path is None for error in result.errors or ())


def is_late(result: ExecutionResult) -> bool:
    """Whether ``result`` is that of an operation that used up its time."""
    return any(
        (error.extensions or {}).get("code") == Code.OPERATION_TIMEOUT
        for error in result.errors or ()
    )
