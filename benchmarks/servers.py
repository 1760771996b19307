"""The servers that are measured, each a process of its own on a socket it is given."""

import asyncio
import gc
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from strawberry import Schema
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from benchmarks.floor.app import floor
from benchmarks.shop import read_shop, settings
from gateway import logs, serving
from gateway.bootstrap import Gateway, bootstrap
from gateway.entrance import Entrance
from gateway.resolvers.context import Context
from gateway.resolvers.scalars import SCALARS
from gateway.schema.operations import Mutation, Query
from gateway.serving import COLLECT_AFTER
from gateway.settings import Settings
from gateway.transport.rates import Addresses
from gateway.visitors import Reception

FLOOR, STOCK, OURS, POSTGRES = "floor", "stock", "ours", "postgres"
WORKING = "working"
"""Ours with its worker beside it, as it is served, on the database of the shop."""


class StockView(GraphQL[Context, None]):
    """Strawberry's own view on our schema, with the caches it has; contexts are ours."""

    def __init__(self, gateway: Gateway) -> None:
        config = StrawberryConfig(scalar_map=SCALARS)
        super().__init__(
            Schema(Query, Mutation, config=config, extensions=[ParserCache, ValidationCache])
        )
        addresses = Addresses(())
        self._callers = Reception(
            gateway.parts, gateway.gifts, gateway.recogniser, Entrance(), addresses
        )

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """The same recognition as ours."""
        del response
        visitor = await self._callers.on_request(request)
        return await visitor.context()


async def serve(variant: str, folder: Path, listening: socket.socket) -> None:
    """Serve until told to stop."""
    if variant == FLOOR:
        await _run(floor(folder / "gateway.db"), listening)
        return
    logs.configure(production=True)
    if variant == STOCK:
        async with bootstrap(settings(folder)) as gateway:
            await _run(StockView(gateway), listening)
    else:
        await serving.serve(_settings(variant, folder), listening)


def _settings(variant: str, folder: Path) -> Settings:
    url = read_shop(folder).database_url
    if variant == WORKING:
        wakeups = "postgres" if url else None
        return settings(folder, database_url=url, worker=True, wakeups_url=wakeups)
    return settings(folder, database_url=url if variant == POSTGRES else "")


async def _run(app: ASGIApp, listening: socket.socket) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws_per_message_deflate=False,
        backlog=16_384,
    )
    await uvicorn.Server(config).serve([listening])


if __name__ == "__main__":
    variant, folder, descriptor = sys.argv[1:]
    asyncio.run(serve(variant, Path(folder), socket.socket(fileno=int(descriptor))))
