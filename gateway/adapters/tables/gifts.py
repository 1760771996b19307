"""Gifts, gift orders, events, tokens and contacts."""

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

GIFT_IS_WAITING = IndexCondition("due_at IS NOT NULL")
GIFT_IS_NOT_TERMINAL = IndexCondition(
    "status NOT IN ('DELIVERED', 'DECLINED', 'CANCELLED', 'UNDELIVERABLE')"
)
GIFT_ORDER_IS_WAITING = IndexCondition("due_at IS NOT NULL")
EVENT_HAS_PARTNER = IndexCondition("partner_id IS NOT NULL")


class GiftRow(SQLModel, table=True):
    """One gift; ``due_at`` is when its next step is due, or NULL."""

    __tablename__ = "gifts"
    __table_args__ = (
        partial_index("ix_gifts_due_at", "due_at", condition=GIFT_IS_WAITING),
        partial_index("ix_gifts_on_their_way", "partner_id", condition=GIFT_IS_NOT_TERMINAL),
        Index("ix_gifts_giver_id", "giver_id", "created_at", "id"),
        Index("ix_gifts_created_at_id", "created_at", "id"),
        Index("ix_gifts_status_created_at_id", "status", "created_at", "id"),
    )

    id: str = Field(primary_key=True)
    order_id: str
    giver_id: str
    partner_id: str | None
    tracking_number: str = Field(unique=True)
    status: str
    sequence: int
    version: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(sa_type=BigInteger)
    public: str
    sealed: bytes | None = Field(sa_type=LargeBinary)
    due_at: int | None = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int


class GiftOrderRow(SQLModel, table=True):
    """The gifts of one request, with the caller's idempotency key.

    ``hold`` is the amount held for each gift, in minor units. After ``due_at`` the worker withdraws
    an unfinished request.
    """

    __tablename__ = "gift_orders"
    __table_args__ = (
        UniqueConstraint("caller", "key", name="uq_gift_orders_caller"),
        partial_index("ix_gift_orders_due_at", "due_at", condition=GIFT_ORDER_IS_WAITING),
    )

    id: str = Field(primary_key=True)
    caller: str
    key: str
    fingerprint: str
    gift_ids: str
    created_at: int = Field(sa_type=BigInteger)
    method_id: str
    hold: int | None = Field(sa_type=BigInteger)
    done: int
    due_at: int | None = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)


class GiftEventRow(SQLModel, table=True):
    """One event of a gift; ``position`` is its number in the feed of its partner."""

    __tablename__ = "gift_events"
    __table_args__ = (
        UniqueConstraint("gift_id", "sequence", name="uq_gift_events_gift_id"),
        partial_index(
            "ix_gift_events_partner_id", "partner_id", "position", condition=EVENT_HAS_PARTNER
        ),
    )

    id: str = Field(primary_key=True)
    gift_id: str
    sequence: int
    type: str
    status: str
    occurred_at: int = Field(sa_type=BigInteger)
    partner_id: str | None
    position: int | None = Field(sa_type=BigInteger)


class GiftFeedRow(SQLModel, table=True):
    """The number of events in a partner's feed.

    It is incremented in the transaction that writes the events. The lock of the row makes their
    positions follow the order of the commits, so that no reader misses an event.
    """

    __tablename__ = "gift_feeds"

    partner_id: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)


class GiftTokenRow(SQLModel, table=True):
    """A gift token by its digest; the token itself is not stored."""

    __tablename__ = "gift_tokens"

    digest: str = Field(primary_key=True)
    gift_id: str = Field(index=True)
    scopes: str
    channel: str
    blind: str
    expires_at: int = Field(sa_type=BigInteger)


class GiftContactRow(SQLModel, table=True):
    """A contact of a gift's recipient, by its blind index."""

    __tablename__ = "gift_contacts"

    gift_id: str = Field(primary_key=True)
    blind: str = Field(primary_key=True, index=True)
    verified: int


class GiftGuessRow(SQLModel, table=True):
    """The times at which a giver guessed where a recipient lives.

    ``about`` is the recipient's blind index. ``guesser`` is the giver's, or ``*`` for all givers
    together. ``guessed`` are the times in microseconds, separated by blanks.
    """

    __tablename__ = "gift_guesses"

    about: str = Field(primary_key=True)
    guesser: str = Field(primary_key=True)
    guessed: str
    latest_at: int = Field(sa_type=BigInteger, index=True)


class GiftBlockRow(SQLModel, table=True):
    """A contact that wants no messages about gifts of one giver or of any giver (``*``)."""

    __tablename__ = "gift_blocks"

    blind: str = Field(primary_key=True)
    giver_id: str = Field(primary_key=True)
    created_at: int = Field(sa_type=BigInteger)
