"""The repositories of gift tokens and of the blind indexes of recipients' contacts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, delete, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.gifts import GiftBlockRow, GiftContactRow, GiftRow, GiftTokenRow
from gateway.engine.gifts.gift import ChannelKind
from gateway.engine.gifts.tokens import GiftToken, TokenScope

gift_tokens = table(GiftTokenRow)
gift_contacts = table(GiftContactRow)
gift_blocks = table(GiftBlockRow)
gifts = table(GiftRow)

ANYBODY = "*"


def _decode_scopes(scopes: str) -> frozenset[TokenScope]:
    return frozenset(map(TokenScope, scopes.split()))


TOKEN = RowMapper(
    GiftToken,
    digest=gift_tokens.c.digest,
    gift_id=gift_tokens.c.gift_id,
    scopes=From(_decode_scopes, gift_tokens.c.scopes),
    channel=From(ChannelKind, gift_tokens.c.channel),
    contact_index=From(None, gift_tokens.c.blind),
    expires_at=From(from_microseconds, gift_tokens.c.expires_at),
)
ADD_TOKEN = Statement(insert(gift_tokens))
FIND_TOKEN = Statement(select(*TOKEN.columns).where(gift_tokens.c.digest == bindparam("digest")))
DELETE_TOKENS = Statement(delete(gift_tokens).where(gift_tokens.c.gift_id == bindparam("gift_id")))
DELETE_TOKENS_OF_CHANNEL = Statement(
    delete(gift_tokens).where(
        gift_tokens.c.gift_id == bindparam("gift_id"), gift_tokens.c.channel == bindparam("channel")
    )
)
RESTRICT_SCOPES = Statement(
    update(gift_tokens)
    .where(gift_tokens.c.digest == bindparam("of"))
    .values(scopes=bindparam("scopes"))
)

ADD_CONTACT = Statement(insert(gift_contacts).on_conflict_do_nothing())
MARK_VERIFIED = Statement(
    update(gift_contacts)
    .where(gift_contacts.c.gift_id == bindparam("of"))
    .values(verified=case((gift_contacts.c.blind == bindparam("by"), 1), else_=0))
)
LIST_GIFTS_FOR: Statement[tuple[str, int]] = Statement(
    select(gifts.c.id, gifts.c.created_at)
    .join(gift_contacts, gift_contacts.c.gift_id == gifts.c.id)
    .where(
        in_list(gift_contacts.c.blind, "blinds"), gift_contacts.c.verified >= bindparam("verified")
    )
    .order_by(gifts.c.created_at.desc())
    .limit(bindparam("most"))
)
DELETE_CONTACTS_OF_GIFT = Statement(
    delete(gift_contacts).where(gift_contacts.c.gift_id == bindparam("gift_id"))
)
DELETE_CONTACTS = Statement(
    delete(gift_contacts).where(
        gift_contacts.c.gift_id == bindparam("gift_id"), in_list(gift_contacts.c.blind, "blinds")
    )
)
ADD_BLOCK = Statement(insert(gift_blocks).on_conflict_do_nothing())
FIND_BLOCK: Statement[tuple[str]] = Statement(
    select(gift_blocks.c.blind)
    .where(in_list(gift_blocks.c.blind, "blinds"), in_list(gift_blocks.c.giver_id, "givers"))
    .limit(1)
)
LIST_BLOCKED: Statement[tuple[str]] = Statement(
    select(gift_blocks.c.blind).where(
        in_list(gift_blocks.c.blind, "blinds"), gift_blocks.c.giver_id == bindparam("giver_id")
    )
)


class GiftTokensRepository:
    """The tokens of the links to gifts."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, token: GiftToken) -> None:
        """Add a link."""
        await self._session.execute(
            ADD_TOKEN,
            digest=token.digest,
            gift_id=token.gift_id,
            scopes=_encode_scopes(token.scopes),
            channel=token.channel,
            blind=token.contact_index,
            expires_at=to_microseconds(token.expires_at),
        )

    async def find(self, digest: str) -> GiftToken | None:
        """The link with this digest; None if there is none or it was revoked."""
        row = await self._session.fetch_one(FIND_TOKEN, digest=digest)
        return TOKEN.value(row) if row else None

    async def revoke(self, gift_id: str, channel: ChannelKind | None = None) -> None:
        """Revoke the gift's links, or only those of one channel."""
        if channel is None:
            await self._session.execute(DELETE_TOKENS, gift_id=gift_id)
        else:
            await self._session.execute(DELETE_TOKENS_OF_CHANNEL, gift_id=gift_id, channel=channel)

    async def restrict_scopes(self, digest: str, scopes: frozenset[TokenScope]) -> None:
        """Restrict the link to ``scopes``."""
        await self._session.execute(RESTRICT_SCOPES, of=digest, scopes=_encode_scopes(scopes))


class GiftContactsRepository:
    """The contacts of recipients, and the contacts that block messages."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, gift_id: str, blind_indexes: Sequence[str]) -> None:
        """Add contacts of the gift's recipient."""
        for blind in blind_indexes:
            await self._session.execute(ADD_CONTACT, gift_id=gift_id, blind=blind, verified=0)

    async def mark_verified(self, gift_id: str, blind_index: str) -> None:
        """Save that the recipient has answered by this contact, instead of any other contact."""
        await self._session.execute(MARK_VERIFIED, of=gift_id, by=blind_index)

    async def find_gift_ids(
        self, blind_indexes: Sequence[str], *, verified: bool, limit: int
    ) -> tuple[str, ...]:
        """The ids of up to ``limit`` gifts for one of these contacts, newest first."""
        rows = await self._session.fetch_all(
            LIST_GIFTS_FOR, blinds=list(blind_indexes), verified=int(verified), most=limit
        )
        return tuple(dict.fromkeys(row[0] for row in rows))

    async def block(self, blind_indexes: Sequence[str], giver_id: str, now: datetime) -> None:
        """Block messages to these contacts for gifts of ``giver_id`` (``"*"``: of all givers)."""
        created_at = to_microseconds(now)
        for blind in blind_indexes:
            await self._session.execute(
                ADD_BLOCK, blind=blind, giver_id=giver_id, created_at=created_at
            )

    async def is_blocked(self, blind_indexes: Sequence[str], giver_id: str) -> bool:
        """Whether one of these contacts is blocked for ``giver_id`` or for all givers."""
        row = await self._session.fetch_one(
            FIND_BLOCK, blinds=list(blind_indexes), givers=[giver_id, ANYBODY]
        )
        return row is not None

    async def find_blocked(self, blind_indexes: Sequence[str], giver_id: str) -> frozenset[str]:
        """The ones of ``blind_indexes`` that are blocked for exactly ``giver_id``."""
        rows = await self._session.fetch_all(
            LIST_BLOCKED, blinds=list(blind_indexes), giver_id=giver_id
        )
        return frozenset(row[0] for row in rows)

    async def remove(self, gift_id: str, blind_indexes: Sequence[str]) -> None:
        """Remove contacts of the gift's recipient."""
        await self._session.execute(DELETE_CONTACTS, gift_id=gift_id, blinds=list(blind_indexes))

    async def delete_for_gift(self, gift_id: str) -> None:
        """Delete all contacts of the gift's recipient."""
        await self._session.execute(DELETE_CONTACTS_OF_GIFT, gift_id=gift_id)


def _encode_scopes(scopes: frozenset[TokenScope]) -> str:
    return " ".join(sorted(scopes))
