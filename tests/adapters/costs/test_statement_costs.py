"""R106: no statement walks a table that grows, on either database."""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import Delete, Table, UniqueConstraint
from sqlalchemy.schema import ColumnCollectionMixin

from gateway.adapters.migrations import migrate
from gateway.adapters.tables import all_tables
from tests.adapters.costs.filling import fillings
from tests.adapters.costs.postgres_plans import PostgresPlan, plans
from tests.adapters.costs.sqlite_plans import SqlitePlan
from tests.adapters.costs.statements import (
    FORMS,
    counting_statements,
    every_statement,
    page_statements,
)
from tests.conftest import POSTGRES_URL, SCRATCH_DATABASE
from tests.demands import skip_or_fail

STATEMENTS = every_statement()

WALKS = {
    "api_keys.FIND_NEXT_BY_NAME": "the least of the names after one: SQLite ends at the first",
    "databases.sqlite_change_log.CHANGED_GIFTS": (
        "between two numbers: MAX_CHANGED_ROWS at most, or everybody is woken unread"
    ),
    "databases.sqlite_change_log.CHANGED_ORDERS": (
        "between two numbers: MAX_CHANGED_ROWS at most, or everybody is woken unread"
    ),
    "order_search.SEARCH": "the numbers that begin as a word of the search does",
}
"""Ranges that end, though their plans do not say so; each with the reason."""
READ_WHOLE = {
    "product_index_rows.FIND_IN_COLLECTION",
    "product_index_rows.FIND_WITH_TITLE",
    "product_index_rows.FIND_WITH_WORDS",
    "product_index_rows.LOAD_AVAILABLE",
    "product_index_rows.LOAD_FACETS",
    "product_index_rows.LOAD_LISTED",
    "product_index_rows.LOAD_OPTIONS",
    "product_index_rows.LOAD_PRICES",
}
"""What the index of the catalogue is made of, once in a process, and the products of a collection
or with words, once for each revision: the places as one text, and not in the event loop.
"""
LEASED = "the rows that another process works on just now, at most as many as it claims at once"
PASSED_OVER = {
    "purchase_attempts.CLAIM": LEASED,
    "purchase_attempts.NEXT_DUE": LEASED,
    "clients.LIST_PRUNABLE": "none: the index's own condition, asked again of what is locked",
    "collections.LIST_PRODUCTS": "products of one collection that are not listed",
    "gift_orders.CLAIM": LEASED,
    "gift_orders.NEXT_DUE": LEASED,
    "gifts.CLAIM": LEASED,
    "gifts.NEXT_DUE": LEASED,
    "hold_renewals.CLAIM": LEASED,
    "hold_renewals.NEXT_DUE": LEASED,
    "order_changes.CLAIM": LEASED,
    "order_changes.NEXT_DUE": LEASED,
    "order_payments.CLAIM": LEASED,
    "order_payments.NEXT_DUE": LEASED,
    "order_search.LIST_BY_STATUS": "orders of other statuses, where most have the one asked for",
    "orders.CLAIM": LEASED,
    "orders.NEXT_DUE": LEASED,
    "outbox.CLAIM": LEASED,
    "outbox.NEXT_DUE": LEASED,
    "payment_operations.CLAIM": LEASED,
    "payment_operations.NEXT_DUE": LEASED,
    "provider_clearances.CLAIM": LEASED,
    "provider_clearances.NEXT_DUE": LEASED,
    "provider_events.CLAIM": LEASED,
    "provider_events.NEXT_DUE": LEASED,
    "selection_requests.CLAIM": LEASED,
    "selection_requests.NEXT_DUE": LEASED,
    "sign_ins.FIND_NEWEST_OF_OTHERS": (
        "a client's own requests for one e-mail, of which there are few"
    ),
}
"""What reads rows that it does not return, before it has as many as it is to return."""
ORDER_SEARCH = "order_search.SEARCH"
"""Reads the orders whose numbers begin alike: few, unless staff types one letter."""
SORTS = {
    "catalogue.LIST_ALL_VARIANTS": "the variants of the products asked for",
    "catalogue.LIST_LISTED_VARIANTS": "the variants of the products asked for",
    "catalogue.LOCK_VARIANTS": "the variants of the products asked for",
    "catalogue_changes.LIST_BUNDLES_WITH": "the bundles that have what was bought",
    "product_index_rows.LOAD_AVAILABLE_OF": "the variants of the products that have changed",
    "product_index_rows.LOAD_FACETS_OF": "the facets of the products that have changed",
    "product_index_rows.LOAD_OPTIONS_OF": "the variants of the products that have changed",
    "product_index_rows.LOAD_PRICES_OF": "the variants of the products that have changed",
    "product_list_writing.LIST_PRICE_RANGES": "the prices of one product",
    "collections.LIST_IDS_OF_PRODUCTS": "the collections of the products asked for",
    "disputes.LIST_FOR_ORDERS": "the disputes of the orders asked for",
    "gift_contacts.LIST_GIFTS_FOR": "the gifts for one recipient",
    "gift_events.LIST_LAST_OF_UNFINISHED": (
        "the gifts of one partner that are on their way, and all are told"
    ),
    "one_click_grants.LIST_LATEST_METHODS": "the devices of one purchaser",
    "one_click_grants.LIST_FOR_PAIR": "the grants of one purchaser on one device",
    "order_payments.LIST_FOR_ORDER": "the charges of one order",
    "order_payments.LIST_FOR_ORDERS": "the charges of the orders asked for",
    "payment_operations.LIST_FOR_ORDER": "the operations on the charges of one order",
    "payment_operations.LIST_FOR_ORDERS": "the operations on the charges of a page of orders",
    "order_search.SEARCH": "the orders that have all words of a search of the staff's",
    "purchasers.LIST_ADDRESSES": "the addresses of one purchaser",
    "purchasers.LIST_METHODS": "the payment methods of one purchaser",
    "refunds.LIST_FOR_ORDERS": "the refunds of the orders asked for",
    "returns.LIST_FOR_ORDERS": "the returns of the orders asked for",
    "shipments.LIST_BY_GIFT": "the parcels of one gift",
    "shipments.LIST_FOR_ORDERS": "the parcels of the orders of one page",
    "webhooks.LIST_BY_PARTNER": "the endpoints of one partner",
}
"""What is sorted without an index: what belongs to one parent, or was asked for by id."""
COUNTED_WHOLE = {
    "number of everything",
    "facets of everything, True",
    *(f"availability of {name}" for name, form in FORMS.items() if not form.places),
}
"""Counts over the whole catalogue: once for each of its revisions, and not in the event loop."""


@pytest.fixture
def file(database_file: Path) -> Iterator[sqlite3.Connection]:
    """A migrated SQLite database; what is in it does not matter to SQLite's plans."""
    connection = sqlite3.connect(database_file)
    yield connection
    connection.close()


@pytest.fixture
async def filled() -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A Postgres database of the test's own, with many rows in every table."""
    name = f"{SCRATCH_DATABASE}_filled"
    try:
        server = await asyncpg.connect(POSTGRES_URL)
    except OSError as absent:
        skip_or_fail("postgres", f"{POSTGRES_URL}: {absent}")
    await server.execute(f"CREATE DATABASE {name}")
    url = f"{POSTGRES_URL.rpartition('/')[0]}/{name}"
    await migrate(url)
    connection = await asyncpg.connect(url)
    for filling in fillings():
        await connection.execute(filling)
    yield connection
    await connection.close()
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


def test_there_are_statements_to_look_at() -> None:
    assert {
        "orders.CLAIM",
        "outbox.CLAIM",
        "databases.sqlite_change_log.LAST_ROW_IDS",
    } <= STATEMENTS.keys()


def test_no_statement_walks_on_sqlite(file: sqlite3.Connection) -> None:  # R106, R141
    explained = {name: SqlitePlan(file, entry.sqlite.sql) for name, entry in STATEMENTS.items()}
    assert {name for name, entry in explained.items() if entry.walks} - READ_WHOLE == WALKS.keys()
    assert {name for name, entry in explained.items() if entry.sorts} == SORTS.keys()
    pages = [SqlitePlan(file, entry.sqlite.sql) for entry in page_statements().values()]
    assert indexes() - used_indexes([*explained.values(), *pages]) == set()


def test_lists_of_products_walk_only_where_all_is_counted_on_sqlite(
    file: sqlite3.Connection,
) -> None:  # R106
    pages = {
        name: SqlitePlan(file, entry.sqlite.sql).walks for name, entry in page_statements().items()
    }
    assert {name: walks for name, walks in pages.items() if walks} == {}
    counts = {
        name: SqlitePlan(file, entry.sqlite.sql).walks
        for name, entry in counting_statements().items()
    }
    assert {name for name, walks in counts.items() if walks} == COUNTED_WHOLE


async def test_no_statement_walks_on_postgres(
    filled: "asyncpg.Connection[asyncpg.Record]",
) -> None:  # R106, R141
    explained = {
        f"{name}, {values}": plan
        for name, entry in STATEMENTS.items()
        if not name.startswith("databases.sqlite_change_log.")
        and name not in {ORDER_SEARCH, *READ_WHOLE}
        for values, plan in (await plans(filled, entry.postgres.sql)).items()
    }
    assert {name: entry.walks for name, entry in explained.items() if entry.walks} == {}
    passing = {name.partition(",")[0] for name, entry in explained.items() if entry.passes_over}
    assert passing == PASSED_OVER.keys()
    sorting = {name.partition(",")[0] for name, entry in explained.items() if entry.sorts}
    assert sorting - SORTS.keys() == set()
    pages = {
        name: await plans(filled, entry.postgres.sql) for name, entry in page_statements().items()
    }
    for phase in ("TITLE", "NEWEST", "LOWEST", "HIGHEST"):
        # "late" asks for nearly all at once, which is sorted indeed.
        first_page = pages[f"{phase} of everything"]["early"]
        assert (phase, first_page.walks, first_page.sorts) == (phase, (), False)
    page_plans = [plan for by_values in pages.values() for plan in by_values.values()]
    assert indexes() - used_indexes([*explained.values(), *page_plans]) == set()


def indexes() -> set[str]:
    """Those that are there to be read by, not to keep values unique."""
    return {str(index.name) for table in all_tables().tables.values() for index in table.indexes}


def used_indexes(explained: Iterable[SqlitePlan | PostgresPlan]) -> set[str]:
    return {name for plan in explained for name in plan.indexes}


def leads(table: Table, column: str) -> bool:
    """Whether an index or a key of ``table`` begins with ``column``."""
    unique = (each for each in table.constraints if isinstance(each, UniqueConstraint))
    keys: Iterable[ColumnCollectionMixin] = (table.primary_key, *table.indexes, *unique)
    return any(key.columns.keys()[0] == column for key in keys)


def test_what_is_deleted_is_found_by_an_index_wherever_it_is_referred_to() -> None:  # R106
    """A database looks for such rows by itself, and no plan shows it."""
    deleted = {
        each.construct.table for each in STATEMENTS.values() if isinstance(each.construct, Delete)
    }
    assert deleted >= {all_tables().tables["sessions"]}
    bare = [
        f"{table.name}.{key.parent.name}"
        for table in all_tables().tables.values()
        for key in table.foreign_keys
        if key.column.table in deleted and not leads(table, key.parent.name)
    ]
    assert bare == []


WALKING = {
    "a column without an index": "SELECT id FROM orders WHERE currency = 'EUR'",
    "every row": "SELECT id FROM orders",
    "every entry of an index": "SELECT count(*) FROM orders",
    "a range without an end": "SELECT place, id FROM products WHERE place > 1",
    "a condition other than the index's": (
        "SELECT id FROM orders WHERE status <> 'SCHEDULED' ORDER BY due_at LIMIT 1"
    ),
    "an end that comes after a sort": "SELECT id FROM gifts ORDER BY sequence LIMIT 1",
    "an update": "UPDATE orders SET attempts = 0 WHERE currency = 'EUR'",
    "a deletion": "DELETE FROM order_events WHERE occurred_at < 1",
}


@pytest.mark.parametrize("sql", WALKING.values(), ids=WALKING)
def test_the_search_for_walks_finds_them_on_sqlite(file: sqlite3.Connection, sql: str) -> None:
    assert len(SqlitePlan(file, sql).walks) == 1


async def test_the_search_for_walks_finds_them_on_postgres(
    filled: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    counts = {
        what: {len(plan.walks) for plan in (await plans(filled, sql)).values()}
        for what, sql in WALKING.items()
    }
    assert counts == {what: {1} for what in WALKING}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders WHERE purchaser_id = 'id1' ORDER BY place DESC LIMIT 20",
        "SELECT max(place) FROM products",
        "SELECT id FROM products ORDER BY id LIMIT 20",
        "SELECT value FROM json_each('[1]')",
    ],
)
def test_what_ends_is_no_walk_on_sqlite(file: sqlite3.Connection, sql: str) -> None:
    assert SqlitePlan(file, sql).walks == ()
