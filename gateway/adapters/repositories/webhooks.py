"""Webhook endpoints in tables."""

from datetime import datetime
from typing import TypeAlias

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.webhooks import WebhookRow
from gateway.services.ports.webhooks import Webhook

webhooks = table(WebhookRow)
Row: TypeAlias = tuple[str, str, str, bytes, int | None]
ROW = (
    webhooks.c.id,
    webhooks.c.partner_id,
    webhooks.c.url,
    webhooks.c.sealed,
    webhooks.c.disabled_at,
)
OF_PARTNER = webhooks.c.partner_id == bindparam("partner_id")

ADD = Statement(insert(webhooks))
ALL: Statement[Row] = Statement(select(*ROW).where(OF_PARTNER).order_by(webhooks.c.id))
FIND: Statement[Row] = Statement(select(*ROW).where(webhooks.c.id == bindparam("id")))
DISABLE = Statement(
    update(webhooks)
    .where(webhooks.c.id == bindparam("of"), webhooks.c.disabled_at.is_(None))
    .values(disabled_at=bindparam("now"))
)
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
            disabled_at=None,
        )

    async def of_partner(self, partner_id: str) -> tuple[Webhook, ...]:
        """A partner's endpoints."""
        rows = await self._session.all(ALL, partner_id=partner_id)
        return tuple(_webhook(*row) for row in rows)

    async def find(self, id: str) -> Webhook | None:
        """The endpoint of this id."""
        row = await self._session.one(FIND, id=id)
        return _webhook(*row) if row else None

    async def disable(self, id: str, now: datetime) -> None:
        """Keep that it is called no more."""
        await self._session.run(DISABLE, of=id, now=microseconds(now))

    async def delete(self, partner_id: str, id: str) -> bool:
        """Whether the partner had this endpoint."""
        return await self._session.run(DELETE, partner_id=partner_id, id=id) == 1


def _webhook(id: str, partner_id: str, url: str, sealed: bytes, disabled_at: int | None) -> Webhook:
    disabled = None if disabled_at is None else instant(disabled_at)
    return Webhook(id, partner_id, url, sealed, disabled)
