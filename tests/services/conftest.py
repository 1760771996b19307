"""What tests of use cases share."""

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.services.checkout import attempt_outcomes
from tests.conftest import AnyDatabase
from tests.store import Store


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    """A store on each of the databases; a module that needs another has its own."""
    return await Store.open(databases, clock)


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeated requests do not wait for long: nobody else works in these tests."""
    monkeypatch.setattr(attempt_outcomes, "RESULT_TIMEOUT_SECONDS", 0.05)
