"""Streams that broke off and go on, as an EventSource does: by Last-Event-ID."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.bootstrap import bootstrap
from gateway.services.demo.purchasers import create_token
from gateway.settings import Settings
from gateway.web_app.app import application

CREATE = """
mutation ($variant: ID!) {
  giftCreate(input: {variantId: $variant, idempotencyKey: "a gift", paymentMethodId: "%s"
    recipients: [{name: "Robin Doe", email: "robin@example.com"}]}) {
    gifts { id } userErrors { message }
  }
}
"""


@dataclass
class Giver:
    client: httpx.AsyncClient

    async def ask(self, query: str, **variables: str) -> Any:  # noqa: ANN401 - JSON
        answer = await self.client.post("/graphql", json={"query": query, "variables": variables})
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    async def ids(self, query: str, last: str | None = None) -> list[str]:
        """The ids of a stream's events, up to its end."""
        headers = {"accept": "text/event-stream"}
        if last is not None:
            headers["last-event-id"] = last
        answer = await self.client.get("/graphql", params={"query": query}, headers=headers)
        assert answer.text.endswith("event: complete\ndata:\n\n")
        return [line[4:] for line in answer.text.splitlines() if line.startswith("id: ")]


@pytest.fixture
async def giver(demo_folder: Path) -> AsyncIterator[Giver]:
    settings = Settings(data_dir=demo_folder)
    async with bootstrap(settings) as gateway, application(gateway) as app:
        token = await create_token("ada@example.com", dependencies=gateway.dependencies.identity)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://localhost",
            headers={"authorization": f"Bearer {token}"},
        ) as client:
            yield Giver(client)


async def test_a_gift_is_followed_on(giver: Giver) -> None:  # R67
    data = await giver.ask("""{
      viewer { purchaser { paymentMethods { id } } }
      products(first: 1) { nodes { variants { id } } }
    }""")
    [product] = data["products"]["nodes"]
    method = data["viewer"]["purchaser"]["paymentMethods"][0]["id"]
    created = await giver.ask(CREATE % method, variant=product["variants"][0]["id"])
    [gift] = created["giftCreate"]["gifts"]
    await giver.ask(
        "mutation ($id: ID!) { giftCancel(input: {giftId: $id}) { gift { status } } }",
        id=gift["id"],
    )
    query = f'subscription {{ giftUpdates(giftId: "{gift["id"]}", after: 0) {{ type }} }}'
    all_ids = await giver.ids(query)
    assert all_ids == [str(number) for number in range(1, len(all_ids) + 1)]
    assert len(all_ids) >= 2
    for seen in range(len(all_ids)):
        assert await giver.ids(query, str(seen)) == all_ids[seen:]
    for junk in ("", "x", "-1", "1.0", "9" * 30):
        assert await giver.ids(query, junk) == all_ids
