"""Compilation of GraphQL operations to Python, independent of the rest of the gateway."""

from gateway.plans.cache import PlanCache, PlanCounts, Ready
from gateway.plans.dismissal import dismiss
from gateway.plans.feasibility import Unplannable
from gateway.plans.lasting_values import answers_often, of_value, returns_lasting
from gateway.plans.lazy_info import of_context
from gateway.plans.object_completion import decided_by_class
from gateway.plans.plan import Plan, compile_plan
from gateway.plans.strawberry_extension import (
    PlanExecution,
    PlannedEvents,
    Plans,
    SyncPlanExecution,
)
from gateway.plans.strawberry_operations import (
    Prepared,
    PreparedOperations,
    Request,
    execute_request,
)

__all__ = [
    "Plan",
    "PlanCache",
    "PlanCounts",
    "PlanExecution",
    "PlannedEvents",
    "Plans",
    "Prepared",
    "PreparedOperations",
    "Ready",
    "Request",
    "SyncPlanExecution",
    "Unplannable",
    "answers_often",
    "compile_plan",
    "decided_by_class",
    "dismiss",
    "execute_request",
    "of_context",
    "of_value",
    "returns_lasting",
]
