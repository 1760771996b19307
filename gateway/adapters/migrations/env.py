"""Alembic's access to a database, by sqlite3 or by asyncpg in a new event loop."""

import asyncio
import sqlite3

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from gateway.adapters.databases.opening import database_kind
from gateway.adapters.tables import all_tables
from gateway.adapters.tables.product_lists import PRODUCT_SEARCH

# A number that no other program uses as an advisory lock on the same database.
LOCK = 6_407_112_981


def run(connection: Connection) -> None:
    """Run the migrations in one transaction, while no other process does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        render_as_batch=True,
        transactional_ddl=True,
        include_name=_is_declared,
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_declared(name: str | None, kind: str, _: object) -> bool:
    """Whether Alembic may compare it: a search's tables are declared for neither database."""
    return kind != "table" or not (name or "").startswith(PRODUCT_SEARCH.name)


def on_sqlite(url: str) -> None:
    """Migrate a SQLite file."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 30})
    _begin_at_once(engine)
    with engine.begin() as connection:
        run(connection)


async def on_postgres(url: str) -> None:
    """Migrate a Postgres database."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


def _begin_at_once(engine: Engine) -> None:
    """Begin transactions at once, so that two processes migrate one after the other.

    Python's sqlite3 would otherwise commit before it creates each table.
    """

    @event.listens_for(engine, "connect")
    def leave_transactions_alone(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def main() -> None:
    """Migrate the database the configuration names."""
    url = make_url(context.config.attributes["url"])
    if database_kind(url) == "sqlite":
        on_sqlite(url.set(drivername="sqlite").render_as_string())
    else:
        asked = url.set(drivername="postgresql+asyncpg")
        asyncio.run(on_postgres(asked.render_as_string(hide_password=False)))


main()
