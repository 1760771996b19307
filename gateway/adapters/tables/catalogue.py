"""Products, variants, stock and the components of bundles."""

from sqlalchemy import BigInteger, Index, true
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index
from gateway.adapters.tables.product_lists import BYTEWISE

PRODUCT_IS_LISTED = IndexCondition("listed")


class ProductRow(SQLModel, table=True):
    """A listed product; the list is in the order of ``place``, or of another of its columns.

    ``description`` is plain text. ``tags`` and ``option_names`` are JSON lists of texts, ``images``
    a JSON list of ``[url, alternative text, width, height]``. ``title_key`` is what the title is
    sorted by. ``words`` are for readers of the release before.
    """

    __tablename__ = "products"
    __table_args__ = (
        partial_index("ix_products_place", "place", condition=PRODUCT_IS_LISTED),
        partial_index(
            "ix_products_title_key_place", "title_key", "place", condition=PRODUCT_IS_LISTED
        ),
        partial_index(
            "ix_products_created_at_place", "created_at", "place", condition=PRODUCT_IS_LISTED
        ),
    )

    id: str = Field(primary_key=True)
    handle: str = Field(unique=True)
    place: int = Field(sa_type=BigInteger, unique=True)
    title: str
    vendor: str
    description: str
    listed: bool
    words: str
    created_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)
    description_html: str = Field(sa_column_kwargs={"server_default": ""})
    product_type: str = Field(sa_column_kwargs={"server_default": ""})
    tags: str = Field(sa_column_kwargs={"server_default": "[]"})
    option_names: str = Field(sa_column_kwargs={"server_default": "[]"})
    images: str = Field(sa_column_kwargs={"server_default": "[]"})
    seo_title: str | None = None
    seo_description: str | None = None
    title_key: str = Field(sa_type=BYTEWISE, sa_column_kwargs={"server_default": ""})


class VariantRow(SQLModel, table=True):
    """A variant, which can be bought.

    ``prices`` is a JSON object of minor units by currency, as is ``compare_at_prices``; ``tags`` is
    a JSON list. ``sku`` may be empty and need not be unique. ``option_values`` distinguish the
    variants of a product, a JSON list; ``options`` are the same as one text, for readers of the
    release before. ``image`` is JSON as in ``ProductRow.images``. ``number`` names it in the tables
    that lists of products are made of; its higher bits are the product's place.
    """

    __tablename__ = "variants"
    __table_args__ = (Index("ix_variants_product_id_place", "product_id", "place"),)

    id: str = Field(primary_key=True)
    product_id: str = Field(foreign_key="products.id")
    place: int
    sku: str = Field(index=True)
    title: str
    prices: str
    tax_table: str | None
    tax_category: str | None
    grams: int
    tags: str
    discountable: bool
    bundle: bool
    listed: bool
    options: str = Field(sa_column_kwargs={"server_default": ""})
    compare_at_prices: str = Field(sa_column_kwargs={"server_default": "{}"})
    option_values: str = Field(sa_column_kwargs={"server_default": "[]"})
    barcode: str = Field(sa_column_kwargs={"server_default": ""})
    image: str | None = None
    product_listed: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    number: int | None = Field(default=None, sa_type=BigInteger)


class StockRow(SQLModel, table=True):
    """The stock of a variant; ``available`` is NULL if it is unlimited.

    ``bundled`` is the most of it that one of a bundle takes: while ``available`` stays above, a
    change of it changes nothing that can be bought.
    """

    __tablename__ = "stock"

    variant_id: str = Field(primary_key=True, foreign_key="variants.id")
    available: int | None = Field(sa_type=BigInteger)
    backorder: bool
    ships_in_days: int
    backorder_days: int
    bundled: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "1"})


class BundleComponentRow(SQLModel, table=True):
    """A component of a bundle, with its unit prices in the bundle (JSON as for variants)."""

    __tablename__ = "bundle_parts"
    __table_args__ = (Index("ix_bundle_parts_variant_id", "variant_id"),)

    bundle_id: str = Field(primary_key=True, foreign_key="variants.id")
    place: int = Field(primary_key=True)
    variant_id: str = Field(foreign_key="variants.id")
    quantity: int
    prices: str
