"""Plans against graphql-core over our own schema: random selections, arguments and events."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql.execution import ExecutionResult
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from gateway.bootstrap import Gateway, bootstrap
from gateway.plans import PlanCounts
from gateway.preparation import prepare_database
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.server import seed_demo_shop
from gateway.services.demo.purchasers import create_token
from gateway.services.identity.callers import Caller, Credentials
from gateway.settings import Settings
from gateway.transport.compiled_execution import CompiledExecution
from gateway.transport.documents import DocumentCache
from gateway.transport.errors import DocumentRejected
from gateway.transport.execution import Execute, InterpretedExecution, Result
from gateway.transport.limits import Limits
from tests.fuzz.asking import OPERATION_COUNT
from tests.plans.random_documents import SelectionRoot, random_operations
from tests.plans.test_fuzz import describe_result

CORE = schema._schema
IDS = ("{variant}", "{cart}", "{order}", "{gift}", "{address}", "nothing")
TEXTS = ("SAVE10", "US", "100 Castro Street", "", "4111 1111 1111 1111")
VALUES: dict[str, tuple[object, ...]] = {
    "Int": (0, 1, 3, -1, 1_000_000),
    "Boolean": (True, False),
    "String": TEXTS,
    "ID": IDS,
    "Decimal": ("1", "19.99", "0.005", "-2", "abc", 5),
    "CurrencyCode": ("USD", "EUR", "JPY", "ZZZ"),
    "CountryCode": ("US", "GB", "DE", "QQ"),
    "Date": ("2026-01-01", "2026-13-01"),
    "DateTime": ("2099-01-01T00:00:00Z", "soon"),
    "Long": (0, 2**53, -1),
}
LITERALS = {
    name: [f'"{each}"' if isinstance(each, str) else str(each).lower() for each in values]
    for name, values in VALUES.items()
}
QUERIES = (
    SelectionRoot("query", "Query"),
    SelectionRoot("query", "Viewer", "viewer"),
    SelectionRoot("query", "Cart", 'cart(id: "{cart}")'),
    SelectionRoot("query", "Order", 'order(id: "{order}")'),
    SelectionRoot("query", "Gift", 'gift(id: "{gift}")'),
)
EVENTS = {
    "orders": SelectionRoot("subscription", "OrderEvent", 'orderUpdates(orderId: "{order}")'),
    "gifts": SelectionRoot("subscription", "GiftEvent", 'giftUpdates(giftId: "{gift}")'),
}
FUZZ_SETTINGS = settings(
    max_examples=OPERATION_COUNT // 5 or 150,
    deadline=None,
    database=None,
    derandomize=not OPERATION_COUNT,
    suppress_health_check=list(HealthCheck),
)
MAKE = """mutation Make($variant: ID!, $ids: OneClickEnableInput!) {
  cart: cartCreate(input: {lines: [{variantId: $variant, quantity: 2}]}) { cart { id } }
  oneClickEnable(input: $ids) { enabled }
  order: oneClickPurchase(input: {variantId: $variant, idempotencyKey: "made"}) {
    ... on OrderPlaced { order { id } }
  }
  gift: giftCreate(input: {
    variantId: $variant, idempotencyKey: "made"
    recipients: [{name: "Robin Friend", email: "robin@example.com"}]
  }) { gifts { id } }
}"""
OWN_RECORDS = """{ viewer { purchaser { addresses { id } paymentMethods { id } } }
  products(first: 1) { nodes { variants { id } } } }"""


@dataclass
class PopulatedGateway:
    """A gateway with a cart, an order and a gift in it, in a loop of its own."""

    loop: asyncio.Runner
    gateway: Gateway
    caller: Caller
    interpreted: InterpretedExecution
    compiled: CompiledExecution
    documents: DocumentCache
    ids_by_placeholder: dict[str, str]
    events: dict[str, list[object]]

    def context(self) -> Context:
        """One operation's."""
        return Context(self.gateway.dependencies, self.caller, self.gateway.gift_dependencies)

    def replace_placeholders(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """``value`` with ids of what there is."""
        match value:
            case str():
                for stand_in, id in self.ids_by_placeholder.items():
                    value = value.replace(stand_in, id)
                return value
            case list():
                return [self.replace_placeholders(entry) for entry in value]
            case dict():
                return {key: self.replace_placeholders(entry) for key, entry in value.items()}
        return value

    async def assert_same_answer(
        self, text: str, variables: dict[str, object], root: object = None
    ) -> None:
        """Execute twice and compare what a client is told."""
        document = self.documents.prepare(text)
        assume(not isinstance(document, DocumentRejected))
        assert not isinstance(document, DocumentRejected)
        operation = document.operation(None)
        assert not isinstance(operation, DocumentRejected)

        async def run(execute: Execute) -> tuple[str, list[tuple[object, ...]]]:
            result: Result = execute(operation, variables, self.context(), root)
            return describe_result(result if isinstance(result, ExecutionResult) else await result)

        expected = await run(self.interpreted)
        event(f"{min(len(expected[1]), 3)} errors")
        assert await run(self.compiled) == expected
        # What the plan has kept of values that last answers now.
        assert await run(self.compiled) == expected


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PopulatedGateway]:
    """One for all examples: queries and events change nothing."""
    folder: Path = tmp_path_factory.mktemp("plans")
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()
        yield loop.run(_open_gateway(folder, loop, stack))
        loop.run(stack.aclose())


async def _open_gateway(
    folder: Path, loop: asyncio.Runner, stack: AsyncExitStack
) -> PopulatedGateway:
    settings = Settings(data_dir=folder, worker=False)
    await prepare_database(settings)
    gateway = await stack.enter_async_context(bootstrap(settings))
    await seed_demo_shop(gateway)
    token = await create_token("ada@example.com", dependencies=gateway.dependencies.identity)
    caller = await gateway.authenticator.authenticate(Credentials(authorization=f"Bearer {token}"))
    interpreted = InterpretedExecution(schema, suggestions=True)
    made = PopulatedGateway(
        loop,
        gateway,
        caller,
        interpreted,
        CompiledExecution(schema, interpreted),
        DocumentCache(CORE, Limits()),
        {},
        {},
    )
    shelf = await _answer(made, OWN_RECORDS)
    purchaser = shelf["viewer"]["purchaser"]
    address, method = (purchaser[each][0]["id"] for each in ("addresses", "paymentMethods"))
    variant = shelf["products"]["nodes"][0]["variants"][0]["id"]
    ids = {"addressId": address, "paymentMethodId": method}
    created = await _answer(made, MAKE, variant=variant, ids=ids)
    order, gift = created["order"]["order"]["id"], created["gift"]["gifts"][0]["id"]
    made.ids_by_placeholder = {
        "{variant}": variant,
        "{cart}": created["cart"]["cart"]["id"],
        "{order}": order,
        "{gift}": gift,
        "{address}": address,
    }
    async with gateway.database.read() as reading:
        made.events = {
            "orders": list(await reading.orders.list_events(order, 0, 100)),
            "gifts": list(await reading.gift_events.list_after(gift, 0, 100)),
        }
    return made


async def _answer(made: PopulatedGateway, text: str, **variables: object) -> dict[str, Any]:
    result = await schema.execute(text, variables, made.context())
    assert result.errors is None
    assert result.data is not None
    return result.data


@FUZZ_SETTINGS
@given(
    st.sampled_from(QUERIES).flatmap(lambda root: random_operations(CORE, root, LITERALS, VALUES))
)
def test_a_query_is_answered_as_graphql_core_does(
    made: PopulatedGateway, request: tuple[str, dict[str, object]]
) -> None:
    text, variables = made.replace_placeholders(request[0]), made.replace_placeholders(request[1])
    made.loop.run(made.assert_same_answer(text, variables))


@FUZZ_SETTINGS
@given(st.data())
@pytest.mark.parametrize("log", EVENTS)
def test_an_event_is_told_as_graphql_core_does(
    made: PopulatedGateway, log: str, data: st.DataObject
) -> None:
    text, variables = data.draw(random_operations(CORE, EVENTS[log], LITERALS, VALUES))
    happened = data.draw(st.sampled_from(made.events[log]))
    made.loop.run(
        made.assert_same_answer(
            made.replace_placeholders(text), made.replace_placeholders(variables), happened
        )
    )


def test_what_is_made_up_is_planned(made: PopulatedGateway) -> None:
    """The comparison above is of two different things."""
    counts: PlanCounts = made.compiled.counts
    assert counts.planned > 20
