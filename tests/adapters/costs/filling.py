"""A Postgres database in which the planner sees a shop that has been open for long."""

from collections.abc import Iterator, Mapping

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, Table

from gateway.adapters.tables import all_tables

ROWS = 20_000
"""Rows of each table, by their number ``n`` from 1."""

ONE_IN_500 = "CASE WHEN n % 500 = 0 THEN n END"
PURCHASER = "'id' || (n % 4000)"

USUAL: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "purchaser_id": PURCHASER,
        "client_id": PURCHASER,
        "subject": PURCHASER,
        "status": "CASE WHEN n % 500 = 0 THEN 'OPEN' ELSE 'SCHEDULED' END",
        "bucket": "'SHORT_TERM'",
        "currency": "'USD'",
        "due_at": ONE_IN_500,
    },
    "order_events": {"order_id": "'id' || (n / 2)", "sequence": "n % 2", "status": "'OPEN'"},
    "order_payments": {
        "order_id": "'id' || n",
        "state": "CASE WHEN n % 500 = 0 THEN 'CAPTURING' ELSE 'CAPTURED' END",
        "due_at": ONE_IN_500,
    },
    "payment_operations": {
        "order_id": "'id' || (n / 2)",
        "payment_id": "'id' || (n / 2)",
        "state": "CASE WHEN n % 500 = 0 THEN 'PENDING' ELSE 'DONE' END",
        "due_at": ONE_IN_500,
    },
    "simulated_transfers": {"charge_id": "'id' || (n / 2)", "kind": "'REFUND'"},
    "purchase_attempts": {
        "scope": PURCHASER,
        "subject": PURCHASER,
        "state": "CASE WHEN n % 500 = 0 THEN 'AUTHORIZING' ELSE 'SETTLED' END",
        "due_at": ONE_IN_500,
    },
    "gifts": {
        "giver_id": PURCHASER,
        "partner_id": "CASE WHEN n % 2 = 0 THEN 'id' || (n % 20) END",
        "status": "CASE WHEN n % 100 = 0 THEN 'SEARCHING' ELSE 'DELIVERED' END",
        "due_at": "CASE WHEN n % 100 = 0 THEN n END",
    },
    "gift_orders": {"caller": PURCHASER, "due_at": ONE_IN_500},
    "gift_events": {
        "gift_id": "'id' || (n / 4)",
        "sequence": "n % 4",
        "partner_id": "CASE WHEN n % 2 = 0 THEN 'id' || (n % 20) END",
        "status": "'SEARCHING'",
    },
    "gift_tokens": {"gift_id": "'id' || (n / 2)", "channel": "'EMAIL'"},
    "gift_contacts": {"gift_id": "'id' || (n / 2)", "blind": PURCHASER},
    "refunds": {"order_id": "'id' || (n / 2)", "status": "'COMPLETED'"},
    "returns": {"order_id": "'id' || (n / 2)"},
    "request_keys": {"scope": PURCHASER},
    "staff_actions": {"subject_id": PURCHASER},
    "selection_requests": {"due_at": ONE_IN_500},
    "order_changes": {"due_at": ONE_IN_500},
    "order_accesses": {"client_id": PURCHASER},
    "outbox": {"state": "CASE WHEN n % 500 = 0 THEN 'WAITING' ELSE 'SENT' END"},
    "products": {"listed": "n % 10 <> 0"},
    "collections": {
        "place": "n",
        "rule": "CASE WHEN n % 500 = 0 THEN '{}' END",
        "membership_id": "'id' || n",
    },
    "collection_memberships": {"rule": "CASE WHEN n % 500 = 0 THEN '{}' END", "touched_at": "n"},
    "collection_products": {
        "membership_id": "'id' || (n % 500)",
        "product_id": "'id' || (n / 2)",
        "place": "n",
    },
    "variants": {"product_id": "'id' || (n / 2)", "place": "n % 2", "listed": "n % 10 <> 0"},
    "stock": {"variant_id": "'id' || n"},
    "bundle_parts": {"bundle_id": "'id' || (n / 2)", "place": "n % 2", "variant_id": "'id' || n"},
    "product_facets": {"name": "'vendor'", "value": PURCHASER},
    "variant_options": {"name": "'Color'", "value": PURCHASER, "number": "n << 16"},
    "variant_prices": {"currency": "'USD'", "number": "n << 16"},
    "product_prices": {"currency": "'USD'"},
    "variant_availability": {"variant_id": "'id' || n", "number": "n << 16"},
    "clients": {"purchaser_id": "CASE WHEN n % 4 <> 0 THEN 'id' || (n % 4000) END"},
    "carts": {
        "attempt_id": ONE_IN_500,
        "order_id": "CASE WHEN n % 4 = 0 THEN 'id' || n END",
        "purchaser_id": "CASE WHEN n % 4 = 1 THEN 'id' || n END",
        "client_id": "CASE WHEN n % 4 = 2 THEN 'id' || n END",
    },
    "client_identifiers": {"client_id": "'id' || (n / 2)"},
    "client_purchasers": {"client_id": "'id' || (n / 2)", "purchaser_id": PURCHASER},
    "provider_accounts": {"issuer": "'issuer'", "purchaser_id": PURCHASER},
    "sign_in_codes": {"email_index": "'id' || (n / 2)", "ended": "n % 2 = 0", "network": PURCHASER},
    "sessions": {"purchaser_id": PURCHASER},
    "addresses": {"purchaser_id": PURCHASER},
    "payment_methods": {"purchaser_id": PURCHASER},
    "one_click_grants": {"client_id": "'id' || (n / 2)", "purchaser_id": PURCHASER},
    "code_uses": {"purchaser_id": PURCHASER},
    "customer_groups": {"purchaser_id": PURCHASER, "name": "'group' || (n / 4000)"},
    "promotion_uses": {"buyer_key": PURCHASER, "order_id": "'id' || n", "number": "n"},
    "directory_keys": {"entry_id": "'id' || (n / 2)", "blind": "'id' || (n % 4000)"},
    "webhooks": {"partner_id": PURCHASER},
    "api_keys": {"role": "'partner'"},
}
"""Columns that are not another value in each row, in SQL."""
EMPTY = {"leased_until_at", "failure", "forgotten_at", "tracking", "action_token", "renews"}


def fillings() -> Iterator[str]:
    """The statements that fill every table."""
    # What refers to what does not matter for a plan.
    yield "SET session_replication_role = replica"
    for table in all_tables().sorted_tables:
        yield _filling(table)
    yield (
        "INSERT INTO product_search SELECT n, CAST('word' || n AS tsvector),"  # noqa: S608
        f" CAST('word' || n AS tsvector) FROM generate_series(1, {ROWS}) n"
    )
    yield "ANALYZE"


def _filling(table: Table) -> str:
    usual = USUAL.get(table.name, {})
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(
        usual.get(column.name) or _value(column.name, column.type) for column in table.columns
    )
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM generate_series(1, {ROWS}) n"  # noqa: S608


def _value(name: str, kind: object) -> str:
    if name in EMPTY:
        return "NULL"
    match kind:
        case Boolean():
            return "n % 2 = 0"
        case BigInteger() | Integer():
            return "n"
        case LargeBinary():
            return "'sealed'::bytea"
        case _:
            return "'id' || n"
