"""Webhook endpoints in tables."""

from datetime import datetime
from typing import TypeAlias

from sqlalchemy import bindparam, delete, select

from gateway.adapters.instants import microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.webhooks import WebhookRow
from gateway.services.ports.webhooks import Webhook

webhooks = table(WebhookRow)
Row: TypeAlias = tuple[str, str, str, bytes]
ROW = (webhooks.c.id, webhooks.c.partner_id, webhooks.c.url, webhooks.c.sealed)
OF_PARTNER = webhooks.c.partner_id == bindparam("partner_id")

ADD = Statement(insert(webhooks))
ALL: Statement[Row] = Statement(select(*ROW).where(OF_PARTNER).order_by(webhooks.c.id))
FIND: Statement[Row] = Statement(select(*ROW).where(webhooks.c.id == bindparam("id")))
DELETE = Statement(delete(webhooks).where(OF_PARTNER, webhooks.c.id == bindparam("id")))


class WebhooksRepository:
    """The endpoints of partners."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, webhook: Webhook, now: datetime) -> None:
        """Keep a new endpoint."""
        await self._session.run(
            ADD,
            id=webhook.id,
            partner_id=webhook.partner_id,
            url=webhook.url,
            sealed=webhook.sealed,
            created_at=microseconds(now),
        )

    async def of_partner(self, partner_id: str) -> tuple[Webhook, ...]:
        """A partner's endpoints."""
        rows = await self._session.all(ALL, partner_id=partner_id)
        return tuple(Webhook(*row) for row in rows)

    async def find(self, id: str) -> Webhook | None:
        """The endpoint of this id."""
        row = await self._session.one(FIND, id=id)
        return Webhook(*row) if row else None

    async def delete(self, partner_id: str, id: str) -> bool:
        """Whether the partner had this endpoint."""
        return await self._session.run(DELETE, partner_id=partner_id, id=id) == 1
