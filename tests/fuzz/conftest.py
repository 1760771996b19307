"""Gateways for all fuzzing, with the demonstration shop and somebody signed in."""

import asyncio
from collections.abc import Iterator

import asyncpg
import httpx
import pytest

from gateway.adapters.migrations import upgrade
from tests.api.serving import Served, gateway
from tests.conftest import SCRATCH, SERVER
from tests.demands import lacking
from tests.fuzz.asking import SECONDS

FUZZED = f"{SCRATCH}_fuzzed"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with gateway(tmp_path_factory.mktemp("fuzzed")) as running:
        yield running


@pytest.fixture(scope="session")
def served_on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    try:
        asyncio.run(on_server(f"CREATE DATABASE {FUZZED}"))
    except OSError as absent:
        lacking("postgres", f"{SERVER}: {absent}")
    url = f"{SERVER.rpartition('/')[0]}/{FUZZED}"
    try:
        upgrade(url)
        folder = tmp_path_factory.mktemp("fuzzed_on_postgres")
        with gateway(folder, GATEWAY_DATABASE_URL=url) as running:
            yield running
    finally:
        asyncio.run(on_server(f"DROP DATABASE {FUZZED} WITH (FORCE)"))


@pytest.fixture(scope="module", params=["served", "served_on_postgres"])
def anywhere(request: pytest.FixtureRequest) -> Served:
    """A running gateway: once on SQLite, once on Postgres."""
    found: Served = request.getfixturevalue(request.param)
    return found


async def on_server(command: str) -> None:
    connection = await asyncpg.connect(SERVER)
    await connection.execute(command)
    await connection.close()


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Connections that are kept open: a device's identity is in its headers."""
    with httpx.Client(timeout=SECONDS) as client:
        yield client
