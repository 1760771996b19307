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

from gateway.bootstrap import Gateway, bootstrap
from gateway.services.api_keys import add_key
from gateway.services.demo.purchasers import create_token
from gateway.services.identity.registration import find_purchaser_id
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.settings import Settings
from gateway.web_app.app import application
from gateway.worker import run_due_jobs
from tests.transport.asgi_driver import Answer, ask

ADA, GRACE = "ada@example.com", "grace@example.com"
OWN_RECORDS = "{ viewer { purchaser { addresses { id } paymentMethods { id } } } }"
FIND_MUG = '{ products(first: 1, query: "mug") { nodes { variants { id } } } }'
ENABLE_ONE_CLICK = """mutation ($address: ID!, $method: ID!) {
  oneClickEnable(input: {addressId: $address, paymentMethodId: $method}) { enabled }
}"""
BUY_BY_ONE_CLICK = """mutation ($variant: ID!, $key: String!) {
  oneClickPurchase(input: {variantId: $variant, idempotencyKey: $key}) {
    __typename ... on OrderPlaced { order { id } }
  }
}"""
CREATE_GIFT = """mutation ($variant: ID!, $key: String!, $email: String!) {
  giftCreate(input: {variantId: $variant, idempotencyKey: $key, recipients: [{email: $email}]}) {
    gifts { id trackingNumber order { id } } userErrors { code }
  }
}"""


@dataclass(frozen=True)
class RequestIdentity:
    """What somebody shows: a bearer, a client's identifier, both or none."""

    bearer: str | None = field(default=None, repr=False)
    client: str | None = field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """As headers of a request."""
        fields = {"authorization": f"Bearer {self.bearer}" if self.bearer else None}
        fields["x-client-id"] = self.client
        return {name: value for name, value in fields.items() if value is not None}

    @property
    def payload(self) -> dict[str, str]:
        """As the payload of a socket's ``connection_init``."""
        names = {"authorization": "authorization", "x-client-id": "clientId"}
        return {names[name]: value for name, value in self.headers.items()}


ANONYMOUS = RequestIdentity()


@dataclass
class InProcessGateway:
    """The gateway, and ways to it."""

    app: ASGIApp
    gateway: Gateway
    folder: Path

    async def execute(
        self,
        identity: RequestIdentity,
        document: str,
        variables: Mapping[str, object] | None = None,
        **extra_headers: str,
    ) -> Answer:
        """The whole answer."""
        body = json.dumps({"query": document, "variables": variables or {}}).encode()
        headers = {
            "host": "localhost",
            "content-type": "application/json",
            **identity.headers,
            **extra_headers,
        }
        return await ask(self.app, headers=headers, body=body)

    async def execute_for_data(
        self, identity: RequestIdentity, document: str, **variables: object
    ) -> Any:  # noqa: ANN401 - JSON
        """The data of an answer without errors."""
        answer = (await self.execute(identity, document, variables)).json()
        assert isinstance(answer, dict)
        assert "errors" not in answer, answer
        return answer["data"]

    async def sign_in(self, email: str) -> str:
        """A sign-in of just now."""
        token = await create_token(email, dependencies=self.gateway.dependencies.identity)
        assert token is not None
        return token

    async def new_client(self) -> str:
        """The identifier of a new client."""
        answer = await self.execute(ANONYMOUS, "{ viewer { client { id } } }")
        return answer.headers["x-client-id"]

    async def add_key(self, name: str, role: ApiKeyRole, email: str | None = None) -> str:
        """A new key."""
        dependencies = self.gateway.dependencies
        payer = None
        if email is not None:
            async with dependencies.database.read() as reading:
                payer = await find_purchaser_id(email, reading=reading, cipher=dependencies.cipher)
        return await add_key(
            name,
            role,
            payer,
            database=dependencies.database,
            ids=dependencies.ids,
            clock=dependencies.clock,
        )

    async def find_variant(self) -> str:
        """Something to buy."""
        data = await self.execute_for_data(ANONYMOUS, FIND_MUG)
        return str(data["products"]["nodes"][0]["variants"][0]["id"])

    async def place_order(self, identity: RequestIdentity, key: str = "order") -> str:
        """The id of an order by one click, which is turned on for it."""
        purchaser = (await self.execute_for_data(identity, OWN_RECORDS))["viewer"]["purchaser"]
        address, method = purchaser["addresses"][0]["id"], purchaser["paymentMethods"][0]["id"]
        await self.execute_for_data(identity, ENABLE_ONE_CLICK, address=address, method=method)
        purchase = await self.execute_for_data(
            identity, BUY_BY_ONE_CLICK, variant=await self.find_variant(), key=key
        )
        return str(purchase["oneClickPurchase"]["order"]["id"])

    async def create_gift(
        self, identity: RequestIdentity, email: str = "robin@example.com"
    ) -> dict[str, Any]:
        """A gift for who is known by an e-mail address only, announced to them."""
        variables = {"variant": await self.find_variant(), "key": email, "email": email}
        answer = (await self.execute_for_data(identity, CREATE_GIFT, **variables))["giftCreate"]
        assert answer["userErrors"] == []
        while await run_due_jobs(self.gateway.jobs, datetime.now(UTC)):
            pass
        [gift] = answer["gifts"]
        return dict(gift)

    def execute_sql(self, statement: str, *values: object) -> None:
        """Change the database from another process, as it were."""
        with sqlite3.connect(self.folder / "gateway.db") as connection:
            connection.execute(statement, values)
        connection.close()

    def make_sign_ins_older(self, duration: timedelta) -> None:
        """Let everybody have signed in that much earlier."""
        micros = duration // timedelta(microseconds=1)
        self.execute_sql("UPDATE sessions SET authenticated_at = authenticated_at - ?", micros)


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[InProcessGateway]:
    """The gateway, while the block lasts; its database is prepared."""
    async with bootstrap(settings) as gateway, application(gateway) as app:
        yield InProcessGateway(app, gateway, settings.data_dir)
