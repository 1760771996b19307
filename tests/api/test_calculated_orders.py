"""Orders over GraphQL that a merchant's own calculator prices, when placed and when changed."""

from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.resolvers.context import Context
from gateway.schema import schema
from tests.api.conftest import offline_gift_dependencies
from tests.services.merchant_calculators import SimpleCalculator, with_calculator
from tests.shelves import CALIFORNIA, MUG
from tests.store import STAFF, Store, require_order

FIGURES = "calculatedBy total { gross { minorUnits } } shippingTotal { tax { minorUnits } }"
ORDER = f"query ($id: ID!) {{ order(id: $id) {{ {FIGURES} }} }}"
CHANGE = f"""mutation ($input: OrderLineUpdateInput!) {{
  orderLineUpdate(input: $input) {{ order {{ {FIGURES} }} userErrors {{ code message }} }}
}}"""


@pytest.fixture
def calculator() -> SimpleCalculator:
    return SimpleCalculator()


@pytest.fixture
async def store(
    database: SqliteDatabase, clock: ManualClock, calculator: SimpleCalculator
) -> Store:
    """The store of a merchant who has a calculator."""
    return with_calculator(await Store.open(database, clock), calculator)


async def ask(store: Store, document: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
    gifts = offline_gift_dependencies(store.dependencies)
    context = Context(store.dependencies, STAFF, gifts)
    result = await schema.execute(document, variables, context_value=context)
    assert result.errors is None
    return result.data


def figures(source: str, gross: int, shipping_tax: int) -> dict[str, object]:
    return {
        "calculatedBy": source,
        "total": {"gross": {"minorUnits": gross}},
        "shippingTotal": {"tax": {"minorUnits": shipping_tax}},
    }


async def test_a_change_shows_who_computed_it(store: Store, calculator: SimpleCalculator) -> None:
    """R84, R120: previewed, refused above what was expected, made, and read again."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    order = require_order(await store.check_out_as_guest(cart))
    # 10.00 and 3.00 by drone, with 0.89 and 0.27 tax.
    assert (await ask(store, ORDER, id=order.id))["order"] == figures("MERCHANT", 1416, 27)
    line = {"orderId": order.id, "lineId": order.lines[0].id, "quantity": 2}
    calculator.requests.clear()
    previewed = await ask(store, CHANGE, input={**line, "dryRun": True})
    # 20.00 and 3.00, with 1.78 and 0.27.
    assert previewed["orderLineUpdate"] == {
        "order": figures("MERCHANT", 2505, 27), "userErrors": [],
    }  # fmt: skip
    refused = await ask(store, CHANGE, input={**line, "expectedTotal": "25.04"})
    assert refused["orderLineUpdate"] == {
        "order": figures("MERCHANT", 1416, 27),
        "userErrors": [
            {
                "code": "PRICE_CHANGED",
                "message": "The order would cost 25.05 USD, more than 25.04 USD expected.",
            }
        ],
    }
    changed = await ask(store, CHANGE, input={**line, "expectedTotal": "25.05"})
    assert changed["orderLineUpdate"]["order"] == figures("MERCHANT", 2505, 27)
    assert (await ask(store, ORDER, id=order.id))["order"] == figures("MERCHANT", 2505, 27)
    assert [request.lines[0].quantity for request in calculator.requests] == [2, 2, 2]


async def test_a_change_by_the_tables_says_that_nobody_answered(
    store: Store, calculator: SimpleCalculator
) -> None:
    """R84."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    order = require_order(await store.check_out_as_guest(cart))
    calculator.is_down = True
    line = {"orderId": order.id, "lineId": order.lines[0].id, "quantity": 2}
    changed = await ask(store, CHANGE, input={**line, "expectedTotal": "99"})
    # 20.00 with 1.45 tax, and 5.00.
    assert changed["orderLineUpdate"] == {
        "order": figures("FALLBACK", 2645, 0), "userErrors": [],
    }  # fmt: skip
