"""Execution by compiled plans; what cannot be planned is left to graphql-core."""

from graphql import OperationType
from strawberry import Schema

from gateway.plans import PlanCache, PlanCounts, Unplannable
from gateway.transport.documents import PreparedOperation
from gateway.transport.execution import Execute, Result


class CompiledExecution:
    """Runs operations by plan, each compiled when it is first met."""

    def __init__(self, schema: Schema, interpreted: Execute, values: int | None = None) -> None:
        self._values = values
        self._plans = PlanCache(schema._schema)  # noqa: SLF001 - there is no public name for it
        self._interpreted = interpreted

    @property
    def counts(self) -> PlanCounts:
        """How many operations had a plan, and why the others had none."""
        return self._plans.counts

    def __call__(
        self,
        operation: PreparedOperation,
        variables: dict[str, object],
        context: object,
        root: object = None,
    ) -> Result:
        """The result, at once where nothing had to be waited for."""
        ready = self._plans.ready(operation.document, operation.name, variables)
        if isinstance(ready, (Unplannable, list)):
            # Wrong variables too: graphql-core words them as the settings demand.
            return self._interpreted(operation, variables, context, root)
        if operation.kind is OperationType.SUBSCRIPTION:
            return ready.plan.execute_event(root, context, ready.variables, values=self._values)
        return ready.plan.execute(root, context, ready.variables, values=self._values)
