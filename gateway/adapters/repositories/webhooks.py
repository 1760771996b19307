"""Webhook endpoints in tables."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds_or_none, to_microseconds
from gateway.adapters.tables.webhooks import WebhookRow
from gateway.services.ports.webhooks import Webhook

webhooks = table(WebhookRow)
WEBHOOK = RowMapper(
    Webhook,
    id=webhooks.c.id,
    partner_id=webhooks.c.partner_id,
    url=webhooks.c.url,
    sealed=webhooks.c.sealed,
    disabled_at=From(from_microseconds_or_none, webhooks.c.disabled_at),
)
IS_OF_PARTNER = webhooks.c.partner_id == bindparam("partner_id")

ADD = Statement(insert(webhooks))
LIST_BY_PARTNER = Statement(select(*WEBHOOK.columns).where(IS_OF_PARTNER).order_by(webhooks.c.id))
FIND = Statement(select(*WEBHOOK.columns).where(webhooks.c.id == bindparam("id")))
DISABLE = Statement(
    update(webhooks)
    .where(webhooks.c.id == bindparam("of"), webhooks.c.disabled_at.is_(None))
    .values(disabled_at=bindparam("now"))
)
DELETE = Statement(delete(webhooks).where(IS_OF_PARTNER, webhooks.c.id == bindparam("id")))


class WebhooksRepository:
    """The endpoints of partners."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, webhook: Webhook, now: datetime) -> None:
        """Add an endpoint."""
        await self._session.execute(
            ADD,
            id=webhook.id,
            partner_id=webhook.partner_id,
            url=webhook.url,
            sealed=webhook.sealed,
            created_at=to_microseconds(now),
            disabled_at=None,
        )

    async def list_by_partner(self, partner_id: str) -> tuple[Webhook, ...]:
        """The partner's endpoints."""
        rows = await self._session.fetch_all(LIST_BY_PARTNER, partner_id=partner_id)
        return tuple(map(WEBHOOK.value, rows))

    async def find(self, id: str) -> Webhook | None:
        """The endpoint of this id, or None."""
        row = await self._session.fetch_one(FIND, id=id)
        return WEBHOOK.value(row) if row else None

    async def disable(self, id: str, now: datetime) -> None:
        """Disable the endpoint, so that it is not called any more."""
        await self._session.execute(DISABLE, of=id, now=to_microseconds(now))

    async def delete(self, partner_id: str, id: str) -> bool:
        """Delete an endpoint of the partner; returns whether there was one."""
        return await self._session.execute(DELETE, partner_id=partner_id, id=id) == 1
