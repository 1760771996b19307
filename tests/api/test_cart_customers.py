"""As whom a buyer is taxed, asked as a client asks; and to whom the tax id is told."""

from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.services.dependencies import Dependencies
from tests.api.conftest import Ask
from tests.conftest import AnyDatabase
from tests.services.test_cart_customers import (
    FRENCH_ID,
    GOODS,
    PARIS,
    SERVICE,
    put_in_force,
)
from tests.shelves import EBOOK, MUG, build_dependencies
from tests.store import STAFF, Store, create_ids, reload_cart, require_order

FIELDS = """
  customer { kind taxId taxIdState }
  total { net { amount } tax { amount } gross { amount } }
  items { taxLines { name ratePercent tax { amount } reason } }
  taxSummary { name ratePercent tax { amount } }
  display { messages totals { key text } }
"""
SET = f"""mutation ($input: CartCustomerSetInput!) {{ cartCustomerSet(input: $input) {{
  cart {{ version {FIELDS} }} userErrors {{ code field message }} warnings {{ code }}
}} }}"""
ORDER = "query ($id: ID!) { order(id: $id) { customer { kind taxId taxIdState } } }"
BUSINESS = {"kind": "BUSINESS", "taxId": FRENCH_ID, "taxIdState": "FORMAT_ONLY"}
NO_ID = {"taxId": None, "taxIdState": None}


@pytest.fixture
def parts(databases: AnyDatabase, clock: ManualClock) -> Dependencies:
    return build_dependencies(databases, clock)


@pytest.fixture(autouse=True)
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    opened = await Store.open(databases, clock)
    await put_in_force(opened, trust_format=True)
    return opened


def zero_line(reason: str) -> dict[str, Any]:
    return {"name": "VAT", "ratePercent": "0", "tax": {"amount": "0.00"}, "reason": reason}


async def test_a_cart_becomes_a_businesss(ask: Ask, store: Store) -> None:
    """R134: the words stand on lines and in the display, whose rows add up."""
    cart = await store.create_cart([(MUG, 1), (EBOOK, 1)], PARIS.destination)
    input = {"cartId": cart.id, "kind": "BUSINESS", "taxId": "fr 40 303 265 045"}
    payload = (await ask(SET, input=input))["cartCustomerSet"]
    assert payload == {
        "cart": {
            "version": cart.version + 1,
            "customer": BUSINESS,
            "total": {
                "net": {"amount": "24.99"},
                "tax": {"amount": "0.00"},
                "gross": {"amount": "24.99"},
            },
            "items": [{"taxLines": [zero_line(GOODS)]}, {"taxLines": [zero_line(SERVICE)]}],
            "taxSummary": [{"name": "VAT", "ratePercent": "0", "tax": {"amount": "0.00"}}],
            "display": {
                "messages": [f"Tax: {GOODS}.", f"Tax: {SERVICE}."],
                "totals": [
                    {"key": "subtotal", "text": "$19.99"},
                    {"key": "shipping", "text": "$5.00"},
                    {"key": "tax.VAT.0", "text": "$0.00"},
                    {"key": "total", "text": "$24.99"},
                ],
            },
        },
        "userErrors": [],
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("input", "code", "path"),
    [
        ({"kind": "BUSINESS"}, "INVALID_INPUT", ["input", "taxId"]),
        ({"kind": "BUSINESS", "taxId": None}, "INVALID_INPUT", ["input", "taxId"]),
        ({"kind": "BUSINESS", "taxId": "FR1"}, "INVALID_INPUT", ["input", "taxId"]),
        ({"kind": "BUSINESS", "taxId": "1" * 41}, "INVALID_INPUT", ["input", "taxId"]),
        ({"kind": "EXEMPT"}, "FORBIDDEN", ["input", "kind"]),
        (
            {"kind": "CONSUMER", "expectedVersion": 99},
            "VERSION_CONFLICT",
            ["input", "expectedVersion"],
        ),
    ],
)
async def test_a_refusal_has_the_cart_as_it_stands(
    ask: Ask, store: Store, input: dict[str, Any], code: str, path: list[str]
) -> None:
    """R134."""
    cart = await store.create_cart([(MUG, 1)], PARIS.destination)
    payload = (await ask(SET, input={"cartId": cart.id, **input}))["cartCustomerSet"]
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == (code, path)
    assert payload["cart"]["version"] == cart.version
    assert payload["cart"]["customer"] == {"kind": "CONSUMER", **NO_ID}


async def test_the_id_is_told_to_whom_the_address_is_told(ask: Ask, store: Store) -> None:
    """R134: its purchaser who has signed in, and staff; others see no more than the kind."""
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, 1)], PARIS.destination)
    await ask(SET, input={"cartId": cart.id, "kind": "BUSINESS", "taxId": FRENCH_ID})
    ids = await create_ids(buyer, address=PARIS)
    order = require_order(await buyer.check_out(await reload_cart(store, cart), **ids))
    on_device = await buyer.on_device_alone()
    kind_alone = {"order": {"customer": {"kind": "BUSINESS", **NO_ID}}}
    for caller, answer in (
        (buyer.caller, {"order": {"customer": BUSINESS}}),
        (STAFF, {"order": {"customer": BUSINESS}}),
        (on_device.caller, kind_alone),
        (None, {"order": None}),
    ):
        assert await ask(ORDER, caller, id=order.id) == answer
