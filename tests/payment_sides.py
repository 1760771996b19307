"""The payment provider of a shop in tests, and what its payers and banks do there."""

from typing import Protocol

from gateway.adapters.random_ids import RandomIds
from gateway.adapters.simulated_payments.payment_methods import SimulatedPaymentMethods
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider, SimulationTiming
from gateway.services.ports.payment_method_vault import PaymentMethodVault
from gateway.services.ports.payments import PaymentProvider
from tests.conftest import AnyDatabase

ChargeList = list[tuple[int, str]]
"""Amounts in minor units with the states that the simulation gives to charges, sorted."""


class PaymentSide(Protocol):
    """A provider, and what is done there without the gateway."""

    @property
    def provider(self) -> PaymentProvider:
        """The provider as the gateway knows it."""
        ...

    @property
    def vault(self) -> PaymentMethodVault:
        """Where the provider keeps methods."""
        ...

    def create_token(self, name: str) -> str:
        """A method of nobody yet that does what the token ``name`` of the simulation does."""
        ...

    async def find_token(self, name: str, purchaser_id: str) -> str:
        """The purchaser's method there that does what the token ``name`` of the simulation does."""
        ...

    async def list_charges(self) -> ChargeList:
        """All charges but those that wait for their payer."""
        ...

    async def confirm(self, url: str) -> str | None:
        """Confirm with the bank what ``url`` asks for; its key, or None if it is over."""
        ...

    async def expire_holds(self) -> None:
        """Let the holds of "sim_hold_expires" end before their time."""
        ...

    async def follow_clock(self) -> None:
        """Let it be as late at the provider as in the test."""
        ...


class SimulatedSide:
    """The simulation: its tokens are what they are called."""

    def __init__(self, database: AnyDatabase) -> None:
        self.provider = SimulatedPaymentProvider(
            database, RandomIds(), "https://shop.example", SimulationTiming(silence_seconds=0)
        )

    @property
    def vault(self) -> SimulatedPaymentMethods:
        return SimulatedPaymentMethods()

    def create_token(self, name: str) -> str:
        return name

    async def find_token(self, name: str, purchaser_id: str) -> str:
        return name

    async def list_charges(self) -> ChargeList:
        charges = await self.provider.list_charges()
        return sorted((charge.amount_minor, charge.status.value) for charge in charges)

    async def confirm(self, url: str) -> str | None:
        charge = await self.provider.confirm(url.rsplit("/", 1)[-1])
        return None if charge is None else charge.idempotency_key

    async def expire_holds(self) -> None:
        """The simulation does so by itself."""

    async def follow_clock(self) -> None:
        """The simulation goes by the clock of the test."""
