"""What invoices say of people whose account was erased."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel


class KeptInvoiceRow(SQLModel, table=True):
    """The sealed person of one invoice; ``id`` and ``number`` are those of the order or gift."""

    __tablename__ = "kept_invoices"
    __table_args__ = (Index("ix_kept_invoices_placed_at", "placed_at", "id"),)

    id: str = Field(primary_key=True)
    number: str = Field(index=True)
    placed_at: int = Field(sa_type=BigInteger)
    sealed: bytes = Field(sa_type=LargeBinary)
