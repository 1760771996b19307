"""The identity use cases over the embedded database, at a standing clock."""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.countries import DataCountries
from gateway.adapters.ids import RandomIds
from gateway.adapters.phones import NumberingPlans
from gateway.adapters.simulated_wallets import SimulatedWallets
from gateway.adapters.sqlite import SqliteDatabase
from gateway.adapters.vault import EnvelopeCipher
from gateway.adapters.wakeups.hub import Hub
from gateway.engine.places import PostalAddress
from gateway.services import vault
from gateway.services.identity.addresses import AddressDraft, save_address
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.payment_methods import save_method
from gateway.services.identity.recognising import Recogniser
from gateway.services.identity.signing_in import request_code, sign_in
from gateway.services.ports.outbox import MessageKind
from gateway.services.ports.wallets import MethodFacts

LONDON = PostalAddress(
    "Ada King Lovelace", "GB", None, "London", "SW1Y 4JH", ("12 St James's Square",)
)
# No two things are added in the same moment: their order tells.
MOMENT = timedelta(microseconds=1)
HOME = AddressDraft(None, "home", LONDON)


class Wallets(SimulatedWallets):
    """The simulated provider's, and one card that expires."""

    async def facts(self, provider_token: str) -> MethodFacts | None:
        if provider_token == "expiring":
            return MethodFacts("1111", date(2026, 11, 30))
        return await super().facts(provider_token)


@dataclass
class Shop:
    """The use cases as one device after another uses them."""

    parts: IdentityParts
    clock: StandingClock
    recogniser: Recogniser

    async def recognise(self, identifier: str | None = None, token: str | None = None) -> Caller:
        authorization = f"Bearer {token}" if token else None
        return await self.recogniser.recognise(Credentials(identifier, authorization))

    async def mailed_code(self) -> str:
        """The six digits of the newest mail."""
        async with self.parts.database.begin() as work:
            now = self.clock.now()
            waiting = await work.outbox.claim(now, now + timedelta(days=1), 100, MessageKind.MAIL)
            message = waiting[-1]
            body = await vault.unseal(
                message.sealed,
                subject=message.subject,
                place=f"outbox.payload of {message.id}",
                reading=work,
                cipher=self.parts.cipher,
            )
        text = json.loads(body or b"")["text"]
        (code,) = [word for word in text.replace(".", " ").split() if word.isdigit()]
        return str(code)

    async def signed_in(self, email: str, caller: Caller | None = None) -> "Device":
        """A device on which ``email`` has just signed in."""
        caller = caller or await self.recognise()
        await request_code(email, caller=caller, parts=self.parts)
        code = await self.mailed_code()
        outcome = await sign_in(email, code, caller=caller, parts=self.parts)
        assert outcome.value is not None, outcome
        secret = outcome.value.caller.client.issued
        assert secret is not None
        device = Device(self, secret, outcome.value.token, caller)
        return await device.seen()


@dataclass
class Device:
    """A client and the token kept on it."""

    shop: Shop
    identifier: str
    token: str | None
    caller: Caller

    async def seen(self) -> "Device":
        """The same device, its identity read anew."""
        caller = await self.shop.recognise(self.identifier, self.token)
        return replace(self, caller=caller)

    async def recognised(self) -> Caller:
        """Who calls from it without the token."""
        return await self.shop.recognise(self.identifier)

    async def address(self, draft: AddressDraft = HOME) -> str:
        """The id of an address saved on it."""
        self.shop.clock.advance(MOMENT)
        outcome = await save_address(draft, caller=self.caller, parts=self.shop.parts)
        assert outcome.value is not None, outcome
        return outcome.value.id

    async def method(self, provider_token: str = "sim_ok", nickname: str | None = None) -> str:
        """The id of a payment method saved on it."""
        self.shop.clock.advance(MOMENT)
        outcome = await save_method(
            provider_token, nickname, caller=self.caller, parts=self.shop.parts
        )
        assert outcome.value is not None, outcome
        return outcome.value.id


@pytest.fixture
def shop(database: SqliteDatabase, clock: StandingClock) -> Shop:
    parts = IdentityParts(
        database=database,
        clock=clock,
        ids=RandomIds(),
        cipher=EnvelopeCipher("a secret of the tests, long enough to be one"),
        countries=DataCountries(),
        phones=NumberingPlans(),
        wallets=Wallets(),
        wakeups=Hub(),
        recent=timedelta(minutes=15),
    )
    return Shop(parts, clock, Recogniser(parts=parts))
