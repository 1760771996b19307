"""The wrapped data keys, one for each subject with sealed data."""

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel


class DataKeyRow(SQLModel, table=True):
    """The key of one subject; deleting the row makes the subject's data unreadable."""

    __tablename__ = "data_keys"

    subject: str = Field(primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)
