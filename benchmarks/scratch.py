"""A Postgres database of the benchmark's own, where a server is reachable."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

POSTGRES_URL = os.environ.get("BENCH_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


@contextmanager
def scratch_postgres(original: str | None = None) -> Iterator[str | None]:
    """Its URL; None where no server answers. Dropped at the end.

    A copy of the database at ``original``, which nobody uses, where that is said.
    """
    name = f"bench_{secrets.token_hex(4)}"
    template = f" TEMPLATE {original.rpartition('/')[2]}" if original else ""
    try:
        asyncio.run(_execute_on_server(f"CREATE DATABASE {name}{template}"))
    except OSError:
        yield None
        return
    try:
        yield f"{POSTGRES_URL.rpartition('/')[0]}/{name}"
    finally:
        asyncio.run(_execute_on_server(f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute_on_server(command: str) -> None:
    connection = await asyncpg.connect(POSTGRES_URL)
    await connection.execute(command)
    await connection.close()
