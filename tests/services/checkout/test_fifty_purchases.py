"""Fifty equal purchases at a gateway and a Stripe that are processes or ports of their own."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from tests.api.serving import RunningGateway, start_gateway
from tests.stripe_peer.fixtures import StripeAccount

OK, ASKS = "4242424242424242", "4000002760003184"
VARIANT = '{ products(first: 1, query: "mug") { nodes { variants { id } } } }'
CREATE = """mutation ($variant: ID!) {
  cartCreate(input: {lines: [{variantId: $variant, quantity: 1}]}) { cart { id version } }
}"""
CHECK_OUT = """mutation ($input: CartCheckoutInput!) { cartCheckout(input: $input) {
  __typename
  ... on OrderPlaced { order { id number } }
  ... on PaymentActionRequired { redirectUrl clientSecret expiresAt }
  ... on InvalidPurchase { userErrors { code field message } }
  ... on PriceChanged { reason }
  ... on PaymentDeclined { reason }
} }"""
HOME = {
    "name": "Ada Lovelace",
    "country": "US",
    "region": "CA",
    "city": "Mountain View",
    "postalCode": "94043",
    "lines": ["100 Castro Street"],
}


class Guest:
    """Somebody who buys a cart, again and again by the same request."""

    def __init__(self, gateway: RunningGateway, http: httpx.AsyncClient) -> None:
        self.gateway = gateway
        self.http = http
        self.headers: dict[str, str] = {}

    async def ask(self, document: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
        body = {"query": document, "variables": variables}
        answer = await self.http.post(self.gateway.graphql, json=body, headers=self.headers)
        self.headers = {"x-client-id": answer.headers.get("x-client-id", "")} | self.headers
        content = answer.json()
        assert "errors" not in content, content
        return content["data"]

    async def prepare(self, token: str) -> dict[str, object]:
        """The input of a checkout."""
        products = (await self.ask(VARIANT))["products"]["nodes"]
        variant = products[0]["variants"][0]["id"]
        cart = (await self.ask(CREATE, variant=variant))["cartCreate"]["cart"]
        return {
            "cartId": cart["id"],
            "expectedVersion": cart["version"],
            "expectedTotal": str(Decimal(1000)),
            "idempotencyKey": f"fifty {token}",
            "guest": {"email": "ada@example.com", "address": HOME, "providerToken": token},
        }

    async def check_out(self, checkout_input: dict[str, object]) -> Any:  # noqa: ANN401 - JSON
        return (await self.ask(CHECK_OUT, input=checkout_input))["cartCheckout"]


async def check_out_fifty_times(guest: Guest, checkout_input: dict[str, object]) -> list[Any]:
    return await asyncio.gather(*(guest.check_out(checkout_input) for _ in range(50)))


async def test_fifty_at_once_with_three_lost_answers(
    tmp_path: Path, database_url: str, stripe_account: StripeAccount
) -> None:
    """R129, R130: one PaymentIntent and one order; a payment to confirm is the same for all."""
    settings = {**stripe_account.settings, "GATEWAY_DATABASE_URL": database_url}
    with start_gateway(tmp_path, **settings) as gateway:
        async with httpx.AsyncClient(timeout=30.0) as http:
            await check_purchases(Guest(gateway, http), stripe_account)
    stored_files = [path for path in tmp_path.rglob("*") if path.is_file()]
    client_secrets = [intent["client_secret"] for intent in stripe_account.list_intents()]
    keys = stripe_account.secret_key, stripe_account.webhook_secret
    for secret in (*client_secrets, "_secret_", *keys):
        assert [path for path in stored_files if secret.encode() in path.read_bytes()] == []


def list_statuses(account: StripeAccount) -> list[str]:
    """The status of each PaymentIntent, the oldest first."""
    return [intent["status"] for intent in account.list_intents()]


async def check_purchases(guest: Guest, account: StripeAccount) -> None:
    checkout_input = await guest.prepare(account.create_method(OK))
    account.drop_answers(3, method="POST")
    outcomes = await check_out_fifty_times(guest, checkout_input)
    assert {outcome["__typename"] for outcome in outcomes} == {"OrderPlaced"}, outcomes[:3]
    assert len({outcome["order"]["id"] for outcome in outcomes}) == 1
    assert list_statuses(account) == ["requires_capture"]

    checkout_input = await guest.prepare(account.create_method(ASKS))
    waiting = await check_out_fifty_times(guest, checkout_input)
    [_, intent] = account.list_intents()
    assert intent["status"] == "requires_action"
    first = waiting[0]
    assert all(outcome == first for outcome in waiting)
    assert first["clientSecret"] == intent["client_secret"]
    account.authenticate(intent["id"])
    orders = await check_out_fifty_times(guest, checkout_input)
    assert len({outcome["order"]["id"] for outcome in orders}) == 1
    assert list_statuses(account) == ["requires_capture"] * 2

    checkout_input = await guest.prepare("sim_ok")
    [error] = (await guest.check_out(checkout_input))["userErrors"]
    assert error["field"] == ["input", "guest", "providerToken"]
    assert len(account.list_intents()) == 2
