"""Collections, the products in them, and the lock that keeps them exact."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

COLLECTION_HAS_RULE = IndexCondition("rule IS NOT NULL")


class CollectionRow(SQLModel, table=True):
    """A collection; all are listed in the order of ``place``.

    ``title_key`` is the title as product files are compared with it. ``image`` is a JSON list of
    ``[url, alternative text, width, height]``, ``rule`` a JSON object; NULL without one. Its
    products are those of its membership, which other products replace at once.
    """

    __tablename__ = "collections"
    __table_args__ = (
        Index("ix_collections_place", "place"),
        Index("ix_collections_title_key", "title_key"),
        partial_index("ix_collections_rule", "place", condition=COLLECTION_HAS_RULE),
    )

    id: str = Field(primary_key=True)
    handle: str = Field(unique=True)
    place: int = Field(sa_type=BigInteger)
    title: str
    title_key: str
    description: str
    image: str | None
    rule: str | None
    membership_id: str = Field(unique=True)


class CollectionMembershipRow(SQLModel, table=True):
    """Products of no collection: one is to have them, or had them.

    ``key`` says of which collection and what products are being prepared; NULL where they are only
    to be deleted, and ``touched_at`` is 0. Places up to ``position`` are prepared.
    """

    __tablename__ = "collection_memberships"
    __table_args__ = (
        Index("ix_collection_memberships_touched_at", "touched_at"),
        partial_index(
            "ix_collection_memberships_rule", "touched_at", condition=COLLECTION_HAS_RULE
        ),
    )

    id: str = Field(primary_key=True)
    key: str | None = Field(unique=True)
    rule: str | None
    position: int = Field(sa_type=BigInteger)
    complete: bool
    touched_at: int = Field(sa_type=BigInteger)


class CollectionProductRow(SQLModel, table=True):
    """A product of a membership, at its place there.

    With a rule it is the product's own place among all products.
    """

    __tablename__ = "collection_products"
    __table_args__ = (
        Index("ix_collection_products_membership_id_place", "membership_id", "place"),
        Index("ix_collection_products_product_id", "product_id"),
    )

    membership_id: str = Field(primary_key=True)
    product_id: str = Field(primary_key=True, foreign_key="products.id")
    place: int = Field(sa_type=BigInteger)


class CatalogueLockRow(SQLModel, table=True):
    """What is locked by whoever changes something that depends on many rows."""

    __tablename__ = "catalogue_locks"

    name: str = Field(primary_key=True)
