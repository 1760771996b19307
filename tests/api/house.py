"""A gateway in this process, asked from outside, and everybody who may come to it."""

import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from gateway.app import application
from gateway.bootstrap import Gateway, bootstrap
from gateway.services.identity.demo import token_for
from gateway.services.identity.registering import by_email
from gateway.services.keys import add_key
from gateway.services.ports.keys import Role
from gateway.settings import Settings
from gateway.worker import turn
from tests.transport.asgi_driver import Answer, ask

ADA, GRACE = "ada@example.com", "grace@example.com"
KEPT = "{ viewer { purchaser { addresses { id } paymentMethods { id } } } }"
MUG = '{ products(first: 1, query: "mug") { nodes { variants { id } } } }'
ENABLE = """mutation ($address: ID!, $method: ID!) {
  oneClickEnable(input: {addressId: $address, paymentMethodId: $method}) { enabled }
}"""
BUY = """mutation ($variant: ID!, $key: String!) {
  oneClickPurchase(input: {variantId: $variant, idempotencyKey: $key}) {
    __typename ... on OrderPlaced { order { id } }
  }
}"""
GIVE = """mutation ($variant: ID!, $key: String!, $email: String!) {
  giftCreate(input: {variantId: $variant, idempotencyKey: $key, recipients: [{email: $email}]}) {
    gifts { id trackingNumber order { id } } userErrors { code }
  }
}"""


@dataclass(frozen=True)
class Who:
    """What somebody shows: a bearer, a client's identifier, both or none."""

    bearer: str | None = field(default=None, repr=False)
    client: str | None = field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """As headers of a request."""
        shown = {"authorization": f"Bearer {self.bearer}" if self.bearer else None}
        shown["x-client-id"] = self.client
        return {name: value for name, value in shown.items() if value is not None}

    @property
    def payload(self) -> dict[str, str]:
        """As the payload of a socket's ``connection_init``."""
        names = {"authorization": "authorization", "x-client-id": "clientId"}
        return {names[name]: value for name, value in self.headers.items()}


NOBODY = Who()


@dataclass
class House:
    """The gateway, and ways to it."""

    app: ASGIApp
    gateway: Gateway
    folder: Path

    async def answer(
        self, who: Who, document: str, variables: Mapping[str, object] | None = None, **more: str
    ) -> Answer:
        """The whole answer."""
        body = json.dumps({"query": document, "variables": variables or {}}).encode()
        headers = {"host": "localhost", "content-type": "application/json", **who.headers, **more}
        return await ask(self.app, headers=headers, body=body)

    async def data(self, who: Who, document: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
        """The data of an answer without errors."""
        answer = (await self.answer(who, document, variables)).json()
        assert isinstance(answer, dict)
        assert "errors" not in answer, answer
        return answer["data"]

    async def bearer(self, email: str) -> str:
        """A sign-in of just now."""
        token = await token_for(email, parts=self.gateway.parts.identity)
        assert token is not None
        return token

    async def client(self) -> str:
        """The identifier of a new client."""
        answer = await self.answer(NOBODY, "{ viewer { client { id } } }")
        return answer.headers["x-client-id"]

    async def key(self, name: str, role: Role, email: str | None = None) -> str:
        """A new key."""
        parts = self.gateway.parts
        payer = None
        if email is not None:
            async with parts.database.read() as reading:
                payer = await by_email(email, reading=reading, cipher=parts.cipher)
        return await add_key(
            name, role, payer, database=parts.database, ids=parts.ids, clock=parts.clock
        )

    async def variant(self) -> str:
        """Something to buy."""
        found = await self.data(NOBODY, MUG)
        return str(found["products"]["nodes"][0]["variants"][0]["id"])

    async def order(self, who: Who, key: str = "order") -> str:
        """The id of an order by one click, which is turned on for it."""
        kept = (await self.data(who, KEPT))["viewer"]["purchaser"]
        address, method = kept["addresses"][0]["id"], kept["paymentMethods"][0]["id"]
        await self.data(who, ENABLE, address=address, method=method)
        bought = await self.data(who, BUY, variant=await self.variant(), key=key)
        return str(bought["oneClickPurchase"]["order"]["id"])

    async def gift(self, who: Who, email: str = "robin@example.com") -> dict[str, Any]:
        """A gift for who is known by an e-mail address only, announced to them."""
        wanted = {"variant": await self.variant(), "key": email, "email": email}
        answer = (await self.data(who, GIVE, **wanted))["giftCreate"]
        assert answer["userErrors"] == []
        while await turn(self.gateway.steps, datetime.now(UTC)):
            pass
        [gift] = answer["gifts"]
        return dict(gift)

    def sql(self, statement: str, *values: object) -> None:
        """Change the database from another process, as it were."""
        with sqlite3.connect(self.folder / "gateway.db") as connection:
            connection.execute(statement, values)
        connection.close()

    def age_sign_ins(self, by: timedelta) -> None:
        """Let everybody have signed in that much earlier."""
        micros = by // timedelta(microseconds=1)
        self.sql("UPDATE sessions SET authenticated_at = authenticated_at - ?", micros)


@asynccontextmanager
async def house(settings: Settings) -> AsyncIterator[House]:
    """The gateway, while the block lasts; its database is prepared."""
    async with bootstrap(settings) as gateway, application(gateway) as app:
        yield House(app, gateway, settings.data_dir)
