"""Use of plans in Strawberry, by an extension and an executor for events of subscriptions."""

from collections.abc import AsyncIterator, Iterator
from inspect import isawaitable
from typing import ClassVar

from graphql import GraphQLSchema, OperationType
from graphql.execution import ExecutionResult
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext

from gateway.plans.cache import PlanCache
from gateway.plans.dismissal import dismiss
from gateway.plans.feasibility import Unplannable
from gateway.plans.plan import Plan, Result
from gateway.plans.strawberry_fields import BACKREF

MIDDLEWARE = Unplannable("middleware")


class Plans:
    """The plans of a Strawberry schema, which gets their ``extension`` and ``executor``.

    >>> plans = Plans()
    >>> schema = strawberry.Schema(
    ...     Query, extensions=[plans.extension], execution_context_class=plans.executor
    ... )

    The extension must be the last in the list, because it executes the operation in its
    ``on_execute``, which must follow those of the others.

    ``enabled = False`` leaves all later requests to graphql-core.
    """

    def __init__(self, capacity: int = 512, *, compile_from: int = 1, enabled: bool = True) -> None:
        self._capacity = capacity
        self._compile_from = compile_from
        self.enabled = enabled
        self._cache: PlanCache | None = None
        self._has_middleware = False

    def cache(self, schema: GraphQLSchema) -> PlanCache:
        """The plans for ``schema``; those of an earlier schema are dropped."""
        if self._cache is None or self._cache.schema is not schema:
            self._cache = PlanCache(schema, self._capacity, compile_from=self._compile_from)
            self._has_middleware = _has_middleware(schema)
        return self._cache

    def extension(self) -> "PlanExecution":
        """The extension for one request by ``execute`` or ``stream``."""
        return PlanExecution(self)

    def sync_extension(self) -> "SyncPlanExecution":
        """The extension for one request by ``execute_sync``."""
        return SyncPlanExecution(self)

    @property
    def executor(self) -> "type[PlannedEvents]":
        """The class that executes the events of subscriptions."""
        return type("PlannedEvents", (PlannedEvents,), {"plans": self})

    def execute(self, context: ExecutionContext, *, streams: bool = True) -> Result | None:
        """The result of the operation in ``context``; None if graphql-core has to execute it."""
        document = context.graphql_document
        if document is None or not self.enabled:
            return None
        if context.operation_type.name == OperationType.SUBSCRIPTION.name:
            return None
        cache = self.cache(context.schema._schema)  # noqa: SLF001 - there is no public name for it
        if self._has_middleware:
            cache.refuse(MIDDLEWARE)
            return None
        ready = cache.ready(document, context.operation_name, context.variables)
        if isinstance(ready, Unplannable):
            return None
        if isinstance(ready, list):
            return ExecutionResult(None, ready)
        return ready.plan.execute(
            context.root_value,
            context.context,
            ready.variables,
            extensions=context.operation_extensions,
            streams=streams,
        )


class PlanExecution(SchemaExtension):
    """Executes operations by plan, with ``Schema.execute`` and ``Schema.stream``."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    async def on_execute(self) -> AsyncIterator[None]:
        """Set the result, so that Strawberry does not execute the operation by graphql-core."""
        result = self._plans.execute(self.execution_context)
        if result is not None:
            done = result if isinstance(result, ExecutionResult) else await result
            self.execution_context.result = done
        yield


class SyncPlanExecution(SchemaExtension):
    """Executes operations by plan, with ``Schema.execute_sync``."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    def on_execute(self) -> Iterator[None]:
        """Set the result; an awaitable is refused with the same error as in Strawberry."""
        result = self._plans.execute(self.execution_context, streams=False)
        if isawaitable(result):
            dismiss(result)
            raise RuntimeError("GraphQL execution failed to complete synchronously.")
        if result is not None:
            self.execution_context.result = result
        yield


class PlannedEvents(StrawberryGraphQLCoreExecutionContext):
    """Executes each event of a subscription by the plan for its selection set."""

    plans: ClassVar[Plans]

    def execute_operation(self, serially: bool | None = None) -> Result:  # noqa: FBT001
        """The response for the present root value."""
        plan = self._plan()
        if plan is None:
            return super().execute_operation(serially)  # type: ignore[return-value]
        return plan.execute_event(
            self.root_value,
            self.context_value,
            self.variable_values,
            extensions=self.operation_extensions,
        )

    def _plan(self) -> Plan | None:
        manager = self.middleware_manager
        if self.operation.operation is not OperationType.SUBSCRIPTION or not self.plans.enabled:
            return None
        cache = self.plans.cache(self.schema)
        if manager is not None and manager.middlewares:
            cache.refuse(MIDDLEWARE)
            return None
        known_operation = cache.operation_for(self.operation, self.fragment_definitions)
        plan = cache.plan(known_operation, self.variable_values)
        return plan if isinstance(plan, Plan) else None


def _has_middleware(schema: GraphQLSchema) -> bool:
    """Whether an extension has a hook for every field."""
    extensions = schema.extensions[BACKREF].get_extensions()
    return any(extension._implements_resolve() for extension in extensions)  # noqa: SLF001
