"""The times of the latest messages to each contact."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class ContactMessagesRow(SQLModel, table=True):
    """One contact by its blind index; ``times`` is a JSON list, ``last_at`` its latest time."""

    __tablename__ = "contact_messages"

    blind: str = Field(primary_key=True)
    times: str
    last_at: int = Field(sa_type=BigInteger, index=True)
