"""Migrations arrive at exactly the declared tables, on both databases."""

import asyncio
import json
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.migrations import configuration, head, migrate, upgrade
from gateway.adapters.tables import all_tables


def test_nothing_is_declared_that_no_migration_makes(database_url: str) -> None:
    command.check(configuration(database_url))


def test_every_migration_can_be_taken_back(tmp_path: Path) -> None:
    config = configuration(f"sqlite:///{tmp_path / 'shop.db'}")
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    command.upgrade(config, "head")
    command.check(config)


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with ThreadPoolExecutor(1) as executor:
        # Alembic keeps its context in module state: the second one is a process of its own.
        process = executor.submit(asyncio.run, _in_another_process(url))
        upgrade(url)
        assert process.result() == 0
    command.check(configuration(url))


async def _in_another_process(url: str) -> int:
    code = f"from gateway.adapters.migrations import upgrade; upgrade({url!r})"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    return await process.wait()


def test_the_newest_file_is_the_newest_revision() -> None:
    script = ScriptDirectory.from_config(configuration(""))
    assert head() == script.get_current_head()


async def test_migrating_from_within_a_loop(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    await migrate(f"sqlite:///{path}")
    database = await SqliteDatabase.open(path)
    assert await database.schema_revision() is not None
    await database.close()


def test_indexes_are_declared_as_the_migrations_make_them(tmp_path: Path) -> None:
    """Alembic compares no conditions."""
    migrated, made = tmp_path / "migrated.db", tmp_path / "made.db"
    upgrade(f"sqlite:///{migrated}")
    engine = create_engine(f"sqlite:///{made}")
    all_tables().create_all(engine)
    engine.dispose()
    assert _partial(made) == _partial(migrated)
    assert len(_partial(made)) == 33


def _partial(path: Path) -> dict[str, tuple[str, str]]:
    """Each partial index's table and condition."""
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT name, tbl_name, sql FROM sqlite_master"
        " WHERE type = 'index' AND sql LIKE '% WHERE %'"
    ).fetchall()
    connection.close()
    return {name: (table, sql.partition(" WHERE ")[2]) for name, table, sql in rows}


def test_keys_of_the_directory_get_the_times_of_their_records(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    config = configuration(f"sqlite:///{path}")
    command.upgrade(config, "0009")
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO directory_entries VALUES ('den_1', x'00', 7, 9)")
    connection.execute("INSERT INTO directory_keys VALUES ('den_1', 'blind'), ('den_1', 'other')")
    connection.commit()
    command.upgrade(config, "head")
    rows = connection.execute(
        "SELECT blind, as_of_at FROM directory_keys ORDER BY blind"
    ).fetchall()
    connection.close()
    assert rows == [("blind", 7), ("other", 7)]


PAYMENT = (
    "INSERT INTO order_payments (id, order_id, charge_id, amount, currency, digits, state,"
    " created_at, attempts, version)"
    " VALUES ('{state}', 'ord_1', 'simch_1', 900, 'USD', 2, '{state}', 0, 0, 1)"
)
CHARGE = (
    "INSERT INTO simulated_charges (id, idempotency_key, amount_minor, captured_minor, currency,"
    " method, customer, status, created_at)"
    " VALUES ('{status}', '{status}', 1000, {captured}, 'USD', 'sim_ok', 'pur_1', '{status}', 0)"
)


def test_what_was_captured_and_refunded_as_a_whole_is_so(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    config = configuration(f"sqlite:///{path}")
    command.upgrade(config, "0015")
    states = ("HELD", "CAPTURING", "CAPTURED", "REFUNDING", "REFUNDED", "RELEASED", "LAPSED")
    statements = [PAYMENT.format(state=state) for state in states]
    statements += [
        CHARGE.format(status="HELD", captured="NULL"),
        CHARGE.format(status="CAPTURED", captured=900),
        CHARGE.format(status="REFUNDED", captured=900),
        "SELECT 1",
    ]
    run_statements(f"sqlite:///{path}", *statements)
    command.upgrade(config, "head")
    assert run_statements(
        f"sqlite:///{path}",
        "SELECT id, purchase_id, captured_minor, refunded_minor FROM order_payments"
        " WHERE captured_minor > 0 ORDER BY id",
    ) == [("CAPTURED", None, 900, 0), ("REFUNDED", None, 900, 900), ("REFUNDING", None, 900, 0)]
    assert run_statements(
        f"sqlite:///{path}",
        "SELECT id, captured_minor, refunded_minor FROM simulated_charges ORDER BY id",
    ) == [("CAPTURED", 900, 0), ("HELD", None, 0), ("REFUNDED", 900, 900)]


VARIANT = (
    "INSERT INTO variants (id, product_id, place, sku, title, prices, grams, tags, discountable,"
    " bundle, listed)"
    " VALUES ('{id}', 'prd_1', 0, '{id}', '{title}', '{{}}', 0, '[]', true, false, true)"
)
PRODUCT = (
    "INSERT INTO products (id, handle, place, title, vendor, description, listed, words,"
    " created_at, changed_at) VALUES ('prd_1', 'mug', 0, 'Mug', '', '', true, '', 0, 0)"
)
TITLES = {
    "a": "Mug",
    "b": "Mug, white",
    "c": "Mug, white / 1, 2",
    "d": "Mug,white",
    "e": "Cup, red",
}
SHARED = (
    "UPDATE variants SET sku = '' WHERE id < 'c'",
    "UPDATE variants SET sku = 'd' WHERE id = 'e'",
)


def run_statements(url: str, *statements: str) -> list[tuple[object, ...]]:
    """The rows of the last of the statements."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        *_, rows = [connection.execute(each).fetchall() for each in statements]
        connection.commit()
        connection.close()
        return rows

    async def on_server() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(url)
        *_, rows = [await connection.fetch(each) for each in statements]
        await connection.close()
        return [tuple(row) for row in rows]

    return asyncio.run(on_server())


def test_variants_get_the_options_of_their_titles(database_url: str) -> None:
    """R111: an import finds them by these; and on the way back SKUs are told apart again."""
    config = configuration(database_url)
    before = ScriptDirectory.from_config(config).get_revision("0014").down_revision
    assert isinstance(before, str)
    command.downgrade(config, before)
    try:
        variants = [VARIANT.format(id=id, title=title) for id, title in TITLES.items()]
        run_statements(database_url, PRODUCT, *variants)
        command.upgrade(config, "0014")
        rows = run_statements(database_url, *SHARED, "SELECT options FROM variants ORDER BY id")
        assert rows == [("",), ("white",), ("white / 1, 2",), ("",), ("",)]
        command.downgrade(config, before)
        rows = run_statements(database_url, "SELECT sku FROM variants ORDER BY id")
        assert rows == [(id,) for id in TITLES]
        run_statements(database_url, "DELETE FROM variants")
    finally:
        command.upgrade(config, "head")


UNSEALED_GIFT = '{"item": {"title": "Tea", "wrap": "for Zora"}}'
INSERT_GIFTS = """
INSERT INTO gifts (id, order_id, giver_id, tracking_number, status, sequence, version, created_at,
    public, sealed, attempts)
VALUES ('gft_1', 'gor_1', 'pur_1', 't1', 'DELIVERED', 1, 1, 1, '{plain}', NULL, 0),
    ('gft_2', 'gor_1', 'pur_1', 't2', 'DELIVERED', 1, 1, 1, '{plain}', {sealed}, 0),
    ('gft_3', 'gor_1', 'pur_1', 't3', 'DELIVERED', 1, 1, 1, '{{"item": {{"wrap": null}}}}', NULL, 0)
"""
WRAPS = [("gft_1", None), ("gft_2", "for Zora"), ("gft_3", None)]


def test_wishes_that_nobody_writes_again_are_stripped(tmp_path: Path) -> None:
    """R102: of cleared gifts; what is sealed still is written anew together with its gift."""
    path = tmp_path / "shop.db"
    config = configuration(f"sqlite:///{path}")
    command.upgrade(config, "0010")
    connection = sqlite3.connect(path)
    connection.execute(INSERT_GIFTS.format(plain=UNSEALED_GIFT, sealed="x'00'"))
    answered = [("gft_1", "b1", 1), ("gft_1", "b2", 1), ("gft_2", "b1", 1), ("gft_2", "b2", 0)]
    connection.executemany("INSERT INTO gift_contacts VALUES (?, ?, ?)", answered)
    connection.commit()
    command.upgrade(config, "0012")
    rows = connection.execute("SELECT id, public FROM gifts ORDER BY id").fetchall()
    contacts = connection.execute("SELECT * FROM gift_contacts ORDER BY 1, 2").fetchall()
    connection.close()
    verified = [("gft_1", "b1", 0), ("gft_1", "b2", 0), ("gft_2", "b1", 1), ("gft_2", "b2", 0)]
    assert contacts == verified
    assert [(id, json.loads(public)["item"]["wrap"]) for id, public in rows] == WRAPS


async def test_wishes_are_stripped_on_postgres_too(postgres_url: str) -> None:  # R102
    config = configuration(postgres_url)
    await asyncio.to_thread(command.downgrade, config, "0010")
    try:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(INSERT_GIFTS.format(plain=UNSEALED_GIFT, sealed="'x'::bytea"))
    finally:
        await asyncio.to_thread(command.upgrade, config, "head")
    rows = await connection.fetch("SELECT id, public FROM gifts ORDER BY id")
    await connection.close()
    assert [(row["id"], json.loads(row["public"])["item"]["wrap"]) for row in rows] == WRAPS


def test_gifts_that_are_to_be_sent_are_woken_for_their_parcels(tmp_path: Path) -> None:  # R122
    path = tmp_path / "shop.db"
    config = configuration(f"sqlite:///{path}")
    command.upgrade(config, "0022")
    gifts = [
        ("gft_1", "RESOLVED", None),
        ("gft_2", "RESOLVED", 5_000_000),
        ("gft_3", "AWAITING_GIVER", 5_000_000),
        ("gft_4", "DELIVERED", None),
    ]
    with sqlite3.connect(path) as connection:
        connection.executemany(
            """INSERT INTO gifts (id, order_id, giver_id, tracking_number, status, sequence,
               version, created_at, public, attempts, due_at)
               VALUES (?1, 'gor_1', 'pur_1', ?1, ?2, 1, 1, 0, '{}', 0, ?3)""",
            gifts,
        )
    connection.close()
    command.upgrade(config, "head")
    with sqlite3.connect(path) as connection:
        woken = connection.execute("SELECT id, due_at FROM gifts ORDER BY id").fetchall()
    connection.close()
    assert woken == [("gft_1", 0), ("gft_2", 0), ("gft_3", 5_000_000), ("gft_4", None)]
