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
from gateway.preparation import prepare
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.identity.demo import token_for
from gateway.serving import plant
from gateway.settings import Settings
from gateway.transport.compiled import Compiled
from gateway.transport.documents import Documents
from gateway.transport.errors import Rejected
from gateway.transport.execution import Execute, Interpreted, Result
from gateway.transport.limits import Limits
from tests.fuzz.asking import OPERATIONS
from tests.plans.random_documents import Root, selected
from tests.plans.test_fuzz import shown

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
    Root("query", "Query"),
    Root("query", "Viewer", "viewer"),
    Root("query", "Cart", 'cart(id: "{cart}")'),
    Root("query", "Order", 'order(id: "{order}")'),
    Root("query", "Gift", 'gift(id: "{gift}")'),
)
EVENTS = {
    "orders": Root("subscription", "OrderEvent", 'orderUpdates(orderId: "{order}")'),
    "gifts": Root("subscription", "GiftEvent", 'giftUpdates(giftId: "{gift}")'),
}
SOME = settings(
    max_examples=OPERATIONS // 5 or 150,
    deadline=None,
    database=None,
    derandomize=not OPERATIONS,
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
SHELF = """{ viewer { purchaser { addresses { id } paymentMethods { id } } }
  products(first: 1) { nodes { variants { id } } } }"""


@dataclass
class Made:
    """A gateway with a cart, an order and a gift in it, in a loop of its own."""

    loop: asyncio.Runner
    gateway: Gateway
    caller: Caller
    interpreted: Interpreted
    compiled: Compiled
    documents: Documents
    known: dict[str, str]
    events: dict[str, list[object]]

    def context(self) -> Context:
        """One operation's."""
        return Context(self.gateway.parts, self.caller, self.gateway.gifts)

    def filled(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """``value`` with ids of what there is."""
        match value:
            case str():
                for stand_in, id in self.known.items():
                    value = value.replace(stand_in, id)
                return value
            case list():
                return [self.filled(each) for each in value]
            case dict():
                return {key: self.filled(each) for key, each in value.items()}
        return value

    async def both(self, text: str, variables: dict[str, object], root: object = None) -> None:
        """Execute twice and compare what a client is told."""
        document = self.documents.prepare(text)
        assume(not isinstance(document, Rejected))
        assert not isinstance(document, Rejected)
        operation = document.operation(None)
        assert not isinstance(operation, Rejected)

        async def run(execute: Execute) -> tuple[str, list[tuple[object, ...]]]:
            found: Result = execute(operation, variables, self.context(), root)
            return shown(found if isinstance(found, ExecutionResult) else await found)

        expected = await run(self.interpreted)
        event(f"{min(len(expected[1]), 3)} errors")
        assert await run(self.compiled) == expected


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """One for all examples: queries and events change nothing."""
    folder: Path = tmp_path_factory.mktemp("plans")
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()
        yield loop.run(_made(folder, loop, stack))
        loop.run(stack.aclose())


async def _made(folder: Path, loop: asyncio.Runner, stack: AsyncExitStack) -> Made:
    chosen = Settings(data_dir=folder, worker=False)
    await prepare(chosen)
    gateway = await stack.enter_async_context(bootstrap(chosen))
    await plant(gateway)
    token = await token_for("ada@example.com", parts=gateway.parts.identity)
    caller = await gateway.recogniser.recognise(Credentials(authorization=f"Bearer {token}"))
    interpreted = Interpreted(schema, suggestions=True)
    made = Made(
        loop,
        gateway,
        caller,
        interpreted,
        Compiled(schema, interpreted),
        Documents(CORE, Limits()),
        {},
        {},
    )
    shelf = await _answer(made, SHELF)
    purchaser = shelf["viewer"]["purchaser"]
    address, method = (purchaser[each][0]["id"] for each in ("addresses", "paymentMethods"))
    variant = shelf["products"]["nodes"][0]["variants"][0]["id"]
    ids = {"addressId": address, "paymentMethodId": method}
    found = await _answer(made, MAKE, variant=variant, ids=ids)
    order, gift = found["order"]["order"]["id"], found["gift"]["gifts"][0]["id"]
    made.known = {
        "{variant}": variant,
        "{cart}": found["cart"]["cart"]["id"],
        "{order}": order,
        "{gift}": gift,
        "{address}": address,
    }
    async with gateway.database.read() as reading:
        made.events = {
            "orders": list(await reading.orders.events(order, 0, 100)),
            "gifts": list(await reading.gift_events.after(gift, 0, 100)),
        }
    return made


async def _answer(made: Made, text: str, **variables: object) -> dict[str, Any]:
    result = await schema.execute(text, variables, made.context())
    assert result.errors is None
    assert result.data is not None
    return result.data


@SOME
@given(st.sampled_from(QUERIES).flatmap(lambda root: selected(CORE, root, LITERALS, VALUES)))
def test_a_query_is_answered_as_graphql_core_does(
    made: Made, request: tuple[str, dict[str, object]]
) -> None:
    text, variables = made.filled(request[0]), made.filled(request[1])
    made.loop.run(made.both(text, variables))


@SOME
@given(st.data())
@pytest.mark.parametrize("log", EVENTS)
def test_an_event_is_told_as_graphql_core_does(made: Made, log: str, data: st.DataObject) -> None:
    text, variables = data.draw(selected(CORE, EVENTS[log], LITERALS, VALUES))
    happened = data.draw(st.sampled_from(made.events[log]))
    made.loop.run(made.both(made.filled(text), made.filled(variables), happened))


def test_what_is_made_up_is_planned(made: Made) -> None:
    """The comparison above is of two different things."""
    counts: PlanCounts = made.compiled.counts
    assert counts.planned > 20
