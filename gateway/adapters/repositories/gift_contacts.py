"""Secret links to gifts and the blind indexes of their recipients, in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, delete, select, update

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table, within
from gateway.adapters.tables.gifts import GiftBlockRow, GiftContactRow, GiftRow, GiftTokenRow
from gateway.engine.gifts.tokens import GiftToken, Scope
from gateway.engine.gifts.values import ChannelKind

tokens = table(GiftTokenRow)
contacts = table(GiftContactRow)
blocks = table(GiftBlockRow)
gifts = table(GiftRow)

ANYBODY = "*"

ADD_TOKEN = Statement(insert(tokens))
FIND_TOKEN: Statement[tuple[str, str, str, str, str, int]] = Statement(
    select(
        tokens.c.digest,
        tokens.c.gift_id,
        tokens.c.scopes,
        tokens.c.channel,
        tokens.c.blind,
        tokens.c.expires_at,
    ).where(tokens.c.digest == bindparam("digest"))
)
REVOKE = Statement(delete(tokens).where(tokens.c.gift_id == bindparam("gift_id")))
REVOKE_CHANNEL = Statement(
    delete(tokens).where(
        tokens.c.gift_id == bindparam("gift_id"), tokens.c.channel == bindparam("channel")
    )
)
NARROW = Statement(
    update(tokens).where(tokens.c.digest == bindparam("of")).values(scopes=bindparam("scopes"))
)

ADD_CONTACT = Statement(insert(contacts).on_conflict_do_nothing())
VERIFIED = Statement(
    update(contacts)
    .where(contacts.c.gift_id == bindparam("of"))
    .values(verified=case((contacts.c.blind == bindparam("by"), 1), else_=0))
)
GIFTS_FOR: Statement[tuple[str, int]] = Statement(
    select(gifts.c.id, gifts.c.created_at)
    .join(contacts, contacts.c.gift_id == gifts.c.id)
    .where(within(contacts.c.blind, "blinds"), contacts.c.verified >= bindparam("verified"))
    .order_by(gifts.c.created_at.desc())
    .limit(bindparam("most"))
)
FORGET = Statement(delete(contacts).where(contacts.c.gift_id == bindparam("gift_id")))
DROP = Statement(
    delete(contacts).where(
        contacts.c.gift_id == bindparam("gift_id"), within(contacts.c.blind, "blinds")
    )
)
BLOCK = Statement(insert(blocks).on_conflict_do_nothing())
BLOCKED: Statement[tuple[str]] = Statement(
    select(blocks.c.blind)
    .where(within(blocks.c.blind, "blinds"), within(blocks.c.giver_id, "givers"))
    .limit(1)
)
BLOCKED_AMONG: Statement[tuple[str]] = Statement(
    select(blocks.c.blind).where(
        within(blocks.c.blind, "blinds"), blocks.c.giver_id == bindparam("giver_id")
    )
)


class GiftTokensRepository:
    """The secret links to gifts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, token: GiftToken) -> None:
        """Keep a new link."""
        await self._session.run(
            ADD_TOKEN,
            digest=token.digest,
            gift_id=token.gift_id,
            scopes=_listed(token.scopes),
            channel=token.channel,
            blind=token.blind,
            expires_at=microseconds(token.expires_at),
        )

    async def find(self, digest: str) -> GiftToken | None:
        """The link of this digest."""
        row = await self._session.one(FIND_TOKEN, digest=digest)
        if row is None:
            return None
        digest, gift_id, scopes, channel, blind, expires_at = row
        allowed = frozenset(map(Scope, scopes.split()))
        expiry = instant(expires_at)
        return GiftToken(digest, gift_id, allowed, ChannelKind(channel), blind, expiry)

    async def revoke(self, gift_id: str, channel: ChannelKind | None = None) -> None:
        """End the gift's links, or those of one channel."""
        if channel is None:
            await self._session.run(REVOKE, gift_id=gift_id)
        else:
            await self._session.run(REVOKE_CHANNEL, gift_id=gift_id, channel=channel)

    async def narrow(self, digest: str, scopes: frozenset[Scope]) -> None:
        """Leave the link ``scopes`` only."""
        await self._session.run(NARROW, of=digest, scopes=_listed(scopes))


class GiftContactsRepository:
    """Who gifts are for, and who wants none."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, gift_id: str, blinds: Sequence[str]) -> None:
        """The gift is for the holder of these contacts."""
        for each in blinds:
            await self._session.run(ADD_CONTACT, gift_id=gift_id, blind=each, verified=0)

    async def verified(self, gift_id: str, blind: str) -> None:
        """The recipient has answered by this contact: no other speaks for the address."""
        await self._session.run(VERIFIED, of=gift_id, by=blind)

    async def gifts_for(
        self, blinds: Sequence[str], *, verified: bool, most: int
    ) -> tuple[str, ...]:
        """The ids of gifts for one of these contacts, newest first."""
        rows = await self._session.all(
            GIFTS_FOR, blinds=list(blinds), verified=int(verified), most=most
        )
        return tuple(dict.fromkeys(row[0] for row in rows))

    async def block(self, blinds: Sequence[str], giver_id: str, now: datetime) -> None:
        """No message to these contacts for gifts of ``giver_id``."""
        at = microseconds(now)
        for each in blinds:
            await self._session.run(BLOCK, blind=each, giver_id=giver_id, created_at=at)

    async def blocked(self, blinds: Sequence[str], giver_id: str) -> bool:
        """Whether messages to one of these contacts are unwanted."""
        found = await self._session.one(BLOCKED, blinds=list(blinds), givers=[giver_id, ANYBODY])
        return found is not None

    async def blocked_among(self, blinds: Sequence[str], giver_id: str) -> frozenset[str]:
        """Those of ``blinds`` that were blocked for ``giver_id``."""
        rows = await self._session.all(BLOCKED_AMONG, blinds=list(blinds), giver_id=giver_id)
        return frozenset(row[0] for row in rows)

    async def drop(self, gift_id: str, blinds: Sequence[str]) -> None:
        """The gift is not for the holder of these contacts any more."""
        await self._session.run(DROP, gift_id=gift_id, blinds=list(blinds))

    async def forget(self, gift_id: str) -> None:
        """Forget whom the gift was for."""
        await self._session.run(FORGET, gift_id=gift_id)


def _listed(scopes: frozenset[Scope]) -> str:
    return " ".join(sorted(scopes))
