"""Asking the schema, without a network between."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeAlias

import httpx
import pytest
from strawberry.types import ExecutionResult

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.reference.calendars import ZoneCalendars
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.reference.number_formats import CldrFormats
from gateway.adapters.reference.phones import PhoneNumberPlans
from gateway.adapters.reference.tax_ids import StandardTaxIds
from gateway.adapters.simulated_payments.payment_methods import SimulatedPaymentMethods
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider, SimulationTiming
from gateway.adapters.wakeups.local import LocalWakeups
from gateway.adapters.webhook_calls import PublicWebhookCalls
from gateway.bootstrap import build_gift_dependencies
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.identity.authentication import Authenticator
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.orders.refund_outcomes import record_refund_outcome
from gateway.services.ports.payment_operations import PaymentOperationKind
from tests.shelves import DEFAULT_POLICY

Ask: TypeAlias = Callable[..., Awaitable[dict[str, Any]]]
AskRaw: TypeAlias = Callable[..., Awaitable[ExecutionResult]]


@pytest.fixture
def identity_parts(database: SqliteDatabase, clock: ManualClock) -> IdentityDependencies:
    """What recognition and profiles work with."""
    return IdentityDependencies(
        database=database,
        clock=clock,
        ids=RandomIds(),
        cipher=EnvelopeCipher("a secret of the tests, long enough"),
        countries=CountryDataSet(),
        phones=PhoneNumberPlans(),
        payment_method_vault=SimulatedPaymentMethods(),
        wakeups=LocalWakeups(),
        reauthenticate_after=timedelta(minutes=15),
    )


@pytest.fixture
def parts(identity_parts: IdentityDependencies, database: SqliteDatabase) -> Dependencies:
    """The gateway's parts on an empty database and a standing clock."""
    return Dependencies(
        policy=DEFAULT_POLICY,
        database=database,
        calendars=ZoneCalendars(),
        clock=identity_parts.clock,
        ids=identity_parts.ids,
        cipher=identity_parts.cipher,
        wakeups=identity_parts.wakeups,
        payment_provider=SimulatedPaymentProvider(
            database, identity_parts.ids, "http://testserver", SimulationTiming(silence_seconds=0.0)
        ),
        currencies=IsoCurrencies(),
        formats=CldrFormats(),
        countries=identity_parts.countries,
        tax_ids=StandardTaxIds(),
        identity=identity_parts,
        operation_recorders={PaymentOperationKind.REFUND: record_refund_outcome},
    )


def offline_gift_dependencies(dependencies: Dependencies) -> GiftDependencies:
    """What gifts work with; nobody is called."""
    transport = httpx.MockTransport(lambda _: httpx.Response(503))
    http = httpx.AsyncClient(transport=transport)
    return build_gift_dependencies(dependencies, http, None, PublicWebhookCalls(http))


@pytest.fixture
async def stranger(identity_parts: IdentityDependencies) -> Caller:
    """A caller whom nothing is known of."""
    return await Authenticator(parts=identity_parts).authenticate(Credentials())


@pytest.fixture
def ask_raw(parts: Dependencies, stranger: Caller) -> AskRaw:
    """Executes a document and gives the whole answer."""

    async def execute(
        document: str, caller: Caller | None = None, **variables: object
    ) -> ExecutionResult:
        result = await schema.execute(
            document,
            variable_values=dict(variables),
            context_value=Context(parts, caller or stranger, offline_gift_dependencies(parts)),
        )
        assert isinstance(result, ExecutionResult)
        return result

    return execute


@pytest.fixture
def ask(ask_raw: AskRaw) -> Ask:
    """Executes a document and gives its data; errors fail the test."""

    async def execute_without_errors(
        document: str, caller: Caller | None = None, **variables: object
    ) -> dict[str, Any]:
        result = await ask_raw(document, caller, **variables)
        assert result.errors is None
        assert result.data is not None
        return result.data

    return execute_without_errors
