"""Running the gateway: the server, the worker beside it, and what a start needs."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from gateway.app import application
from gateway.bootstrap import Gateway, bootstrap
from gateway.preparation import prepare
from gateway.services.gifts.forgetting import forget_again
from gateway.services.identity.demo import add_demo_purchasers
from gateway.services.seeding import seed
from gateway.settings import Settings
from gateway.sockets import BACKLOG, HttpConnections, LeanSockets
from gateway.worker import keep_turning

logger = logging.getLogger(__name__)

# Python's collector walks all that lives each time; a server's live set is large and stays.
COLLECT_AFTER = (200_000, 50, 1_000)
MOST_MESSAGE = 262_144
STOPPING = (signal.SIGTERM, signal.SIGINT)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The event loop to run on: uvloop's where it is installed, else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def serve(
    settings: Settings, listening: socket.socket, announce: Callable[[], None] = lambda: None
) -> None:
    """Serve on ``listening`` until told to stop; with a worker, unless the settings forbid it.

    ``announce`` is called when all is prepared.
    """
    await prepare(settings)
    async with bootstrap(settings) as gateway:
        await forget_those_listed(gateway)
        await plant(gateway)
        async with application(gateway) as app:
            announce()
            work = [_work(gateway)] if settings.worker else []
            await _serve_beside(_server(app, app.end_streams), work, listening)


async def open_shop(settings: Settings) -> None:
    """What a first start does, for several processes that serve together: they find it done."""
    await prepare(settings)
    async with bootstrap(settings) as gateway:
        await plant(gateway)


async def work(settings: Settings) -> None:
    """Do waiting work until told to stop."""
    await prepare(settings)
    async with bootstrap(settings) as gateway:
        await forget_those_listed(gateway)
        working = asyncio.ensure_future(_work(gateway))
        for number in STOPPING:
            asyncio.get_running_loop().add_signal_handler(number, working.cancel)
        logger.info("waiting work is done here")
        with suppress(asyncio.CancelledError):
            await working


async def forget_those_listed(gateway: Gateway) -> None:
    """Forget anew whom a restored backup still knows."""
    reminded = await forget_again(parts=gateway.gifts)
    if reminded:
        logger.warning("forgot again: %d listed, and unknown to the database", reminded)


async def plant(gateway: Gateway) -> bool:
    """Whether the demonstration shop was put in: into an empty database, never in production."""
    parts = gateway.parts
    if gateway.settings.production:
        return False
    async with parts.database.read() as reading:
        if not await reading.catalogue.empty():
            return False
    from gateway.adapters.rule_files import demo_rules

    # Before the products: a start that is cut off in between goes on at the next.
    await add_demo_purchasers(parts.identity)
    planted = await seed(demo_rules(), database=parts.database, ids=parts.ids, clock=parts.clock)
    if planted:
        logger.info("the demonstration shop is in")
    return planted


def _work(gateway: Gateway) -> Coroutine[None, None, None]:
    return keep_turning(gateway.steps, gateway.database, gateway.parts.wakeups)


async def _serve_beside(
    server: uvicorn.Server,
    work: list[Coroutine[None, None, None]],
    listening: socket.socket,
) -> None:
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await server.serve([listening])
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class Server(uvicorn.Server):
    """uvicorn's server, which returns when it is told to stop.

    Its own would send itself the signal again, and so end the process before its database and its
    connections are closed. ``stopping`` is called before it waits for what is running.
    """

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing more, end what has no end of its own, wait for the rest."""
        self._stopping()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT stop the server while the block lasts."""
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in STOPPING:
                loop.remove_signal_handler(number)


def _server(app: ASGIApp, stopping: Callable[[], None]) -> Server:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    return Server(
        uvicorn.Config(
            app,
            interface="asgi3",
            http=HttpConnections,
            ws=LeanSockets,
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=MOST_MESSAGE,
            # Compression state is half of what an idle subscription costs.
            ws_per_message_deflate=False,
            backlog=BACKLOG,
            # Proxies are trusted one by one, where addresses are read.
            proxy_headers=False,
            timeout_graceful_shutdown=10,
            lifespan="off",
        ),
        stopping,
    )
