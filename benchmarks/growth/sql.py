"""Copies of rows under other names, as statements that SQLite and Postgres both take.

`originals` is a temporary table of what is copied, by rank, `copies` another with a row for each
copy to be made: its number, a mark of ten digits that no other has, how much earlier than its
original it happened, and the original's names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import SQLModel

from gateway.adapters.tables import all_tables
from gateway.engine.catalogue.product_index import VARIANT_BITS

all_tables()

AGE = timedelta(days=1) // timedelta(microseconds=1)
"""The latest copy is so much older than its original: what concerns a day leaves it out."""
SPREAD = timedelta(days=5) // timedelta(microseconds=1)
"""All copies happened within so much: results of purchases are forgotten after seven days."""
SHARE_OF_BUYER = 10
"""One in so many copies is the buyer's own; the others are of people with as many orders each."""
MARK_LENGTH = 10
SCATTERED_DIGITS = (
    f"substr(CAST({10**MARK_LENGTH} + (({{}}) * 2654435761) % 4294967296 AS TEXT), 2)"
)
"""Ten digits for a number below 2**32, no two the same, in no order: as ids are."""


@dataclass(frozen=True, slots=True)
class RowCopies:
    """The rows ``t`` of one table that belong to an original ``c``, and what differs in a copy.

    Moments lie earlier by the copy's age, and everything else stays as it is.
    """

    table: str
    join_condition: str
    overrides: Mapping[str, str] = field(default_factory=dict)

    def statements(self) -> Iterator[str]:
        """Add the copies; the originals' rows are set aside, for the table itself changes."""
        columns = SQLModel.metadata.tables[self.table].columns.keys()
        values = ", ".join(self._value(column) for column in columns)
        column_names = ", ".join(f'"{column}"' for column in columns)
        yield (
            "CREATE TEMP TABLE sources AS SELECT c.rank AS source_rank, t.* "  # noqa: S608 - names
            f"FROM originals c JOIN {self.table} t ON {self.join_condition}"
        )
        yield (
            f"INSERT INTO {self.table} ({column_names}) SELECT {values} "  # noqa: S608 - names of ours
            "FROM copies c JOIN sources t ON t.source_rank = c.rank"
        )
        yield "DROP TABLE sources"

    def _value(self, column: str) -> str:
        unchanged = f"t.{column} - c.age" if column.endswith("_at") else f't."{column}"'
        return self.overrides.get(column, unchanged)


def new_name(column: str, prefix: str, mark: str = "c.mark") -> str:
    """An id of the same form and length, with the copy's mark in it."""
    return f"'{prefix}' || {mark} || substr({column}, {len(prefix) + MARK_LENGTH + 1})"


def _owner(column: str, prefix: str) -> str:
    """The buyer's, or of one of the others."""
    other_mark = SCATTERED_DIGITS.format(f"c.number / {SHARE_OF_BUYER}")
    is_own = f"c.number % {SHARE_OF_BUYER} = 0"
    return f"CASE WHEN {is_own} THEN {column} ELSE {new_name(column, prefix, other_mark)} END"


LAST_POSITION = "(t.placed_at - c.age) * 1024 + 1023"
"""The last of a microsecond: a cursor, which is made of the order's id, is none before it."""
ORDER = new_name("c.order_id", "ord_")
ATTEMPT = new_name("c.attempt_id", "att_")
CHARGE = new_name("c.charge_id", "simch_")
PURCHASER = _owner("c.purchaser_id", "pur_")
ORDERS = (
    RowCopies(
        "orders",
        "t.id = c.order_id",
        {
            "id": ORDER,
            "number": "c.mark",
            "place": LAST_POSITION,
            "purchaser_id": PURCHASER,
            "client_id": _owner("t.client_id", "cli_"),
            "subject": PURCHASER,
        },
    ),
    RowCopies(
        "order_events",
        "t.order_id = c.order_id",
        {"order_id": ORDER, "id": new_name("t.id", "oev_")},
    ),
    RowCopies(
        "order_payments",
        "t.order_id = c.order_id",
        {"id": new_name("t.id", "chg_"), "order_id": ORDER, "charge_id": CHARGE},
    ),
    RowCopies(
        "purchase_attempts",
        "t.id = c.attempt_id",
        {
            "id": ATTEMPT,
            "scope": PURCHASER,
            "key": new_name("t.key", ""),
            "subject": PURCHASER,
            "result": f"replace(t.result, c.order_id, {ORDER})",
            "charge_id": CHARGE,
        },
    ),
    RowCopies(
        "simulated_charges",
        "t.id = c.charge_id",
        {"id": CHARGE, "idempotency_key": ATTEMPT, "customer": PURCHASER},
    ),
    RowCopies(
        "outbox",
        "t.dedupe_key LIKE '%' || c.order_id",
        {
            "id": new_name("t.id", "msg_"),
            "dedupe_key": f"replace(t.dedupe_key, c.order_id, {ORDER})",
            "subject": PURCHASER,
        },
    ),
)
ORIGINAL_ORDERS = """
SELECT row_number() OVER (ORDER BY o.place) - 1 AS rank, o.id AS order_id, o.purchaser_id,
  a.id AS attempt_id, p.charge_id
FROM orders o JOIN order_payments p ON p.order_id = o.id
JOIN purchase_attempts a ON a.charge_id = p.charge_id WHERE o.status = 'DELIVERED'"""

PRODUCT = new_name("c.product_id", "prd_")
PLACE = "c.last_place + c.number + 1"
NUMBER = f"t.number + ({PLACE} - c.place) * {1 << VARIANT_BITS}"
IS_OF_VARIANT = "t.variant_id IN (SELECT id FROM variants WHERE product_id = c.product_id)"
HAS_NUMBER = (
    f"t.number >= c.place * {1 << VARIANT_BITS} AND t.number < (c.place + 1) * {1 << VARIANT_BITS}"
)
OTHER_VARIANT = new_name("t.variant_id", "var_")
PRODUCTS = (
    RowCopies(
        "products",
        "t.id = c.product_id",
        {"id": PRODUCT, "handle": "t.handle || '-' || c.mark", "place": PLACE},
    ),
    RowCopies(
        "variants",
        "t.product_id = c.product_id",
        {
            "id": new_name("t.id", "var_"),
            "product_id": PRODUCT,
            "sku": "t.sku || '-' || c.mark",
            "number": NUMBER,
        },
    ),
    RowCopies("stock", IS_OF_VARIANT, {"variant_id": OTHER_VARIANT}),
    RowCopies(
        "variant_availability", IS_OF_VARIANT, {"variant_id": OTHER_VARIANT, "number": NUMBER}
    ),
    RowCopies("product_facets", "t.place = c.place", {"place": PLACE}),
    RowCopies("product_prices", "t.place = c.place", {"place": PLACE}),
    RowCopies("variant_options", HAS_NUMBER, {"number": NUMBER}),
    RowCopies("variant_prices", HAS_NUMBER, {"number": NUMBER}),
)
COPY_WORDS = (
    f"INSERT INTO product_search (rowid, title, words) SELECT {PLACE}, t.title, t.words "  # noqa: S608
    "FROM copies c JOIN product_search t ON t.rowid = c.place"
)
ORIGINAL_PRODUCTS = """
SELECT row_number() OVER (ORDER BY p.place) - 1 AS rank, p.id AS product_id, p.place AS place,
  (SELECT max(place) FROM products) AS last_place
FROM products p WHERE p.handle LIKE 'ware-%'"""


def order_copies(count: int) -> Iterator[str]:
    """The statements that add ``count`` copies of the orders that were delivered."""
    yield f"CREATE TEMP TABLE originals AS {ORIGINAL_ORDERS}"
    yield from _statements(ORDERS, count)


def product_copies(count: int) -> Iterator[str]:
    """The statements that add ``count`` copies of the benchmark's products."""
    yield f"CREATE TEMP TABLE originals AS {ORIGINAL_PRODUCTS}"
    yield from _statements(PRODUCTS, count, COPY_WORDS)


def _statements(tables: tuple[RowCopies, ...], count: int, *others: str) -> Iterator[str]:
    yield _copies(count)
    yield "ANALYZE copies"
    for table in tables:
        yield from table.statements()
    yield from others
    yield "DROP TABLE copies"
    yield "DROP TABLE originals"


def _copies(count: int) -> str:
    step = SPREAD // count
    return f"""
CREATE TEMP TABLE copies AS
WITH RECURSIVE series(number) AS (
  SELECT 0 UNION ALL SELECT number + 1 FROM series WHERE number + 1 < {count}
)
SELECT s.number, {SCATTERED_DIGITS.format("s.number")} AS mark,
  {AGE} + CAST({step} AS BIGINT) * s.number AS age, o.*
FROM series s JOIN originals o ON o.rank = s.number % (SELECT count(*) FROM originals)"""  # noqa: S608 - numbers
