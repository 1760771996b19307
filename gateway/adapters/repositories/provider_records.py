"""The repository that clears away what was asked of the payment provider."""

from datetime import datetime

from gateway.adapters.repositories.payment_requests import PaymentRequestsRepository
from gateway.adapters.repositories.refund_requests import RefundRequestsRepository
from gateway.adapters.sql.session import SqlSession


class ProviderRecordsRepository:
    """The holds and refunds that were asked for, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` of each made before ``before``; returns the higher number."""
        return max(
            await PaymentRequestsRepository(self._session).prune(before, limit),
            await RefundRequestsRepository(self._session).prune(before, limit),
        )
