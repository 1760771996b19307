"""The payment providers, each in its turn."""

from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.adapters.clocks import ManualClock
from tests.adapters.providers_under_test import PROVIDERS, ProviderUnderTest, Surroundings
from tests.conftest import AnyDatabase


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture(params=PROVIDERS)
def payments(
    request: pytest.FixtureRequest,
    databases: AnyDatabase,
    clock: ManualClock,
    http: httpx.AsyncClient,
) -> ProviderUnderTest:
    """Each payment provider, on each database."""
    return PROVIDERS[request.param](Surroundings(request, databases, clock, http))
