"""Cache of plans by document, operation and flags."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    assert_valid_schema,
)
from graphql.execution.values import VariableValues, get_variable_values

from gateway.plans.feasibility import Unplannable, operation_for, operation_of, survey
from gateway.plans.lasting_values import KeptSelections
from gateway.plans.lru_cache import LruCache
from gateway.plans.plan import NO_VARIABLES, Plan, plan_for
from gateway.plans.run import Operation

# Plans kept for one operation, by flags; beyond it the least recently used one is dropped.
MAX_FLAG_COMBINATIONS = 16
MAX_COERCION_ERRORS = 50  # as in graphql-core; further errors of variables are not reported
NOT_YET = Unplannable("seen for the first time")


@dataclass(slots=True)
class PlanCounts:
    """Counts of executions: with a cached plan, with a new plan, and by graphql-core by reason."""

    hits: int = 0
    misses: int = 0
    fallbacks: Counter[str] = field(default_factory=Counter)

    @property
    def planned(self) -> int:
        """The number of executions with a plan."""
        return self.hits + self.misses


@dataclass(slots=True, eq=False)
class KnownOperation:
    """An operation with its flags (the variables of ``@skip`` and ``@include``) and its plans."""

    # Kept in memory, so that no other document can get the same id().
    document: object
    operation: Operation | Unplannable
    flags: tuple[str, ...] | Unplannable
    plans: LruCache[tuple[object, ...], Plan | Unplannable] = field(
        default_factory=lambda: LruCache(MAX_FLAG_COMBINATIONS)
    )
    # The number of executions before it had a plan.
    seen: int = 0


class Ready(NamedTuple):
    """A plan and the variables for its execution."""

    plan: Plan
    variables: VariableValues


class PlanCache:
    """Plans for the operations of one schema; the least recently used ones are dropped.

    Documents must be validated. Their key is the text, or the identity if they were parsed without
    locations. An operation is compiled at its execution number ``compile_from``. Compiling takes as
    long as several executions by graphql-core, so 2 avoids it for documents that are used once.
    """

    def __init__(
        self, schema: GraphQLSchema, capacity: int = 512, *, compile_from: int = 1
    ) -> None:
        assert_valid_schema(schema)
        self.schema = schema
        self._compile_from = compile_from
        self.counts = PlanCounts()
        self._kept_selections = KeptSelections()
        self._known: LruCache[tuple[str | int, str | None], KnownOperation] = LruCache(capacity)

    def __len__(self) -> int:
        return len(self._known)

    def operation(self, document: DocumentNode, name: str | None) -> KnownOperation:
        """The operation of ``document`` called ``name``; with None its only operation."""
        key = _key(document), name
        known_operation = self._known.get(key)
        if known_operation is None:
            resolved = operation_of(self.schema, document, name)
            known_operation = self._known.store(key, _known_operation(document, resolved))
        return known_operation

    def operation_for(
        self, node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
    ) -> KnownOperation:
        """The operation ``node``, for callers that do not have the document."""
        key = _key(node), node.name.value if node.name else None
        known_operation = self._known.get(key)
        if known_operation is None:
            known_operation = self._known.store(
                key, _known_operation(node, operation_for(self.schema, node, fragments))
            )
        return known_operation

    def ready(
        self, document: DocumentNode, name: str | None, raw: Mapping[str, object] | None
    ) -> Ready | list[GraphQLError] | Unplannable:
        """The plan and variables of a request, errors of its variables, or why it has no plan."""
        known_operation = self.operation(document, name)
        if isinstance(known_operation.operation, Unplannable):
            return self.refuse(known_operation.operation)
        variables = _variables(known_operation.operation, raw)
        if isinstance(variables, list):
            return variables
        plan = self.plan(known_operation, variables)
        return plan if isinstance(plan, Unplannable) else Ready(plan, variables)

    def plan(self, operation: KnownOperation, variables: VariableValues) -> Plan | Unplannable:
        """The plan for ``operation`` with ``variables``, or why there is none."""
        if isinstance(operation.flags, Unplannable):
            return self.refuse(operation.flags)
        values = tuple(map(variables.coerced.get, operation.flags))
        plan = operation.plans.get(values)
        if plan is None:
            return self._new(operation, values)
        if isinstance(plan, Unplannable):
            return self.refuse(plan)
        self.counts.hits += 1
        return plan

    def _new(self, operation: KnownOperation, values: tuple[object, ...]) -> Plan | Unplannable:
        operation.seen += 1
        if operation.seen < self._compile_from:
            return self.refuse(NOT_YET)
        plan = operation.plans.store(values, _compile(operation, values, self._kept_selections))
        if isinstance(plan, Unplannable):
            return self.refuse(plan)
        self.counts.misses += 1
        return plan

    def refuse(self, reason: Unplannable) -> Unplannable:
        """Count an execution by graphql-core and return its reason."""
        self.counts.fallbacks[reason.reason] += 1
        return reason


def _variables(
    operation: Operation, raw: Mapping[str, object] | None
) -> VariableValues | list[GraphQLError]:
    definitions = operation.node.variable_definitions
    if not definitions:
        return NO_VARIABLES
    return get_variable_values(
        operation.schema, definitions, dict(raw or {}), max_errors=MAX_COERCION_ERRORS
    )


def _known_operation(node: object, operation: Operation | Unplannable) -> KnownOperation:
    flags = operation if isinstance(operation, Unplannable) else survey(operation)
    return KnownOperation(node, operation, flags)


def _compile(
    operation: KnownOperation, values: tuple[object, ...], kept_selections: KeptSelections
) -> Plan | Unplannable:
    if isinstance(operation.operation, Unplannable) or isinstance(operation.flags, Unplannable):
        raise LookupError(operation)  # noqa: TRY004 - such an operation is refused earlier
    flag_values = zip(operation.flags, values, strict=True)
    flags = {name: value for name, value in flag_values if isinstance(value, bool)}
    return plan_for(operation.operation, flags, kept_selections)


def _key(node: DocumentNode | OperationDefinitionNode) -> str | int:
    return node.loc.source.body if node.loc else id(node)
