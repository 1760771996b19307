"""A test worker's own database on the Postgres server, and what is kept open between tests."""

import asyncio
import os

import asyncpg

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.postgres import PostgresDatabase
from gateway.adapters.migrations import upgrade

POSTGRES_URL = os.environ.get(
    "GATEWAY_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
SCRATCH_DATABASE = f"gateway_test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{os.getpid()}"

# Foreign keys are left aside: the order of the tables does not matter.
DELETE_ALL_ROWS = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  SET LOCAL lock_timeout = '10s';
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
END $$
"""
# A table that is altered or made anew has another row there.
SCHEMA_STAMP = """
SELECT sum(oid::bigint * 7 + xmin::text::bigint) FROM pg_class
WHERE relnamespace = 'public'::regnamespace
"""


class ScratchDatabase:
    """A migrated database of this worker's own, and a connection by which it is emptied.

    Kept open: the server looks up all tables anew for each new connection.
    """

    def __init__(self) -> None:
        self.url = f"{POSTGRES_URL.rpartition('/')[0]}/{SCRATCH_DATABASE}"
        self._loop = asyncio.new_event_loop()
        self._run(f"CREATE DATABASE {SCRATCH_DATABASE}")
        # A server that loses its power may lose what it had committed, for all the tests care.
        self._run(f"ALTER DATABASE {SCRATCH_DATABASE} SET synchronous_commit = off")
        upgrade(self.url)
        self._connection = self._loop.run_until_complete(asyncpg.connect(self.url))

    def empty(self) -> None:
        """Delete all rows."""
        self._loop.run_until_complete(self._connection.execute(DELETE_ALL_ROWS))

    def schema_stamp(self) -> int:
        """Another number after each change of the schema."""
        return int(self._loop.run_until_complete(self._connection.fetchval(SCHEMA_STAMP)))

    def drop(self) -> None:
        """Drop the database, whoever is connected to it."""
        self._loop.run_until_complete(self._connection.close())
        self._run(f"DROP DATABASE {SCRATCH_DATABASE} WITH (FORCE)")
        self._loop.close()

    def _run(self, command: str) -> None:
        self._loop.run_until_complete(execute_on_server(command))


class KeptConnections:
    """Connections that one test leaves to the next, with what the server has planned for them.

    They belong to the event loop of the session. A changed schema makes its plans worthless:
    then there are others.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._database: PostgresDatabase | None = None
        self._stamp = 0

    async def open(self, clock: ManualClock, schema_stamp: int) -> PostgresDatabase:
        """The database on a test's clock; it must not be closed."""
        if self._database is None or self._stamp != schema_stamp:
            await self.close()
            self._database = await PostgresDatabase.open(self._url)
            self._stamp = schema_stamp
        return PostgresDatabase(self._database._pools, clock)

    async def close(self) -> None:
        if self._database is not None:
            await self._database.close()


async def execute_on_server(command: str) -> None:
    """Execute a command that concerns whole databases."""
    connection = await asyncpg.connect(POSTGRES_URL)
    await connection.execute(command)
    await connection.close()
