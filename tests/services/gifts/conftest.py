"""The shop these tests give from."""

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from tests.services.gifts.shop import Shop


@pytest.fixture
def shop(database: SqliteDatabase, clock: StandingClock) -> Shop:
    return Shop(database, clock)
