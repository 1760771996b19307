"""Gateways for all fuzzing, with the demonstration shop and somebody signed in."""

import asyncio
from collections.abc import Iterator

import asyncpg
import httpx
import pytest

from gateway.adapters.migrations import upgrade
from tests.api.serving import RunningGateway, start_gateway
from tests.conftest import POSTGRES_URL, SCRATCH_DATABASE
from tests.demands import skip_or_fail
from tests.fuzz.asking import TIMEOUT_SECONDS

FUZZ_DATABASE = f"{SCRATCH_DATABASE}_fuzzed"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with start_gateway(tmp_path_factory.mktemp("fuzzed")) as running:
        yield running


@pytest.fixture(scope="session")
def served_on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    try:
        asyncio.run(execute_on_server(f"CREATE DATABASE {FUZZ_DATABASE}"))
    except OSError as error:
        skip_or_fail("postgres", f"{POSTGRES_URL}: {error}")
    url = f"{POSTGRES_URL.rpartition('/')[0]}/{FUZZ_DATABASE}"
    try:
        upgrade(url)
        folder = tmp_path_factory.mktemp("fuzzed_on_postgres")
        with start_gateway(folder, GATEWAY_DATABASE_URL=url) as running:
            yield running
    finally:
        asyncio.run(execute_on_server(f"DROP DATABASE {FUZZ_DATABASE} WITH (FORCE)"))


@pytest.fixture(scope="module", params=["served", "served_on_postgres"])
def anywhere(request: pytest.FixtureRequest) -> RunningGateway:
    """A running gateway: once on SQLite, once on Postgres."""
    running: RunningGateway = request.getfixturevalue(request.param)
    return running


async def execute_on_server(command: str) -> None:
    connection = await asyncpg.connect(POSTGRES_URL)
    await connection.execute(command)
    await connection.close()


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Connections that are kept open: a device's identity is in its headers."""
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        yield client
