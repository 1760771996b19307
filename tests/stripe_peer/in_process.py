"""The peer in the test's own process: for tests that stop at each await, or live by a clock."""

import json
from typing import Any, cast

import httpx
from starlette.types import Receive, Scope, Send

from gateway.services.ports.clock import Clock
from tests.stripe_peer.account import Account
from tests.stripe_peer.answers import JsonObject, Refused
from tests.stripe_peer.api import Api
from tests.stripe_peer.controls import CONTROLS
from tests.stripe_peer.fixtures import StripeAccount


class ClockedAccount(Account):
    """An account whose time is the test's."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def now(self) -> int:
        return int(self.clock.now().timestamp()) + self.clock_offset


class BrokenConnection:
    """In the place of the connection that the peer would break."""

    def abort(self) -> None:
        raise httpx.ReadError("broken")


class NearStripe:
    """One account. ``state`` is all that it holds; ``account`` is how tests use any account.

    ``handle`` is for ``httpx.MockTransport``; it waits for nothing.
    """

    def __init__(self, clock: Clock) -> None:
        self.state = ClockedAccount(clock)
        self.state.api_url = "https://stripe.example"
        self.is_away = False
        names = ("id", "api_url", "secret_key", "publishable_key", "webhook_secret")
        keys = {name: getattr(self.state, name) for name in names}
        self.account = StripeAccount(cast("httpx.Client", self), **keys)
        self._transport = httpx.ASGITransport(self._serve)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """The answer to ``request``."""
        if self.is_away:
            raise httpx.ConnectError("away")
        response = await self._transport.handle_async_request(request)
        return httpx.Response(
            response.status_code, headers=response.headers, content=await response.aread()
        )

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Api(self.state)({**scope, "peer.transport": BrokenConnection()}, receive, send)

    def post(self, path: str, json: JsonObject) -> httpx.Response:
        """What the process of the peer answers to a control."""
        match path.rpartition("/")[2]:
            case "go_away":
                self.is_away = True
                answer: object = {}
            case "return":
                self.is_away = False
                answer = {}
            case control:
                try:
                    answer = CONTROLS[control](self.state, _as_sent(json))
                except Refused as refused:
                    return httpx.Response(400, json=refused.body)
        return httpx.Response(200, json=answer)


def _as_sent(told: JsonObject) -> Any:  # noqa: ANN401 - JSON
    return json.loads(json.dumps(told))
