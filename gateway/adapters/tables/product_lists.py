"""What lists of products are filtered, counted and sorted by; made from products and variants.

``place`` is the product's place in ``products``. ``number`` is that of a variant in ``variants``,
whose higher bits are the product's place. Only listed products and variants have rows here.
"""

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table
from sqlmodel import Field, SQLModel

BYTEWISE = String().with_variant(String(collation="C"), "postgresql")
"""A text that is compared byte by byte, as SQLite does anyway."""


class ProductFacetRow(SQLModel, table=True):
    """A value that a product, or one of its variants, has of a facet."""

    __tablename__ = "product_facets"
    __table_args__ = (
        Index("ix_product_facets_place_name_value", "place", "name", "value"),
        {"sqlite_with_rowid": False},
    )

    name: str = Field(primary_key=True, sa_type=BYTEWISE)
    value: str = Field(primary_key=True, sa_type=BYTEWISE)
    place: int = Field(primary_key=True, sa_type=BigInteger)


class VariantOptionRow(SQLModel, table=True):
    """The value that a variant has of an option, by the name of the option's facet."""

    __tablename__ = "variant_options"
    __table_args__ = (
        Index("ix_variant_options_number_name_value", "number", "name", "value"),
        {"sqlite_with_rowid": False},
    )

    name: str = Field(primary_key=True, sa_type=BYTEWISE)
    value: str = Field(primary_key=True, sa_type=BYTEWISE)
    number: int = Field(primary_key=True, sa_type=BigInteger)


class VariantPriceRow(SQLModel, table=True):
    """The price of one of a variant, with its components, in minor units."""

    __tablename__ = "variant_prices"
    __table_args__ = (
        Index("ix_variant_prices_currency_amount_number", "currency", "amount", "number"),
        {"sqlite_with_rowid": False},
    )

    number: int = Field(primary_key=True, sa_type=BigInteger)
    currency: str = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)


class ProductPriceRow(SQLModel, table=True):
    """The lowest and the highest price of a product's variants, in minor units."""

    __tablename__ = "product_prices"
    __table_args__ = (
        Index("ix_product_prices_currency_lowest_place", "currency", "lowest", "place"),
        Index("ix_product_prices_currency_highest_place", "currency", "highest", "place"),
        {"sqlite_with_rowid": False},
    )

    place: int = Field(primary_key=True, sa_type=BigInteger)
    currency: str = Field(primary_key=True)
    lowest: int = Field(sa_type=BigInteger)
    highest: int = Field(sa_type=BigInteger)


class VariantAvailabilityRow(SQLModel, table=True):
    """Whether one of a variant can be bought now, with its components.

    NULL where the variant or its product is not listed. It is apart from the stock, because it is
    locked after all stock, and by whoever changes a component, too.
    """

    __tablename__ = "variant_availability"
    __table_args__ = (Index("ix_variant_availability_for_sale_number", "for_sale", "number"),)

    variant_id: str = Field(primary_key=True, foreign_key="variants.id")
    number: int = Field(sa_type=BigInteger)
    for_sale: bool | None


class CatalogueRevisionRow(SQLModel, table=True):
    """How often the catalogue has changed, and what can be bought now; one row with id 1."""

    __tablename__ = "catalogue_revisions"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: int = Field(sa_type=BigInteger)
    availability: int = Field(sa_type=BigInteger)


class CatalogueChangeRow(SQLModel, table=True):
    """That the product at ``place`` has changed at a revision; NO_PLACE if no product has.

    ``revision`` and ``previous`` are sums of the revision's two numbers, after the change and
    before. Where it does not go on from a row to the next, somebody has not said what changed.
    """

    __tablename__ = "catalogue_changes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    revision: int = Field(primary_key=True, sa_type=BigInteger)
    place: int = Field(primary_key=True, sa_type=BigInteger)
    previous: int = Field(sa_type=BigInteger)


PRODUCT_SEARCH = Table(
    "product_search",
    MetaData(),
    Column("rowid", BigInteger, primary_key=True),
    Column("title", String),
    Column("words", String),
)
"""The words of products by their place: an FTS5 table in SQLite, columns tsvector in Postgres.

It stands apart from the other tables, because no declaration makes both.
"""
