"""The shop these tests give from."""

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from tests.services.gifts.shop import GiftShop


@pytest.fixture
def shop(database: SqliteDatabase, clock: ManualClock) -> GiftShop:
    return GiftShop(database, clock)
