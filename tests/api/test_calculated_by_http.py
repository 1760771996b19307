"""A gateway as it is run, and a merchant's calculator on a real port (R84, R85)."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.serving import RunningGateway, start_gateway
from tests.endpoints import SECRET
from tests.merchant_server import (
    Document,
    MerchantServer,
    Reply,
    answer_validly,
    calculate,
    serve_merchant,
)

Answer = dict[str, Any]
FIGURES = """
  calculatedBy taxState
  total { net { minorUnits } tax { minorUnits } gross { minorUnits } }
  shippingOptions { name price { net { minorUnits } } }
"""
PLACE = {"country": "US", "region": "CA", "postalCode": "94043", "city": "Mountain View"}
# Two mugs of 14.00, whose tax is 8.875 % half up, and a drone's flight of 3.00.
BY_MERCHANT: Answer = {
    "calculatedBy": "MERCHANT",
    "taxState": "FINAL",
    "total": {
        "net": {"minorUnits": 31_00},
        "tax": {"minorUnits": 2_49 + 27},
        "gross": {"minorUnits": 33_76},
    },
    "shippingOptions": [{"name": "Drone", "price": {"net": {"minorUnits": 3_00}}}],
}
# By the demonstration's rules the mugs bear 9.25 %, and the parcel costs 5.95 at least.
BY_FALLBACK: Answer = {
    "calculatedBy": "FALLBACK",
    "taxState": "FINAL",
    "total": {
        "net": {"minorUnits": 33_95},
        "tax": {"minorUnits": 2_59},
        "gross": {"minorUnits": 36_54},
    },
    "shippingOptions": [
        {"name": "Standard", "price": {"net": {"minorUnits": 5_95}}},
        {"name": "Express", "price": {"net": {"minorUnits": 14_95}}},
        {"name": "Insured post", "price": {"net": {"minorUnits": 19_95}}},
    ],
}


@pytest.fixture(scope="module")
def merchant() -> Iterator[MerchantServer]:
    with serve_merchant() as merchant:
        yield merchant


@pytest.fixture(scope="module")
def gateway(
    merchant: MerchantServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningGateway]:
    settings = {"GATEWAY_MERCHANT_URL": merchant.url, "GATEWAY_MERCHANT_SECRET": SECRET}
    with start_gateway(tmp_path_factory.mktemp("gateway"), **settings) as running:
        yield running


@pytest.fixture(autouse=True)
def _answers_validly(merchant: MerchantServer) -> None:
    merchant.reply = answer_validly
    merchant.bodies.clear()


@pytest.fixture(scope="module")
def cart_id(gateway: RunningGateway) -> str:
    """A cart of two mugs that goes to California, where the mug is not asked for again."""
    return create_cart(gateway)


def ask(gateway: RunningGateway, document: str, **variables: object) -> Answer:
    body = {"query": document, "variables": variables}
    answer = httpx.post(gateway.graphql, json=body, timeout=30).json()
    assert "errors" not in answer, answer
    data: Answer = answer["data"]
    return data


def change(gateway: RunningGateway, name: str, **input: object) -> Answer:
    """The cart after a mutation."""
    type = f"{name[0].upper()}{name[1:]}Input"
    document = f"""mutation ($input: {type}!) {{ {name}(input: $input) {{
        cart {{ id version {FIGURES} codes {{ code applied reason }} }} userErrors {{ message }}
    }} }}"""
    payload = ask(gateway, document, input=input)[name]
    assert payload["userErrors"] == []
    cart: Answer = payload["cart"]
    return cart


def create_cart(gateway: RunningGateway, sku: str = "MUG-WHITE", quantity: int = 2) -> str:
    products = ask(gateway, "{ products(first: 40) { nodes { variants { id sku } } } }")["products"]
    variants = [variant for product in products["nodes"] for variant in product["variants"]]
    [variant_id] = [variant["id"] for variant in variants if variant["sku"] == sku]
    cart = change(gateway, "cartCreate", lines=[{"variantId": variant_id, "quantity": quantity}])
    change(gateway, "cartDestinationSet", cartId=cart["id"], destination=PLACE)
    return str(cart["id"])


def read_cart(gateway: RunningGateway, cart_id: str, fields: str = FIGURES) -> Answer:
    cart: Answer = ask(gateway, f"query ($id: ID!) {{ cart(id: $id) {{ {fields} }} }}", id=cart_id)[
        "cart"
    ]
    return cart


# -- R84: a valid answer is used, and of every other the rules are


def test_a_valid_answer_is_used(
    gateway: RunningGateway, merchant: MerchantServer, cart_id: str
) -> None:  # R84
    assert read_cart(gateway, cart_id) == BY_MERCHANT
    [document] = merchant.documents
    assert document["data"]["wants"] == ["shipping", "tax"]


def calculator_with(**parts: object) -> Callable[[Document], Reply]:
    """A calculator whose answers differ from valid ones in ``parts``."""
    return lambda data: Reply(content=json.dumps(calculate(data) | parts).encode())


def with_taxes(
    alter: Callable[[list[Document]], list[Document]],
) -> Callable[[Document], Reply]:
    """A calculator whose taxes are altered."""
    return lambda data: calculator_with(tax=alter(calculate(data)["tax"]))(data)


def with_content(content: bytes, status: int = 200, *headers: tuple[str, str]) -> Any:  # noqa: ANN401
    return lambda _: Reply(status, content, headers)


DRONE = {"id": "drone", "name": "Drone", "net": "3.00"}
BROKEN_ANSWERS: dict[str, Callable[[Document], Reply]] = {
    "the connection is closed": lambda _: Reply(drops=True),
    "500": with_content(b"", 500),
    "503 with a valid body": lambda data: Reply(503, answer_validly(data).content),
    "404": with_content(b"", 404),
    "204": with_content(b"", 204),
    "a redirect": with_content(b"", 307, ("location", "http://127.0.0.1:9/")),
    "nothing": with_content(b""),
    "not JSON": with_content(b"<html>"),
    "not UTF-8": with_content(b'{"tax": "\xff"}'),
    "a list": with_content(b"[]"),
    "too deep": with_content(b"[" * 200_000),
    "huge": lambda data: Reply(content=answer_validly(data).content + b" " * 2**20),
    "compressed": lambda data: Reply(
        content=gzip.compress(answer_validly(data).content),
        headers=(("content-encoding", "gzip"),),
    ),
    "wrong currency": calculator_with(currency="EUR"),
    "no tax": calculator_with(tax=None),
    "no shipping": calculator_with(shipping=None),
    "a line is missing": with_taxes(lambda taxes: taxes[1:]),
    "an unknown line": with_taxes(lambda taxes: [*taxes, taxes[0] | {"lineId": "crl_0"}]),
    "an unknown way": with_taxes(lambda taxes: [taxes[0], taxes[1] | {"shippingId": "ship"}]),
    "a tax of nothing": with_taxes(
        lambda taxes: [*taxes, {"name": "VAT", "ratePercent": "1", "tax": "0.01"}]
    ),
    "too many decimals": with_taxes(lambda taxes: [taxes[0] | {"tax": "2.485"}]),
    "negative": with_taxes(lambda taxes: [taxes[0] | {"tax": "-2.49"}]),
    "NaN": with_taxes(lambda taxes: [taxes[0] | {"tax": "NaN"}]),
    "NaN as a number": with_taxes(lambda taxes: [taxes[0] | {"tax": float("nan")}]),
    "a number": with_taxes(lambda taxes: [taxes[0] | {"tax": 2.49}]),
    "too large": with_taxes(lambda taxes: [taxes[0] | {"tax": "9" * 14}]),
    "a negative price": calculator_with(shipping=[DRONE | {"net": "-3.00"}]),
    "an id twice": calculator_with(shipping=[DRONE, DRONE | {"net": "2.00"}]),
    "NUL in a name": calculator_with(shipping=[DRONE | {"name": "Dr\0ne"}]),
}


@pytest.mark.parametrize("broken", BROKEN_ANSWERS)
def test_of_every_other_answer_the_rules_are_used(
    gateway: RunningGateway, merchant: MerchantServer, cart_id: str, broken: str
) -> None:  # R84
    """The next answer that is valid is used again."""
    merchant.reply = BROKEN_ANSWERS[broken]
    assert read_cart(gateway, cart_id) == BY_FALLBACK
    merchant.reply = answer_validly
    assert read_cart(gateway, cart_id) == BY_MERCHANT
    assert len(merchant.bodies) == 2


def test_a_late_answer_is_not_waited_for(
    gateway: RunningGateway, merchant: MerchantServer, cart_id: str
) -> None:  # R84
    merchant.reply = lambda _: Reply(hangs=True)
    assert read_cart(gateway, cart_id) == BY_FALLBACK
    merchant.reply = answer_validly
    assert read_cart(gateway, cart_id) == BY_MERCHANT


def test_codes_are_judged_by_the_calculator(
    gateway: RunningGateway, merchant: MerchantServer
) -> None:  # R84
    cart_id = create_cart(gateway)
    merchant.bodies.clear()
    cart = change(gateway, "cartCodesSet", cartId=cart_id, codes=["TENTH", "SAVE10"])
    # SAVE10 is one of the rules: where a calculator judges codes, it does not exist.
    assert cart["codes"] == [{"code": "TENTH", "applied": True, "reason": None}]
    assert cart["total"]["net"] == {"minorUnits": 31_00 - 2_00}
    assert merchant.documents[0]["data"]["codes"] == ["TENTH", "SAVE10"]


def test_of_what_is_not_shipped_only_taxes_are_asked_for(
    gateway: RunningGateway, merchant: MerchantServer
) -> None:  # R84, R88
    cart_id = create_cart(gateway, "EBOOK", 1)
    merchant.bodies.clear()
    cart = read_cart(gateway, cart_id)
    # 9.99, of which 8.875 % are 0.8866.
    assert (cart["calculatedBy"], cart["total"]["gross"]) == ("MERCHANT", {"minorUnits": 10_88})
    [document] = merchant.documents
    assert document["data"]["wants"] == ["tax"]
    assert "shipping" not in document["data"]


def test_nothing_is_asked_for_what_nobody_wants_to_see(
    gateway: RunningGateway, merchant: MerchantServer, cart_id: str
) -> None:  # R88
    assert read_cart(gateway, cart_id, "id version items { quantity }")["version"] == 2
    assert merchant.bodies == []


def test_a_calculator_of_taxes_alone_until_it_breaks_down(
    merchant: MerchantServer, tmp_path: Path
) -> None:  # R84
    """The rules ship; after three failures nobody waits for it for a while."""
    settings = {
        "GATEWAY_MERCHANT_URL": merchant.url,
        "GATEWAY_MERCHANT_SECRET": SECRET,
        "GATEWAY_MERCHANT_PARTS": "tax",
    }
    with start_gateway(tmp_path, **settings) as gateway:
        cart_id = create_cart(gateway)
        merchant.bodies.clear()
        # 5.95 for the parcel, of which the tax is 8.875 %, too.
        total = {
            "net": {"minorUnits": 33_95},
            "tax": {"minorUnits": 2_49 + 53},
            "gross": {"minorUnits": 36_97},
        }
        by_both = BY_FALLBACK | {"calculatedBy": "MERCHANT", "total": total}
        assert read_cart(gateway, cart_id) == by_both
        [document] = merchant.documents
        assert document["data"]["wants"] == ["tax"]
        assert [(way["name"], way["net"]) for way in document["data"]["shipping"]] == [
            ("Standard", "5.95"),
            ("Express", "14.95"),
            ("Insured post", "19.95"),
        ]
        merchant.reply = with_content(b"", 500)
        for _ in range(5):
            assert read_cart(gateway, cart_id) == BY_FALLBACK
        assert len(merchant.bodies) == 1 + 3
        log = gateway.log.read_text()
        assert log.count("gave no valid answer (status 500)") == 1
        assert log.count("calculator is away: status 500") == 1


# -- R85: what the calculator learns


def test_the_whole_body(
    gateway: RunningGateway, merchant: MerchantServer, cart_id: str
) -> None:  # R85
    items = read_cart(gateway, cart_id, "items { lineId }")["items"]
    read_cart(gateway, cart_id)
    [document] = merchant.documents
    assert document == {
        "type": "calculate",
        "timestamp": document["timestamp"],
        "data": {
            "currency": "USD",
            "wants": ["shipping", "tax"],
            "destination": {"country": "US", "region": "CA", "postalCode": "94043"},
            "customer": {"kind": "CONSUMER", "taxId": None},
            "lines": [
                {"id": items[0]["lineId"], "sku": "MUG-WHITE", "quantity": 2, "net": "28.00"}
            ],
            "codes": [],
            "orderNumber": None,
        },
    }
    sent_at = datetime.fromisoformat(document["timestamp"])
    assert abs(datetime.now(UTC) - sent_at) < timedelta(minutes=5)


def test_nothing_says_who_buys(gateway: RunningGateway, merchant: MerchantServer) -> None:  # R85
    """A cart with all that a buyer can write on it."""
    cart_id = create_cart(gateway)
    note = "For Ada Lovelace, 100 Castro Street, ada@example.com, +14155552671"
    attributes = [{"key": "Engraving", "value": "Lovelace"}]
    change(gateway, "cartDetailsSet", cartId=cart_id, note=note, attributes=attributes)
    read_cart(gateway, cart_id)
    assert merchant.bodies
    for body in merchant.bodies:
        for secret in ("Ada", "Lovelace", "Castro", "Mountain", "@", "+1", cart_id):
            assert secret not in body
    log = gateway.log.read_text()
    assert cart_id not in log
    assert "94043" not in log


# -- Purchases


GUEST = {
    "email": "ada@example.com",
    "address": {
        "name": "Ada Lovelace",
        "lines": ["100 Castro Street"],
        **PLACE,
        "phone": "+14155552671",
    },
    "providerToken": "sim_ok",
}
CHECKOUT = """mutation ($input: CartCheckoutInput!) { cartCheckout(input: $input) {
  __typename
  ... on OrderPlaced { order {
    id number calculatedBy total { gross { minorUnits } }
  } }
  ... on PriceChanged { of expected { minorUnits } actual { minorUnits } }
} }"""


def buy(gateway: RunningGateway, cart_id: str, expected_total: str, key: str) -> Answer:
    input = {
        "cartId": cart_id,
        "expectedVersion": read_cart(gateway, cart_id, "version")["version"],
        "expectedTotal": expected_total,
        "guest": GUEST,
        "idempotencyKey": key,
    }
    outcome: Answer = ask(gateway, CHECKOUT, input=input)["cartCheckout"]
    return outcome


def wait_for_commit(gateway: RunningGateway, merchant: MerchantServer) -> Document:
    """What the merchant is told of an order, which the worker sends."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for document in merchant.documents:
            if document["type"] == "commit":
                return document
        httpx.get(f"{gateway.url}/healthz")
    pytest.fail("nothing was told")


def test_a_guest_buys_at_what_the_calculator_says(
    gateway: RunningGateway, merchant: MerchantServer
) -> None:  # R84, R85
    """Neither question nor message has a name, a street, a town, a contact or the cart's id."""
    cart_id = create_cart(gateway)
    outcome = buy(gateway, cart_id, "33.76", "at-the-calculators-price")
    order = outcome["order"]
    assert (order["calculatedBy"], order["total"]) == (
        "MERCHANT",
        {"gross": {"minorUnits": 33_76}},
    )
    commit = wait_for_commit(gateway, merchant)
    assert commit["data"]["orderNumber"] == order["number"]
    assert commit["data"]["reference"] == "calc_of_the_merchant"
    assert {document["type"] for document in merchant.documents} == {"calculate", "commit"}
    for body in merchant.bodies:
        for secret in ("Ada", "Lovelace", "Castro", "Mountain", "@", "+1", cart_id, order["id"]):
            assert secret not in body


def test_a_purchase_that_the_rules_make_dearer_is_not_made(
    gateway: RunningGateway, merchant: MerchantServer
) -> None:  # R84
    """The calculator fell silent after its price was shown."""
    cart_id = create_cart(gateway)
    merchant.reply = with_content(b"", 404)
    assert buy(gateway, cart_id, "33.76", "silent") == {
        "__typename": "PriceChanged",
        "of": "TOTAL",
        "expected": {"minorUnits": 33_76},
        "actual": {"minorUnits": 36_54},
    }
    merchant.reply = answer_validly
    outcome = buy(gateway, cart_id, "33.76", "silent no more")
    assert outcome["order"]["calculatedBy"] == "MERCHANT"
    wait_for_commit(gateway, merchant)
