"""The identity use cases over the embedded database, at a standing clock."""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.phones import PhoneNumberPlans
from gateway.adapters.simulated_payments.payment_methods import SimulatedPaymentMethods
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.engine.addresses.address import PostalAddress
from gateway.services import encryption
from gateway.services.identity.addresses import AddressDraft, save_address
from gateway.services.identity.authentication import Authenticator
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.identity.payment_methods import save_method
from gateway.services.identity.sign_in import request_code, sign_in
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.payment_method_vault import (
    AdoptedMethod,
    AdoptionResult,
    PaymentMethodDetails,
)

LONDON = PostalAddress(
    "Ada King Lovelace", "GB", None, "London", "SW1Y 4JH", ("12 St James's Square",)
)
# No two things are added in the same moment: their order tells.
MOMENT = timedelta(microseconds=1)
HOME = AddressDraft(None, "home", LONDON)


class WalletsWithExpiringCard(SimulatedPaymentMethods):
    """The simulated provider's, and one card that expires."""

    async def adopt(self, provider_token: str, customer_id: str) -> AdoptionResult:
        if provider_token == "expiring":
            details = PaymentMethodDetails("1111", date(2026, 11, 30))
            return AdoptedMethod(provider_token, details, stands_alone=False)
        return await super().adopt(provider_token, customer_id)


@dataclass
class IdentityShop:
    """The use cases as one device after another uses them."""

    dependencies: IdentityDependencies
    clock: ManualClock
    authenticator: Authenticator

    async def authenticate(self, identifier: str | None = None, token: str | None = None) -> Caller:
        authorization = f"Bearer {token}" if token else None
        return await self.authenticator.authenticate(Credentials(identifier, authorization))

    async def latest_code(self) -> str:
        """The six digits of the newest mail."""
        async with self.dependencies.database.begin() as work:
            now = self.clock.now()
            waiting = await work.outbox.claim(now, now + timedelta(days=1), 100, MessageKind.MAIL)
            message = waiting[-1]
            body = await encryption.unseal(
                message.sealed,
                subject=message.subject,
                context=f"outbox.payload of {message.id}",
                reading=work,
                cipher=self.dependencies.cipher,
            )
        text = json.loads(body or b"")["text"]
        (code,) = [word for word in text.replace(".", " ").split() if word.isdigit()]
        return str(code)

    async def sign_in_device(self, email: str, caller: Caller | None = None) -> "Device":
        """A device on which ``email`` has just signed in."""
        caller = caller or await self.authenticate()
        await request_code(email, caller=caller, dependencies=self.dependencies)
        code = await self.latest_code()
        outcome = await sign_in(email, code, caller=caller, dependencies=self.dependencies)
        assert outcome.value is not None, outcome
        secret = outcome.value.caller.client.new_identifier
        assert secret is not None
        device = Device(self, secret, outcome.value.token, caller)
        return await device.refresh()


@dataclass
class Device:
    """A client and the token kept on it."""

    shop: IdentityShop
    identifier: str
    token: str | None
    caller: Caller

    async def refresh(self) -> "Device":
        """The same device, its identity read anew."""
        caller = await self.shop.authenticate(self.identifier, self.token)
        return replace(self, caller=caller)

    async def recognise_without_token(self) -> Caller:
        """Who calls from it without the token."""
        return await self.shop.authenticate(self.identifier)

    async def add_address(self, draft: AddressDraft = HOME) -> str:
        """The id of an address saved on it."""
        self.shop.clock.advance(MOMENT)
        outcome = await save_address(draft, caller=self.caller, dependencies=self.shop.dependencies)
        assert outcome.value is not None, outcome
        return outcome.value.id

    async def add_method(self, provider_token: str = "sim_ok", nickname: str | None = None) -> str:
        """The id of a payment method saved on it."""
        self.shop.clock.advance(MOMENT)
        outcome = await save_method(
            provider_token, nickname, caller=self.caller, dependencies=self.shop.dependencies
        )
        assert outcome.value is not None, outcome
        return outcome.value.id


@pytest.fixture
def shop(database: SqliteDatabase, clock: ManualClock) -> IdentityShop:
    parts = IdentityDependencies(
        database=database,
        clock=clock,
        ids=RandomIds(),
        cipher=EnvelopeCipher("a secret of the tests, long enough to be one"),
        countries=CountryDataSet(),
        phones=PhoneNumberPlans(),
        payment_method_vault=WalletsWithExpiringCard(),
        wakeups=LocalWakeups(),
        reauthenticate_after=timedelta(minutes=15),
    )
    return IdentityShop(parts, clock, Authenticator(parts=parts))
