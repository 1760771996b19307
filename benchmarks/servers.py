"""The servers that ours is compared with, each a process of its own: the floor and the stock view.

They read the same environment as `gateway serve`, and run on the same event loop, socket and HTTP.
"""

import asyncio
import gc
import socket
import sys
from contextlib import suppress

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry import Schema
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from benchmarks.commands import FLOOR
from benchmarks.floor.app import floor
from gateway import log_setup
from gateway.bootstrap import Gateway, bootstrap
from gateway.resolvers.context import Context
from gateway.resolvers.scalars import SCALARS
from gateway.schema.operations import Mutation, Query
from gateway.server import GC_THRESHOLDS, new_event_loop
from gateway.settings import Settings, read_settings
from gateway.transport.rate_limits import ClientAddresses
from gateway.web_app.authentication import ConnectionAuthenticator
from gateway.web_app.credentials import CredentialReader
from gateway.web_app.websocket_protocol import (
    BACKLOG,
    CoalescingHttpProtocol,
    open_listening_socket,
)
from gateway.worker import run_jobs


class StockView(GraphQL[Context, None]):
    """Strawberry's own view on our schema, with the caches it has; contexts are ours."""

    def __init__(self, gateway: Gateway) -> None:
        config = StrawberryConfig(scalar_map=SCALARS)
        super().__init__(
            Schema(Query, Mutation, config=config, extensions=[ParserCache, ValidationCache])
        )
        addresses = ClientAddresses(())
        self._callers = ConnectionAuthenticator(
            gateway.dependencies,
            gateway.gift_dependencies,
            gateway.authenticator,
            CredentialReader(),
            addresses,
        )

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """The same recognition as ours."""
        del response
        visitor = await self._callers.on_request(request)
        return await visitor.context()


async def serve(variant: str, settings: Settings) -> None:
    """Serve until told to stop, as the settings say."""
    with open_listening_socket(settings.host, settings.port) as listening:
        if variant == FLOOR:
            await _serve(floor(settings.data_dir), listening)
        else:
            log_setup.configure(production=True)
            await _serve_stock(settings, listening)


async def _serve_stock(settings: Settings, listening: socket.socket) -> None:
    """Strawberry's view, and beside it the same worker as ours."""
    async with bootstrap(settings) as gateway:
        work = run_jobs(gateway.jobs, gateway.database, gateway.dependencies.wakeups)
        tasks = [asyncio.create_task(work)] if settings.worker else []
        try:
            await _serve(StockView(gateway), listening)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def _serve(app: ASGIApp, listening: socket.socket) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    config = uvicorn.Config(
        _with_health(app),
        http=CoalescingHttpProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws_per_message_deflate=False,
        backlog=BACKLOG,
    )
    await uvicorn.Server(config).serve([listening])


def _with_health(app: ASGIApp) -> ASGIApp:
    """``app`` that can be asked whether it is well."""

    async def with_health(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/healthz":
            await Response("ok")(scope, receive, send)
        else:
            await app(scope, receive, send)

    return with_health


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(sys.argv[1], read_settings()))
