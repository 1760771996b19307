"""Rule sets, stored value, and the uses of discount codes."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class RuleSetRow(SQLModel, table=True):
    """An imported rule set as JSON; ``valid_from`` is an ISO 8601 date."""

    __tablename__ = "rule_sets"
    __table_args__ = (Index("ix_rule_sets_valid_from_version", "valid_from", "version"),)

    id: str = Field(primary_key=True)
    version: int = Field(unique=True)
    title: str
    valid_from: str
    body: str
    imported_at: int = Field(sa_type=BigInteger)


class StoredValueRow(SQLModel, table=True):
    """A stored value; amounts are in minor units and dates in ISO 8601."""

    __tablename__ = "stored_values"

    code: str = Field(primary_key=True)
    currency: str
    issued: int = Field(sa_type=BigInteger)
    balance: int = Field(sa_type=BigInteger)
    valid_from: str | None
    valid_to: str | None
    issued_at: int = Field(sa_type=BigInteger)


class PromotionCountRow(SQLModel, table=True):
    """How often a promotion whose uses are limited has been used, by its name."""

    __tablename__ = "promotion_counts"

    promotion: str = Field(primary_key=True)
    used: int = Field(sa_type=BigInteger)


class PromotionUseRow(SQLModel, table=True):
    """A use of a limited promotion, by an order or by a payment attempt (its id).

    ``buyer_key`` is the id of a purchaser or the blind index of a buyer's e-mail address, whose
    uses have a ``number`` from 1. The use that ``promotion_counts`` counts has the number 0, and
    its own key.
    """

    __tablename__ = "promotion_uses"

    buyer_key: str = Field(primary_key=True)
    promotion: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    order_id: str = Field(index=True)
    used_at: int = Field(sa_type=BigInteger)


class CodeUseRow(SQLModel, table=True):
    """A buyer's use of a discount code, by an order or by a payment attempt (its id).

    ``purchaser_id`` is the id of a purchaser or the blind index of a buyer's e-mail address.
    """

    __tablename__ = "code_uses"

    purchaser_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    order_id: str = Field(index=True)
    used_at: int = Field(sa_type=BigInteger)
