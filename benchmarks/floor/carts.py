"""Reading and changing carts, by hand."""

import sqlite3
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from benchmarks.floor.figures import Bill, Json, Rate, Rates, build_bill, figures
from benchmarks.shop import DESTINATION
from gateway.adapters.encryption import EnvelopeCipher
from gateway.secret_key import SECRET_FILE

CALLER = """
SELECT i.client_id, i.forgotten_at, c.purchaser_id, s.purchaser_id, s.authenticated_at
FROM (SELECT 1) LEFT JOIN client_identifiers i ON i.digest = ?
LEFT JOIN clients c ON c.id = i.client_id
LEFT JOIN sessions s ON s.digest = ? AND s.expires_at > ?"""
CART = """
SELECT version, lines, country, region, postal_code, codes, method_id, attempt_id, order_id
FROM carts WHERE id = ?"""
GOODS = """
SELECT v.id, v.title, v.prices, v.tax_category, v.listed, s.available, s.backorder
FROM variants v JOIN stock s ON s.variant_id = v.id
WHERE v.id IN (SELECT value FROM json_each(?))"""
SAVE = """
UPDATE carts SET lines = ?, version = version + 1
WHERE id = ? AND version = ? AND attempt_id IS NULL AND order_id IS NULL"""
RULES = "SELECT body FROM rule_sets ORDER BY valid_from DESC, version DESC LIMIT 1"


# A variant, how many, and what one cost when it was added.
Entry = list[Any]


class Store:
    """The shop in a folder: a connection that reads, one that writes durably, and its secret."""

    def __init__(self, folder: Path) -> None:
        file = folder / "gateway.db"
        self.cipher = EnvelopeCipher((folder / SECRET_FILE).read_text())
        self.letters = folder / "letters"
        self.letters.mkdir(exist_ok=True)
        self.reader = _connect(file)
        self.reader.execute("PRAGMA mmap_size = 268435456")
        self.reader.execute("PRAGMA query_only = ON")
        self.writer = _connect(file)
        self.writer.execute("PRAGMA synchronous = FULL")
        rules = orjson.loads(self.reader.execute(RULES).fetchall()[0][0])
        self.rates = Rates(
            rules["tax"]["default"]["rules"],
            DESTINATION.region or "",
            DESTINATION.postal_code or "",
        )


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, cached_statements=256)
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -16384")
    return connection


def find_caller(store: Store, headers: dict[bytes, bytes]) -> tuple[str, str]:
    """The client and the purchaser who ask; nobody else is served here."""
    identifier = sha256(headers[b"x-client-id"]).hexdigest()
    session = sha256(headers[b"authorization"][7:]).hexdigest()
    now = time.time_ns() // 1000
    rows = store.reader.execute(CALLER, (identifier, session, now)).fetchall()
    client, forgotten_at, _, purchaser, _ = rows[0]
    assert client
    assert purchaser
    assert not forgotten_at
    return client, purchaser


def load_bill(connection: sqlite3.Connection, lines: list[Entry], rates: Rates) -> Bill:
    """The bill for the lines of a cart."""
    ids = orjson.dumps([line[0] for line in lines]).decode()
    variants_by_id = {row[0]: row for row in connection.execute(GOODS, (ids,)).fetchall()}
    goods: list[tuple[str, str, int, int, Rate]] = []
    for variant_id, quantity, _ in lines:
        _, title, prices, category, *_ = variants_by_id[variant_id]
        price = orjson.loads(prices)["USD"]
        goods.append((variant_id, title, quantity, price, rates.rate_for(category)))
    return build_bill(goods)


def read_cart(store: Store, variables: Json) -> Json:
    """The cart."""
    cart_id = variables["id"]
    row = store.reader.execute(CART, (cart_id,)).fetchall()[0]
    bill = load_bill(store.reader, orjson.loads(row[1]), store.rates)
    return {"data": {"cart": {"id": cart_id, "version": row[0], **figures(bill)}}}


def add_lines(store: Store, variables: Json) -> Json:
    """The cart with a line more."""
    cart_input = variables["input"]
    cart_id, expected_version, writer = (
        cart_input["cartId"],
        cart_input["expectedVersion"],
        store.writer,
    )
    writer.execute("BEGIN IMMEDIATE")
    row = writer.execute(CART, (cart_id,)).fetchall()[0]
    assert row[0] == expected_version
    assert (row[7], row[8]) == (None, None)
    lines = _add_to_lines(orjson.loads(row[1]), cart_input["lines"], writer)
    bill = load_bill(writer, lines, store.rates)
    assert (
        writer.execute(SAVE, (orjson.dumps(lines).decode(), cart_id, expected_version)).rowcount
        == 1
    )
    writer.execute("COMMIT")
    cart = {"id": cart_id, "version": expected_version + 1, **figures(bill)}
    return {"data": {"cartLinesAdd": {"userErrors": [], "warnings": [], "cart": cart}}}


def _add_to_lines(
    lines: list[Entry], new_lines: list[Json], writer: sqlite3.Connection
) -> list[Entry]:
    ids = orjson.dumps([new_line["variantId"] for new_line in new_lines]).decode()
    prices = {
        row[0]: orjson.loads(row[2])["USD"] for row in writer.execute(GOODS, (ids,)).fetchall()
    }
    lines_by_variant = {line[0]: line for line in lines}
    for new_line in new_lines:
        variant_id, quantity = new_line["variantId"], new_line["quantity"]
        existing = lines_by_variant.setdefault(variant_id, [variant_id, 0, prices[variant_id]])
        existing[1] += quantity
    return list(lines_by_variant.values())
