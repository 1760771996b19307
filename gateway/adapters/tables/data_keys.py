"""Data keys, wrapped, one for each subject whose data is sealed."""

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel


class DataKeyRow(SQLModel, table=True):
    """One subject's key; deleting the row makes the subject's data unreadable."""

    __tablename__ = "data_keys"

    subject: str = Field(primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)
