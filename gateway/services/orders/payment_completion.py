"""The job that finishes payment operations which were stored and left."""

from dataclasses import dataclass
from datetime import datetime

from gateway.services.dependencies import Dependencies
from gateway.services.orders.lifecycle import order_topic
from gateway.services.orders.payment_operations import complete_operation
from gateway.services.ports.payment_operations import PaymentOperation


@dataclass(frozen=True, slots=True)
class PaymentOperationCompletion:
    """The job that tells the provider what was left, and asks again what is not yet known."""

    dependencies: Dependencies
    name: str = "payment operations"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PaymentOperation, ...]:
        """Operations without an outcome in time."""
        async with self.dependencies.database.begin() as work:
            return await work.payment_operations.claim(now, leased_until, limit)

    async def run(self, lease: PaymentOperation, now: datetime) -> None:  # noqa: ARG002 - the provider's answer says when
        """Complete one operation."""
        operation = await complete_operation(lease, self.dependencies)
        if not operation.is_pending:
            await self.dependencies.wakeups.announce(order_topic(operation.order_id))

    async def postpone(self, lease: PaymentOperation, until: datetime, failure: str) -> None:  # noqa: ARG002 - it is in the log
        """Try again at ``until``."""
        async with self.dependencies.database.begin() as work:
            await work.payment_operations.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next operation is due."""
        async with self.dependencies.database.read() as reading:
            return await reading.payment_operations.next_due(now)
