"""Sockets of the peer: one port for its controls, one for each account."""

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tests.stripe_peer.account import Account
from tests.stripe_peer.answers import Refused
from tests.stripe_peer.api import Api
from tests.stripe_peer.bank import answer_bank
from tests.stripe_peer.controls import CONTROLS
from tests.stripe_peer.webhooks import send_events


class BreakableProtocol(HttpToolsProtocol):
    """Uvicorn's own; the application can reach the connection, to break it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["peer.transport"] = self.transport  # type: ignore[typeddict-unknown-key]


class Listener:
    """An application on a port of its own of 127.0.0.1, which can be closed and opened again."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401, uvicorn takes what is callable
        self._config = Config(app, lifespan="off", log_level="critical", access_log=False)
        self._config.load()
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: BreakableProtocol(self._config, self._state, {}), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Refuse connections, and break those that there are."""
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._state.connections):
            connection.transport.abort()


class Peer:
    """The accounts and the controls."""

    def __init__(self) -> None:
        self.accounts: dict[str, tuple[Account, Listener]] = {}
        self.app = Starlette(
            routes=[
                Route("/accounts", self._open_account, methods=["POST"]),
                Route("/accounts/{id}/{control}", self._control, methods=["POST"]),
            ]
        )

    async def _open_account(self, _: Request) -> Response:
        account = Account()
        listener = Listener(account_app(account))
        await listener.open()
        account.api_url = f"http://127.0.0.1:{listener.port}"
        self.accounts[account.id] = account, listener
        names = ("id", "api_url", "secret_key", "publishable_key", "webhook_secret")
        return JSONResponse({name: getattr(account, name) for name in names})

    async def _control(self, request: Request) -> Response:
        account, listener = self.accounts[request.path_params["id"]]
        match request.path_params["control"]:
            case "go_away":
                listener.close()
                return JSONResponse({})
            case "return":
                await listener.open()
                return JSONResponse({})
            case "close":
                listener.close()
                del self.accounts[account.id]
                return JSONResponse({})
            case name:
                return await _run_control(account, name, request)


async def _run_control(account: Account, name: str, request: Request) -> Response:
    try:
        answer = CONTROLS[name](account, await request.json())
    except Refused as refused:
        return JSONResponse(refused.body, 400)
    send_events(account)
    return JSONResponse(answer)


def account_app(account: Account) -> Starlette:
    """What an account's port serves: the API, and the bank's page."""

    async def bank(request: Request) -> Response:
        return await answer_bank(account, request)

    return Starlette(
        routes=[
            Mount("/v1", ApiMount(Api(account))),
            Route("/bank/{intent_id}", bank, methods=["GET", "POST"]),
        ]
    )


class ApiMount:
    """The API, whose paths stay whole."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        await self._api(scope, receive, send)
