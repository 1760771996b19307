"""The imported directory of people."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel


class DirectoryEntryRow(SQLModel, table=True):
    """One imported record, sealed; ``as_of`` is when it was last known to be correct."""

    __tablename__ = "directory_entries"

    id: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    as_of_at: int = Field(sa_type=BigInteger)
    imported_at: int = Field(sa_type=BigInteger)


class DirectoryKeyRow(SQLModel, table=True):
    """A key of a record: the blind index of an e-mail address, a phone or a name.

    ``as_of_at`` is copied from the record, so that the newest records of a frequent name can be
    found without reading the others.
    """

    __tablename__ = "directory_keys"
    __table_args__ = (Index("ix_directory_keys_blind_as_of_at", "blind", "as_of_at", "entry_id"),)

    entry_id: str = Field(primary_key=True)
    blind: str = Field(primary_key=True)
    as_of_at: int = Field(sa_type=BigInteger)
