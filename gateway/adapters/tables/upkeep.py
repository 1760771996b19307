"""Tables for operation: which versions can read the database, and rows to test writing."""

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel


class SchemaReaderRow(SQLModel, table=True):
    """The oldest version, named by its newest migration, that can read ``revision``."""

    __tablename__ = "schema_readers"

    revision: str = Field(primary_key=True)
    oldest_reader: str


class WriteProbeRow(SQLModel, table=True):
    """A row that is written and deleted to test whether writing is possible."""

    __tablename__ = "write_probes"

    id: str = Field(primary_key=True)
    filler: bytes = Field(sa_type=LargeBinary)
