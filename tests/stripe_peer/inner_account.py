"""An account of the peer in the process of the test: quick, and without connections to break."""

from typing import Any

import httpx

from tests.stripe_peer.account import Account
from tests.stripe_peer.controls import CONTROLS
from tests.stripe_peer.fixtures import StripeAccount
from tests.stripe_peer.listeners import account_app

URL = "http://stripe.example"


class InnerAccount(StripeAccount):
    """The account; HTTP clients reach it by ``transport``."""

    def __init__(self) -> None:
        self._account = Account()
        self._account.api_url = URL
        super().__init__(
            httpx.Client(),
            self._account.id,
            URL,
            self._account.secret_key,
            self._account.publishable_key,
            self._account.webhook_secret,
        )
        self._client.close()
        self.transport = _Transport(self._account)

    def control(self, control: str, **told: object) -> Any:  # noqa: ANN401, JSON
        match control:
            case "go_away" | "return":
                self.transport.is_away = control == "go_away"
                return {}
        return CONTROLS[control](self._account, told)


class _Transport(httpx.ASGITransport):
    """Hands requests to the account, unless it is away."""

    def __init__(self, account: Account) -> None:
        super().__init__(account_app(account))
        self.is_away = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("refused")
        return await super().handle_async_request(request)
