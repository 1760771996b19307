"""Execution by compiled plans; operations without a plan are executed by graphql-core."""

from graphql import OperationType
from strawberry import Schema

from gateway.plans import PlanCache, PlanCounts, Unplannable
from gateway.transport.documents import PreparedOperation
from gateway.transport.execution import Execute, Result


class CompiledExecution:
    """Executes operations by plans, each of which is compiled at its first use."""

    def __init__(self, schema: Schema, interpreted: Execute, values: int | None = None) -> None:
        self._values = values
        self._plans = PlanCache(schema._schema)  # noqa: SLF001 - there is no public name for it
        self._interpreted = interpreted

    @property
    def counts(self) -> PlanCounts:
        """How many operations had a plan, and for what reasons the others had none."""
        return self._plans.counts

    def __call__(
        self,
        operation: PreparedOperation,
        variables: dict[str, object],
        context: object,
        root: object = None,
    ) -> Result:
        """The result, or an awaitable of it if a resolver has to wait."""
        ready = self._plans.ready(operation.document, operation.name, variables)
        if isinstance(ready, (Unplannable, list)):
            # Invalid variables go there too, because graphql-core applies the suggestions option.
            return self._interpreted(operation, variables, context, root)
        if operation.kind is OperationType.SUBSCRIPTION:
            return ready.plan.execute_event(root, context, ready.variables, values=self._values)
        return ready.plan.execute(root, context, ready.variables, values=self._values)
