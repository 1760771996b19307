"""What operating needs: which versions can read the database, and rows that try writing."""

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel


class SchemaReaderRow(SQLModel, table=True):
    """The oldest version, by its newest migration, that can read a database at ``revision``."""

    __tablename__ = "schema_readers"

    revision: str = Field(primary_key=True)
    oldest_reader: str


class WriteProbeRow(SQLModel, table=True):
    """What is written and deleted again to see whether writing is possible."""

    __tablename__ = "write_probes"

    id: str = Field(primary_key=True)
    filler: bytes = Field(sa_type=LargeBinary)
