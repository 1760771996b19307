"""The stores of these tests that are paid at Stripe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from gateway.adapters.clocks import ManualClock, SystemClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.orders.order import Order
from tests.conftest import AnyDatabase
from tests.services.orders.parcels import place_order
from tests.store import Buyer, Store
from tests.stripe_peer.fixtures import StripeAccount
from tests.stripe_peer.in_process import NearStripe
from tests.stripe_side import StripeSide


@dataclass
class StripeStore:
    """A store that is paid at Stripe, and its account there."""

    store: Store
    account: StripeAccount
    side: StripeSide

    def intents(self) -> list[tuple[str, int, int]]:
        """Status, amount and what was received of each PaymentIntent, oldest first."""
        return [
            (intent["status"], intent["amount"], intent["amount_received"])
            for intent in self.account.list_intents()
        ]

    async def place(self, card: str = "sim_ok") -> tuple[Buyer, Order]:
        """An order of a purchaser, 165.88, and who placed it."""
        buyer = await self.store.sign_in_buyer()
        return buyer, await place_order(buyer, method=card)


@asynccontextmanager
async def open_stripe_store(
    database: AnyDatabase, clock: ManualClock
) -> AsyncIterator[StripeStore]:
    """A store over ``database`` with an account of its own at Stripe."""
    # The side sets how much later it is there.
    stripe = NearStripe(SystemClock())
    async with httpx.AsyncClient(transport=httpx.MockTransport(stripe.handle)) as http:
        side = StripeSide(stripe.account, http, database, clock)
        yield StripeStore(await Store.open(database, clock, side), stripe.account, side)


@pytest.fixture
async def stripe_store(database: SqliteDatabase, clock: ManualClock) -> AsyncIterator[StripeStore]:
    async with open_stripe_store(database, clock) as stripe_store:
        yield stripe_store
