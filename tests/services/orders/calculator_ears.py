"""A merchant's calculator that only listens: what it is told of orders."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.services.orders.calculation_commits import calculation_delivery
from gateway.services.outbox import MAX_OPERATOR_ATTEMPTS, OutboxSender
from gateway.services.ports.operator_endpoints import OperatorEndpoint
from gateway.services.ports.outbox import MessageKind
from gateway.worker import run_due_jobs
from tests.endpoints import SignedEndpoint, open_endpoint
from tests.store import Store


def with_calculator_calls(store: Store) -> Store:
    policy = replace(store.dependencies.policy, calls_calculator=True)
    return store.with_dependencies(policy=policy)


def sender(store: Store, endpoint: OperatorEndpoint) -> OutboxSender:
    return OutboxSender(
        store.database,
        store.dependencies.cipher,
        {
            MessageKind.CALCULATION: calculation_delivery(store.database, store.clock, endpoint),
        },
        max_attempts=MAX_OPERATOR_ATTEMPTS,
    )


async def send_all(store: Store, endpoint: OperatorEndpoint) -> None:
    """Let time pass until nothing waits to be sent."""
    job = sender(store, endpoint)
    while due := await job.next_due(store.clock.now()):
        store.clock.advance(max(due - store.clock.now(), timedelta()))
        await run_due_jobs([job], store.clock.now())


async def hear(store: Store, endpoint: SignedEndpoint | None = None) -> list[dict[str, Any]]:
    """What the calculator is told now, in the order it comes."""
    endpoint = endpoint or SignedEndpoint()
    async with open_endpoint(endpoint, store.clock) as calculator:
        await send_all(store, calculator)
    return endpoint.documents


def short_form(documents: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """Type, number, total and refund of each."""
    return [
        (
            document["type"],
            document["data"]["sequence"],
            document["data"]["total"]["amount"],
            document["data"]["refund"] and document["data"]["refund"]["amount"],
        )
        for document in documents
    ]
