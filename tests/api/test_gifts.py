"""Gifts over GraphQL: who sees what, and what is refused to whom."""

from typing import Any

import pytest

from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Authentication, Caller, CallingClient
from gateway.services.ports.api_keys import ApiKey, ApiKeyRole
from tests.api.conftest import Ask

CREATE = """
mutation ($input: GiftCreateInput!) {
  giftCreate(input: $input) { gifts { id } userErrors { code field } }
}"""
CLAIM = "query ($token: String!) { giftClaim(token: $token) { status } }"
RECIPIENTS = [{"email": "ada@example.com"}]
CLIENT = CallingClient("cli_1", "digest")
STAFF = Caller(CLIENT, key=ApiKey("key_1", "carrier", ApiKeyRole.STAFF, "pur_1"))
PARTNER = Caller(CLIENT, key=ApiKey("key_2", "app", ApiKeyRole.PARTNER, "pur_1"))


def signed_in(parts: Dependencies) -> Caller:
    return Caller(CLIENT, authentication=Authentication("pur_1", parts.clock.now()))


def create_input(**changes: object) -> dict[str, object]:
    return {"variantId": "var_1", "recipients": RECIPIENTS, "idempotencyKey": "k", **changes}


async def test_a_stranger_gives_nothing(ask: Ask) -> None:
    assert await ask(CREATE, input=create_input()) == {
        "giftCreate": {"gifts": [], "userErrors": [{"code": "SIGN_IN_REQUIRED", "field": None}]}
    }


async def test_a_recognised_client_must_sign_in(ask: Ask) -> None:
    answer = await ask(CREATE, Caller(CLIENT, recognised="pur_1"), input=create_input())
    errors = [{"code": "REAUTHENTICATION_REQUIRED", "field": None}]
    assert answer == {"giftCreate": {"gifts": [], "userErrors": errors}}


async def test_user_errors_name_their_field(ask: Ask, parts: Dependencies) -> None:
    answer = await ask(CREATE, signed_in(parts), input=create_input(recipients=[{"hints": "tall"}]))
    errors = [{"code": "NO_CONTACT", "field": ["input", "recipients", "0"]}]
    assert answer == {"giftCreate": {"gifts": [], "userErrors": errors}}


async def test_what_is_not_ones_own_is_not_there(ask: Ask, parts: Dependencies) -> None:
    document = """
    { gift(id: "gft_1") { id } node(id: "gft_1") { id } other: node(id: "evt_1") { id }
      viewer { gifts { nodes { id } } } }"""
    empty: dict[str, Any] = {
        "gift": None,
        "node": None,
        "other": None,
        "viewer": {"gifts": {"nodes": []}},
    }
    assert await ask(document) == empty
    assert await ask(document, signed_in(parts)) == empty
    assert await ask('{ gift(trackingNumber: "NONE") { id } }') == {"gift": None}
    assert await ask(CLAIM, token="nobody's") == {"giftClaim": None}


@pytest.mark.parametrize(
    ("operation", "input"),
    [
        ("giftCancel(input: $input)", {"giftId": "gft_1"}),
        ("giftInfoSupply(input: $input)", {"giftId": "gft_1", "chargeCap": "20.00"}),
    ],
)
async def test_anothers_gift_is_not_found(
    ask: Ask, parts: Dependencies, operation: str, input: dict[str, Any]
) -> None:
    name = operation[0].upper() + operation.partition("(")[0][1:]
    document = f"mutation ($input: {name}Input!) {{ {operation} {{ userErrors {{ code }} }} }}"
    answer = await ask(document, signed_in(parts), input=input)
    assert list(answer.values()) == [{"userErrors": [{"code": "NOT_FOUND"}]}]


@pytest.mark.parametrize("token", ["", "unknown"])
async def test_a_link_that_is_none_does_nothing(ask: Ask, token: str) -> None:  # R49
    document = """
    mutation ($token: String!) {
      giftDecline(input: {token: $token}) { claim { status } userErrors { code } }
      giftThank(input: {token: $token, message: "Thanks"}) { userErrors { code } }
      giftReport(input: {token: $token}) { userErrors { code } }
      giftExchange(input: {token: $token, variantId: "v"}) { userErrors { code } }
      giftForget(input: {token: $token}) { userErrors { code } }
    }"""
    answer = await ask(document, token=token)
    invalid = {"userErrors": [{"code": "INVALID_TOKEN"}]}
    assert answer.pop("giftDecline") == {"claim": None, **invalid}
    assert list(answer.values()) == [invalid] * 4


SHIPMENT = """
mutation { shipmentUpdate(input: {id: "gft_1", status: DISPATCHED}) { userErrors { code } } }"""
HOOK = 'mutation { webhookDelete(input: {id: "whk_1"}) { deletedId userErrors { code } } }'


async def test_key_only_operations_take_the_right_key(ask: Ask, parts: Dependencies) -> None:
    for caller in (None, signed_in(parts), PARTNER):
        answer = await ask(SHIPMENT, caller)
        assert answer == {"shipmentUpdate": {"userErrors": [{"code": "FORBIDDEN"}]}}
    answer = await ask(SHIPMENT, STAFF)
    assert answer == {"shipmentUpdate": {"userErrors": [{"code": "NOT_FOUND"}]}}
    codes = {None: "FORBIDDEN", PARTNER: "NOT_FOUND"}
    for holder, code in codes.items():
        answer = await ask(HOOK, holder)
        assert answer == {"webhookDelete": {"deletedId": None, "userErrors": [{"code": code}]}}


async def test_a_form_asks_for_what_a_country_uses(ask: Ask) -> None:
    document = '{ addressFormat(country: "JP") { fields { name label required } } }'
    answer = await ask(document)
    fields = [(f["name"], f["label"], f["required"]) for f in answer["addressFormat"]["fields"]]
    assert fields == [
        ("name", "Name", True),
        ("lines", "Address", True),
        ("region", "Prefecture", True),
        ("postalCode", "Postal code", True),
        ("phone", "Phone", False),
    ]
    assert await ask('{ addressFormat(country: "ZZ") { country } }') == {"addressFormat": None}
