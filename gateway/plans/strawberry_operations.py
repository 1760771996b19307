"""Execution of requests by plan, with documents that are parsed and validated once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    execute,
    parse,
    specified_rules,
    validate,
)
from graphql.execution import ExecutionResult
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.plans.cache import PlanCache
from gateway.plans.feasibility import Unplannable
from gateway.plans.lru_cache import LruCache
from gateway.plans.plan import Result

# The validation rules of Strawberry.
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A validated document, or the errors of its text."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()


class PreparedOperations:
    """A cache of parsed and validated texts, with the ``capacity`` most recently used ones.

    Texts longer than ``longest`` characters are not kept but prepared again each time.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        capacity: int = 512,
        *,
        rules: Sequence[type[ASTValidationRule]] = RULES,
        max_tokens: int | None = None,
        hide_suggestions: bool = False,
        longest: int = 32_768,
    ) -> None:
        self._schema = schema
        self._rules = tuple(rules)
        self._max_tokens = max_tokens
        self._hide_suggestions = hide_suggestions
        self._longest = longest
        self._kept: LruCache[str, Prepared] = LruCache(capacity)

    def prepare(self, text: str) -> Prepared:
        """The document of ``text``, or its errors."""
        if len(text) > self._longest:
            return self._prepare(text)
        return self._kept.get_or_make(text, lambda: self._prepare(text))

    def _prepare(self, text: str) -> Prepared:
        try:
            document = parse(text, max_tokens=self._max_tokens)
        except GraphQLError as error:
            return Prepared(None, (error,))
        errors = validate(
            self._schema, document, self._rules, hide_suggestions=self._hide_suggestions
        )
        return Prepared(None, tuple(errors)) if errors else Prepared(document)


@dataclass(frozen=True, slots=True)
class Request:
    """A request to execute an operation."""

    document: DocumentNode
    operation_name: str | None = None
    variables: Mapping[str, object] | None = None
    root_value: object = None
    context: object = None
    extensions: Mapping[str, object] | None = None


def execute_request(plans: PlanCache, request: Request) -> Result:
    """The result of ``request``, by its plan or, if it has none, by graphql-core.

    It must be a query or a mutation of a validated document. If something has to be awaited, an
    awaitable of the result is returned.
    """
    ready = plans.ready(request.document, request.operation_name, request.variables)
    if isinstance(ready, list):
        return ExecutionResult(None, ready)
    if isinstance(ready, Unplannable):
        return _by_core(plans.schema, request)
    return ready.plan.execute(
        request.root_value, request.context, ready.variables, extensions=request.extensions
    )


def _by_core(schema: GraphQLSchema, request: Request) -> Result:
    """Execute by graphql-core as Strawberry does, but without middleware."""
    return execute(
        schema,
        request.document,
        request.root_value,
        request.context,
        dict(request.variables or {}),
        request.operation_name,
        executor_class=StrawberryGraphQLCoreExecutionContext,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        operation_extensions=request.extensions,
    )
