"""What lists of products are filtered, counted, searched and sorted by."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import orjson
import sqlalchemy as sa
from alembic import op

from gateway.adapters.repositories.product_list_rows import (
    product_facet_rows,
    product_price_rows,
    search_row,
    variant_option_rows,
    variant_price_rows,
)
from gateway.engine.catalogue.product_index import VARIANT_BITS
from gateway.engine.catalogue.products import BundleComponent, Product, Stock, Variant
from gateway.engine.text.sort_keys import title_sort_key

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BATCH = 500
MAX_IDS = 5_000
BYTEWISE = sa.String().with_variant(sa.String(collation="C"), "postgresql")
IS_LISTED = sa.text("listed")
INDEXES = (
    ("ix_product_facets_place_name_value", "product_facets", ["place", "name", "value"]),
    ("ix_variant_options_number_name_value", "variant_options", ["number", "name", "value"]),
    (
        "ix_variant_prices_currency_amount_number",
        "variant_prices",
        ["currency", "amount", "number"],
    ),
    ("ix_product_prices_currency_lowest_place", "product_prices", ["currency", "lowest", "place"]),
    (
        "ix_product_prices_currency_highest_place",
        "product_prices",
        ["currency", "highest", "place"],
    ),
    (
        "ix_variant_availability_for_sale_number",
        "variant_availability",
        ["for_sale", "number"],
    ),
    ("ix_bundle_parts_variant_id", "bundle_parts", ["variant_id"]),
)
LISTED_INDEXES = (
    ("ix_products_title_key_place", ["title_key", "place"]),
    ("ix_products_created_at_place", ["created_at", "place"]),
)
MADE_TABLES = (
    "catalogue_revisions",
    "product_facets",
    "product_prices",
    "product_search",
    "variant_availability",
    "variant_options",
    "variant_prices",
)

Rows: TypeAlias = Sequence[Any]

products = sa.table(
    "products",
    *map(
        sa.column,
        "id handle place title vendor description listed product_type tags option_names title_key"
        .split(),
    ),
)
variants = sa.table(
    "variants",
    *map(sa.column, "id product_id place sku title prices listed option_values number".split()),
)
stock = sa.table(
    "stock", *map(sa.column, "variant_id available backorder bundled".split())
)
parts = sa.table("bundle_parts", *map(sa.column, "bundle_id place variant_id quantity prices".split()))


def upgrade() -> None:
    """Add the tables and columns, and fill them for the products that are there."""
    with op.batch_alter_table("products") as table:
        table.add_column(sa.Column("title_key", BYTEWISE, nullable=False, server_default=""))
    with op.batch_alter_table("variants") as table:
        table.add_column(sa.Column("number", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("stock") as table:
        table.add_column(
            sa.Column("bundled", sa.BigInteger(), nullable=False, server_default="1")
        )
    _create_tables()
    op.create_index("ix_bundle_parts_variant_id", "bundle_parts", ["variant_id"])
    _fill()
    for name, table_name, columns in INDEXES[:-1]:
        op.create_index(name, table_name, columns)
    for name, columns in LISTED_INDEXES:
        op.create_index(
            name, "products", columns, sqlite_where=IS_LISTED, postgresql_where=IS_LISTED
        )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_product_search_title", "product_search", ["title"], postgresql_using="gin")
        op.create_index("ix_product_search_words", "product_search", ["words"], postgresql_using="gin")
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0025', '0015')")


def _create_tables() -> None:
    op.create_table(
        "product_facets",
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("value", BYTEWISE, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "place", name="pk_product_facets"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "variant_options",
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("value", BYTEWISE, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "number", name="pk_variant_options"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "variant_prices",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", "currency", name="pk_variant_prices"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "product_prices",
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("lowest", sa.BigInteger(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place", "currency", name="pk_product_prices"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "variant_availability",
        sa.Column("variant_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("for_sale", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("variant_id", name="pk_variant_availability"),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name="fk_variant_availability_variant_id_variants"
        ),
    )
    op.create_table(
        "catalogue_revisions",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.BigInteger(), nullable=False),
        sa.Column("availability", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_revisions"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE product_search (rowid BIGINT CONSTRAINT pk_product_search PRIMARY KEY,"
            " title TSVECTOR NOT NULL, words TSVECTOR NOT NULL)"
        )
    else:
        # The tokenizer splits at the blanks that separate the words; they are plain letters.
        op.execute(
            "CREATE VIRTUAL TABLE product_search USING fts5"
            "(title, words, tokenize='ascii', detail='column', columnsize=0, prefix='1 2 3')"
        )


def _fill() -> None:
    connection = op.get_bind()
    vector = "CAST(CAST({} AS TEXT) AS TSVECTOR)" if connection.dialect.name == "postgresql" else "{}"
    add_words = sa.text(
        "INSERT INTO product_search (rowid, title, words) VALUES"  # noqa: S608 - no texts of others
        f" (:rowid, {vector.format(':title')}, {vector.format(':words')})"
    )
    after = -1
    while batch := connection.execute(
        sa.select(products).where(products.c.place > after).order_by(products.c.place).limit(BATCH)
    ).all():
        after = batch[-1].place
        _fill_batch(connection, batch, add_words)


def _fill_batch(connection: sa.Connection, batch: Rows, add_words: sa.TextClause) -> None:
    places = {row.id: row.place for row in batch}
    rows = connection.execute(
        sa.select(variants)
        .where(variants.c.product_id.in_(list(places)))
        .order_by(variants.c.product_id, variants.c.place, variants.c.id)
    ).all()
    numbers = {
        row.id: places[product_id] << VARIANT_BITS | index
        for product_id, group in groupby(rows, key=lambda row: row.product_id)
        for index, row in enumerate(group)
    }
    built = _build_variants(connection, rows)
    listed_ids = {row.id for row in batch if row.listed}
    by_product: dict[str, list[Variant]] = {}
    for row in rows:
        if row.listed:
            by_product.setdefault(row.product_id, []).append(built[row.id])
    _run(
        connection,
        sa.update(products)
        .where(products.c.id == sa.bindparam("row_id"))
        .values(title_key=sa.bindparam("key")),
        [{"row_id": row.id, "key": title_sort_key(row.title)} for row in batch],
    )
    _run(
        connection,
        sa.update(variants)
        .where(variants.c.id == sa.bindparam("row_id"))
        .values(number=sa.bindparam("new_number")),
        [{"row_id": id, "new_number": number} for id, number in numbers.items()],
    )
    _raise_bundled(connection, built.values())
    made: dict[str, list[dict[str, Any]]] = {
        "variant_availability": [
            {
                "variant_id": row.id,
                "number": numbers[row.id],
                "for_sale": built[row.id].available_for_sale
                if row.listed and row.product_id in listed_ids
                else None,
            }
            for row in rows
        ]
    }
    for row in batch:
        if row.listed:
            product, own = _build_product(row), by_product.get(row.id, [])
            for table_name, made_rows in (
                ("product_facets", product_facet_rows(product, own, row.place)),
                ("variant_options", variant_option_rows(product, own, numbers)),
                ("variant_prices", variant_price_rows(own, numbers)),
                ("product_prices", product_price_rows(own, row.place)),
            ):
                made.setdefault(table_name, []).extend(made_rows)
            connection.execute(add_words, search_row(product, own, row.place))
    for table_name, made_rows in made.items():
        if made_rows:
            columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in made_rows[0]]
            connection.execute(sa.insert(sa.table(table_name, *columns)), made_rows)


def _run(connection: sa.Connection, statement: sa.Update, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _build_product(row: Any) -> Product:  # noqa: ANN401 - a row
    return Product(
        row.id,
        row.handle,
        row.title,
        row.vendor,
        row.description,
        product_type=row.product_type,
        tags=tuple(orjson.loads(row.tags)),
        option_names=tuple(orjson.loads(row.option_names)),
    )


def _build_variants(connection: sa.Connection, rows: Rows) -> Mapping[str, Variant]:
    """The variants of ``rows`` by id, with the components of bundles, of any depth."""
    ids = [row.id for row in rows]
    stocks = {
        row.variant_id: Stock(row.available, bool(row.backorder))
        for row in _select_by_ids(connection, stock, stock.c.variant_id, ids)
    }
    part_rows: dict[str, list[Any]] = {}
    for row in _select_by_ids(connection, parts, parts.c.bundle_id, ids):
        part_rows.setdefault(row.bundle_id, []).append(row)
    component_ids = {row.variant_id for rows in part_rows.values() for row in rows}
    components = (
        _build_variants(
            connection, _select_by_ids(connection, variants, variants.c.id, sorted(component_ids))
        )
        if component_ids
        else {}
    )
    return {row.id: _build_variant(row, stocks, part_rows, components) for row in rows}


def _select_by_ids(
    connection: sa.Connection, table: sa.TableClause, column: sa.ColumnClause[Any], ids: list[str]
) -> list[Any]:
    """The rows with these ids, in parts, because a statement takes only so many parameters."""
    return [
        row
        for start in range(0, len(ids), MAX_IDS)
        for row in connection.execute(
            sa.select(table).where(column.in_(ids[start : start + MAX_IDS]))
        )
    ]


def _build_variant(
    row: Any,  # noqa: ANN401 - a row
    stocks: Mapping[str, Stock],
    part_rows: Mapping[str, Rows],
    components: Mapping[str, Variant],
) -> Variant:
    return Variant(
        row.id,
        row.product_id,
        row.sku,
        row.title,
        orjson.loads(row.prices),
        stock=stocks.get(row.id, Stock()),
        components=tuple(
            BundleComponent(components[part.variant_id], part.quantity, orjson.loads(part.prices))
            for part in sorted(part_rows.get(row.id, ()), key=lambda part: part.place)
        ),
        listed=bool(row.listed),
        option_values=tuple(orjson.loads(row.option_values)),
    )


def _raise_bundled(connection: sa.Connection, built: Iterable[Variant]) -> None:
    """Keep how many of its components one of each bundle takes."""
    for bundle in built:
        for variant_id, quantity in bundle.stock_demand(1).items():
            if variant_id != bundle.id:
                connection.execute(
                    sa.update(stock)
                    .where(stock.c.variant_id == variant_id, stock.c.bundled < quantity)
                    .values(bundled=quantity)
                )


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0025'")
    for name, _ in LISTED_INDEXES:
        op.drop_index(name, "products")
    op.drop_index("ix_bundle_parts_variant_id", "bundle_parts")
    for table_name in MADE_TABLES:
        op.drop_table(table_name)
    with op.batch_alter_table("stock") as table:
        table.drop_column("bundled")
    with op.batch_alter_table("variants") as table:
        table.drop_column("number")
    with op.batch_alter_table("products") as table:
        table.drop_column("title_key")
