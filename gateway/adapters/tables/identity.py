"""Clients, purchasers and their stored data.

Secrets are stored only as digests or blind indexes, and personal data only sealed.
"""

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

CLIENT_HAS_NO_PURCHASER = IndexCondition("purchaser_id IS NULL")
CLIENT_HAS_PURCHASER = IndexCondition("purchaser_id IS NOT NULL")


class PurchaserRow(SQLModel, table=True):
    """A purchaser, with the blind index of the e-mail address once it is verified.

    ``details`` are the sealed name, phone and language, if the purchaser gave any;
    ``tax_exemption`` is the sealed reason why the shop takes no tax of them, if it takes none.
    """

    __tablename__ = "purchasers"

    id: str = Field(primary_key=True)
    email_index: str | None = Field(unique=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)
    details: bytes | None = Field(sa_type=LargeBinary)
    tax_exemption: bytes | None = Field(default=None, sa_type=LargeBinary)


class ProviderAccountRow(SQLModel, table=True):
    """An account at an identity provider and its purchaser."""

    __tablename__ = "provider_accounts"

    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    purchaser_id: str = Field(foreign_key="purchasers.id", index=True)
    created_at: int = Field(sa_type=BigInteger)


class ClientRow(SQLModel, table=True):
    """A client and its present purchaser, if any. ``changed_at`` is when that last changed."""

    __tablename__ = "clients"
    __table_args__ = (
        partial_index("ix_clients_changed_at", "changed_at", condition=CLIENT_HAS_NO_PURCHASER),
        partial_index("ix_clients_purchaser_id", "purchaser_id", condition=CLIENT_HAS_PURCHASER),
    )

    id: str = Field(primary_key=True)
    purchaser_id: str | None = Field(foreign_key="purchasers.id")
    created_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)


class ClientIdentifierRow(SQLModel, table=True):
    """An identifier of a client; a forgotten one is kept, so that it is never accepted again."""

    __tablename__ = "client_identifiers"

    digest: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="clients.id", index=True)
    created_at: int = Field(sa_type=BigInteger)
    forgotten_at: int | None = Field(sa_type=BigInteger)


class ClientPurchaserRow(SQLModel, table=True):
    """A purchaser who used a client."""

    __tablename__ = "client_purchasers"
    __table_args__ = (
        Index("ix_client_purchasers_client_id_seen_at", "client_id", "seen_at", "purchaser_id"),
    )

    client_id: str = Field(primary_key=True, foreign_key="clients.id")
    purchaser_id: str = Field(primary_key=True, foreign_key="purchasers.id", index=True)
    seen_at: int = Field(sa_type=BigInteger)


class SignInCodeRow(SQLModel, table=True):
    """A requested sign-in code, with the blind index of the network it was requested from."""

    __tablename__ = "sign_in_codes"
    __table_args__ = (
        Index(None, "email_index", "requested_at"),
        Index(None, "network", "requested_at"),
    )

    id: str = Field(primary_key=True)
    email_index: str
    code_index: str
    requested_at: int = Field(sa_type=BigInteger, index=True)
    attempts: int
    ended: bool
    client_id: str | None
    network: str | None
    known: bool
    others_attempts: int


class SessionRow(SQLModel, table=True):
    """A session by the digest of its token; for a provider's token, a mark that it has ended."""

    __tablename__ = "sessions"

    digest: str = Field(primary_key=True)
    purchaser_id: str = Field(foreign_key="purchasers.id", index=True)
    authenticated_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)


class AddressRow(SQLModel, table=True):
    """A saved address of a purchaser."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("purchaser_id", "label_index"),)

    id: str = Field(primary_key=True)
    purchaser_id: str = Field(foreign_key="purchasers.id")
    label_index: str
    sealed: bytes = Field(sa_type=LargeBinary)
    use_for_gifts: bool
    created_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)


class PaymentMethodRow(SQLModel, table=True):
    """A saved payment method of a purchaser."""

    __tablename__ = "payment_methods"

    id: str = Field(primary_key=True)
    purchaser_id: str = Field(foreign_key="purchasers.id", index=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)


class OneClickGrantRow(SQLModel, table=True):
    """A one-click profile of a client and a purchaser.

    Its address and payment method may have been deleted since.
    """

    __tablename__ = "one_click_grants"

    client_id: str = Field(primary_key=True, foreign_key="clients.id")
    purchaser_id: str = Field(primary_key=True, foreign_key="purchasers.id", index=True)
    label_index: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    address_id: str
    payment_method_id: str
    enabled_at: int = Field(sa_type=BigInteger)
