"""What staff did."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class StaffActionRow(SQLModel, table=True):
    """One thing that staff did, by the name of their key; ``detail`` is a JSON object."""

    __tablename__ = "staff_actions"
    __table_args__ = (
        Index("ix_staff_actions_done_at", "done_at", "id"),
        Index("ix_staff_actions_subject_id", "subject_id", "done_at", "id"),
    )

    id: str = Field(primary_key=True)
    key_name: str
    action: str
    subject_id: str
    reason: str | None
    detail: str
    done_at: int = Field(sa_type=BigInteger)
