"""What pages show of products and variants: HTML, types, tags, options, pictures, barcodes."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MAX_OPTIONS = 3
PRODUCT_TEXTS = ("description_html", "product_type")
PRODUCT_LISTS = ("tags", "option_names", "images")
PRODUCT_SEO = ("seo_title", "seo_description")

products = sa.table("products", sa.column("id"), sa.column("option_names"))
variants = sa.table(
    "variants",
    sa.column("id"),
    sa.column("product_id"),
    sa.column("options"),
    sa.column("option_values"),
)


def upgrade() -> None:
    """Add the columns; the values of options are split, their names are not known yet."""
    with op.batch_alter_table("products") as table:
        for name in PRODUCT_TEXTS:
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        for name in PRODUCT_LISTS:
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default="[]"))
        for name in PRODUCT_SEO:
            table.add_column(sa.Column(name, sa.String(), nullable=True))
    with op.batch_alter_table("variants") as table:
        table.add_column(
            sa.Column("option_values", sa.String(), nullable=False, server_default="[]")
        )
        table.add_column(sa.Column("barcode", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("image", sa.String(), nullable=True))
    _split_options()
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0024', '0015')")


def _split_options() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(variants.c.product_id, variants.c.id, variants.c.options)
        .where(variants.c.options != "")
        .order_by(variants.c.product_id)
    ).all()
    value_rows: list[dict[str, str]] = []
    name_rows: list[dict[str, str]] = []
    for product_id, group in groupby(rows, key=lambda row: row.product_id):
        values_by_id = _split_values([(row.id, row.options) for row in group])
        count = max(map(len, values_by_id.values()))
        names = ["Option"] if count == 1 else [f"Option {index + 1}" for index in range(count)]
        name_rows.append({"row_id": product_id, "names": _as_json(names)})
        value_rows += [
            {"row_id": id, "option_texts": _as_json(texts)} for id, texts in values_by_id.items()
        ]
    if value_rows:
        connection.execute(
            sa.update(variants)
            .where(variants.c.id == sa.bindparam("row_id"))
            .values(option_values=sa.bindparam("option_texts")),
            value_rows,
        )
        connection.execute(
            sa.update(products)
            .where(products.c.id == sa.bindparam("row_id"))
            .values(option_names=sa.bindparam("names")),
            name_rows,
        )


def _split_values(options_by_id: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The values by variant; one each, unless all variants of the product have equally many."""
    values_by_id = {id: options.split(" / ") for id, options in options_by_id}
    counts = set(map(len, values_by_id.values()))
    if len(counts) == 1 and max(counts) <= MAX_OPTIONS:
        return values_by_id
    return {id: [options] for id, options in options_by_id}


def _as_json(texts: Iterable[str]) -> str:
    return orjson.dumps(list(texts)).decode()


def downgrade() -> None:
    """Drop the columns."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0024'")
    with op.batch_alter_table("variants") as table:
        for name in ("option_values", "barcode", "image"):
            table.drop_column(name)
    with op.batch_alter_table("products") as table:
        for name in (*PRODUCT_TEXTS, *PRODUCT_LISTS, *PRODUCT_SEO):
            table.drop_column(name)
