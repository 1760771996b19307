"""Asking the schema, without a network between."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeAlias

import httpx
import pytest
from strawberry.types import ExecutionResult

from gateway.adapters.calendars import ZoneCalendars
from gateway.adapters.clocks import StandingClock
from gateway.adapters.countries import DataCountries
from gateway.adapters.currencies import IsoCurrencies
from gateway.adapters.formats import CldrFormats
from gateway.adapters.ids import RandomIds
from gateway.adapters.phones import NumberingPlans
from gateway.adapters.simulated_payments import Habits, SimulatedPayments
from gateway.adapters.simulated_wallets import SimulatedWallets
from gateway.adapters.sqlite import SqliteDatabase
from gateway.adapters.vault import EnvelopeCipher
from gateway.adapters.wakeups.hub import Hub
from gateway.adapters.webhooks import PublicCalls
from gateway.bootstrap import gift_parts
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.gifts.parts import GiftParts
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.recognising import Recogniser
from gateway.services.parts import Parts
from gateway.settings import Settings

Ask: TypeAlias = Callable[..., Awaitable[dict[str, Any]]]
AskRaw: TypeAlias = Callable[..., Awaitable[ExecutionResult]]


@pytest.fixture
def identity_parts(database: SqliteDatabase, clock: StandingClock) -> IdentityParts:
    """What recognition and profiles work with."""
    return IdentityParts(
        database=database,
        clock=clock,
        ids=RandomIds(),
        cipher=EnvelopeCipher("a secret of the tests, long enough"),
        countries=DataCountries(),
        phones=NumberingPlans(),
        wallets=SimulatedWallets(),
        wakeups=Hub(),
        recent=timedelta(minutes=15),
    )


@pytest.fixture
def parts(identity_parts: IdentityParts, database: SqliteDatabase) -> Parts:
    """The gateway's parts on an empty database and a standing clock."""
    return Parts(
        policy=Settings().policy,
        database=database,
        calendars=ZoneCalendars(),
        clock=identity_parts.clock,
        ids=identity_parts.ids,
        cipher=identity_parts.cipher,
        wakeups=identity_parts.wakeups,
        payments=SimulatedPayments(
            database, identity_parts.ids, "http://testserver", Habits(silence=0.0)
        ),
        currencies=IsoCurrencies(),
        formats=CldrFormats(),
        countries=identity_parts.countries,
        identity=identity_parts,
    )


def gifts_of(parts: Parts) -> GiftParts:
    """What gifts work with; nobody is called."""
    silent = httpx.MockTransport(lambda _: httpx.Response(503))
    http = httpx.AsyncClient(transport=silent)
    return gift_parts(parts, http, None, PublicCalls(http))


@pytest.fixture
async def stranger(identity_parts: IdentityParts) -> Caller:
    """A caller whom nothing is known of."""
    return await Recogniser(parts=identity_parts).recognise(Credentials())


@pytest.fixture
def ask_raw(parts: Parts, stranger: Caller) -> AskRaw:
    """Executes a document and gives the whole answer."""

    async def asked(
        document: str, caller: Caller | None = None, **variables: object
    ) -> ExecutionResult:
        result = await schema.execute(
            document,
            variable_values=dict(variables),
            context_value=Context(parts, caller or stranger, gifts_of(parts)),
        )
        assert isinstance(result, ExecutionResult)
        return result

    return asked


@pytest.fixture
def ask(ask_raw: AskRaw) -> Ask:
    """Executes a document and gives its data; errors fail the test."""

    async def asked(
        document: str, caller: Caller | None = None, **variables: object
    ) -> dict[str, Any]:
        result = await ask_raw(document, caller, **variables)
        assert result.errors is None
        assert result.data is not None
        return result.data

    return asked
