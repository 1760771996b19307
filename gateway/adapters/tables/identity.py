"""Clients, purchasers and what is kept for them.

Every secret is here only as a digest or blind index, personal data only sealed.
"""

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

CLIENT_HAS_NO_PURCHASER = IndexCondition("purchaser_id IS NULL")


class PurchaserRow(SQLModel, table=True):
    """Someone who buys; the e-mail's index is there once it is verified."""

    __tablename__ = "purchasers"

    id: str = Field(primary_key=True)
    email_index: str | None = Field(unique=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)


class ProviderAccountRow(SQLModel, table=True):
    """An identity provider's name for a purchaser."""

    __tablename__ = "provider_accounts"

    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    purchaser_id: str = Field(foreign_key="purchasers.id")
    created_at: int = Field(sa_type=BigInteger)


class ClientRow(SQLModel, table=True):
    """A device, and whom it stands for, as last changed at ``changed_at``."""

    __tablename__ = "clients"
    __table_args__ = (
        partial_index("ix_clients_changed_at", "changed_at", condition=CLIENT_HAS_NO_PURCHASER),
    )

    id: str = Field(primary_key=True)
    purchaser_id: str | None = Field(foreign_key="purchasers.id")
    created_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)


class ClientIdentifierRow(SQLModel, table=True):
    """What a device is known by; a forgotten one is kept, so that it never counts again."""

    __tablename__ = "client_identifiers"

    digest: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="clients.id", index=True)
    created_at: int = Field(sa_type=BigInteger)
    forgotten_at: int | None = Field(sa_type=BigInteger)


class ClientPurchaserRow(SQLModel, table=True):
    """A purchaser a device has stood for."""

    __tablename__ = "client_purchasers"
    __table_args__ = (
        Index("ix_client_purchasers_client_id_seen_at", "client_id", "seen_at", "purchaser_id"),
    )

    client_id: str = Field(primary_key=True, foreign_key="clients.id")
    purchaser_id: str = Field(primary_key=True, foreign_key="purchasers.id")
    seen_at: int = Field(sa_type=BigInteger)


class SignInCodeRow(SQLModel, table=True):
    """A request for a sign-in code, and who asked for it; ``network`` is a blind index."""

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
    """A sign-in, known by the digest of its token; of an identity provider's, that it has ended."""

    __tablename__ = "sessions"

    digest: str = Field(primary_key=True)
    purchaser_id: str = Field(foreign_key="purchasers.id")
    authenticated_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)


class AddressRow(SQLModel, table=True):
    """A purchaser's address."""

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
    """A purchaser's payment method."""

    __tablename__ = "payment_methods"

    id: str = Field(primary_key=True)
    purchaser_id: str = Field(foreign_key="purchasers.id", index=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)


class OneClickGrantRow(SQLModel, table=True):
    """What one press means for a client and a purchaser.

    The address and the method may be gone: then the press says so.
    """

    __tablename__ = "one_click_grants"

    client_id: str = Field(primary_key=True, foreign_key="clients.id")
    purchaser_id: str = Field(primary_key=True, foreign_key="purchasers.id", index=True)
    label_index: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    address_id: str
    payment_method_id: str
    enabled_at: int = Field(sa_type=BigInteger)
