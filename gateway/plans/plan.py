"""Plans: compiled operations, which can be executed any number of times."""

from collections.abc import Awaitable, Mapping, Sequence
from types import CoroutineType

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationType
from graphql.execution import ExecutionResult
from graphql.execution.values import VariableValues

from gateway.plans.compiler import Compiler
from gateway.plans.dismissal import awaits
from gateway.plans.feasibility import Unplannable, operation_of, survey
from gateway.plans.lasting_values import KeptSelections
from gateway.plans.object_completion import Fields
from gateway.plans.run import Operation, Pending, PlanRun

NO_VARIABLES = VariableValues({}, {})
Result = ExecutionResult | Awaitable[ExecutionResult]


class Plan:
    """A compiled operation.

    ``execute`` returns the result, or an awaitable of it if something has to be awaited. The data
    consists of dicts, lists and results of scalars, in the order of the document.
    """

    def __init__(self, operation: Operation, compiler: Compiler) -> None:
        self.operation = operation
        self._module = compiler.module
        type_ = operation.node.operation
        root = operation.schema.get_root_type(type_)
        assert root is not None  # noqa: S101 - operation_of has seen to it
        self._serial = type_ is OperationType.MUTATION
        self._roots = compiler.root(root, serially=self._serial)

    @property
    def source(self) -> str:
        """The generated Python, which grows when an interface or union returns a new type."""
        return self._module.source

    def execute(
        self,
        root_value: object = None,
        context: object = None,
        variable_values: VariableValues = NO_VARIABLES,
        *,
        extensions: Mapping[str, object] | None = None,
        streams: bool = True,
        values: int | None = None,
    ) -> Result:
        """Execute the operation, with ``variable_values`` from ``get_variable_values``.

        ``extensions`` are those of the request, for Strawberry's ``Info``. Without ``streams``,
        asynchronous iterables are refused as lists. ``values`` is the maximum number of fields in
        all lists together; a longer answer ends in an error. None means no maximum.
        """
        run = PlanRun(self.operation, root_value, context, variable_values, extensions, streams)
        if values is not None:
            run.left = run.values = values
        try:
            data = self._serially(run) if self._serial else self._roots[0](root_value, None, run)
        except GraphQLError as error:
            return _error_result(run, error)
        if isinstance(data, CoroutineType):
            return _await_result(data, run)
        return run.result(data)

    def execute_event(
        self,
        root_value: object,
        context: object = None,
        variable_values: VariableValues = NO_VARIABLES,
        *,
        extensions: Mapping[str, object] | None = None,
        values: int | None = None,
    ) -> Result:
        """Execute a subscription for one event, which is ``root_value``."""
        return self.execute(
            root_value, context, variable_values, extensions=extensions, values=values
        )

    def _serially(self, run: PlanRun) -> object:
        data: dict[str, object] = {}
        for index, fields in enumerate(self._roots):
            part = fields(run.root_value, None, run)
            if isinstance(part, CoroutineType):
                return _rest(data, part, self._roots[index + 1 :], run)
            data.update(part)  # type: ignore[call-overload]
        return data


@awaits("first")
async def _rest(
    data: dict[str, object], first: Pending, roots: Sequence[Fields], run: PlanRun
) -> dict[str, object]:
    data.update(await first)  # type: ignore[call-overload]
    for fields in roots:
        part = fields(run.root_value, None, run)
        done = await part if isinstance(part, CoroutineType) else part
        data.update(done)  # type: ignore[arg-type]
    return data


@awaits("data")
async def _await_result(data: Pending, run: PlanRun) -> ExecutionResult:
    try:
        return run.result(await data)
    except GraphQLError as error:
        return _error_result(run, error)


def _error_result(run: PlanRun, error: GraphQLError) -> ExecutionResult:
    run.add(error, None)
    return run.result(None)


def compile_plan(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None = None,
    flags: Mapping[str, bool] | None = None,
) -> Plan | Unplannable:
    """The plan for an operation of a validated ``document``, or why there is none.

    ``flags`` are the values of the variables in ``@skip`` and ``@include``.
    """
    operation = operation_of(schema, document, operation_name)
    return operation if isinstance(operation, Unplannable) else plan_for(operation, flags or {})


def plan_for(
    operation: Operation,
    flags: Mapping[str, bool],
    kept_selections: KeptSelections | None = None,
) -> Plan | Unplannable:
    """The plan for ``operation``, or why there is none.

    What it keeps of lasting values counts among ``kept_selections``, those of other plans.
    """
    needed = survey(operation)
    if isinstance(needed, Unplannable):
        return needed
    if any(flag not in flags for flag in needed):
        return Unplannable("flag without a value")
    try:
        kept_selections = KeptSelections() if kept_selections is None else kept_selections
        return Plan(operation, Compiler(operation, flags, kept_selections))
    except RecursionError:
        return Unplannable("nesting")
    except GraphQLError:
        return Unplannable("invalid document")
