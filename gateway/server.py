"""Running the gateway: the server, the worker, and the preparation of a start."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from gateway.bootstrap import Gateway, bootstrap
from gateway.preparation import prepare_database
from gateway.services.account_erasure import AccountDependencies, repeat_account_erasures
from gateway.services.catalogue.product_lists import prepare_lists
from gateway.services.demo.completion import complete_demo_products
from gateway.services.demo.purchasers import add_demo_purchasers
from gateway.services.demo.seeding import seed_demo_products
from gateway.services.gifts.erasure import repeat_erasures
from gateway.services.ports.database import DatabaseUnreachable
from gateway.settings import PaymentProviderName, Settings
from gateway.web_app.app import application
from gateway.web_app.websocket_protocol import (
    BACKLOG,
    CoalescingHttpProtocol,
    CompactWebSocketProtocol,
)
from gateway.worker import run_jobs

logger = logging.getLogger(__name__)

GC_THRESHOLDS = (200_000, 50, 1_000)
"""High thresholds, because each full collection visits all objects, most of which stay."""
MAX_MESSAGE_BYTES = 262_144
"""A socket that sends a longer message is closed by uvicorn with code 1009."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A new event loop, of uvloop if it is installed and otherwise of asyncio."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def serve(
    settings: Settings, listening: socket.socket, announce: Callable[[], None] = lambda: None
) -> None:
    """Serve on ``listening`` until a signal stops it, with a worker if the settings want one.

    ``announce`` is called before the first request is accepted.
    """
    await prepare_database(settings)
    async with bootstrap(settings) as gateway:
        await erase_listed_again(gateway)
        await seed_demo_shop(gateway)
        async with application(gateway) as app:
            announce()
            loops = [_prepare_lists(gateway), *([_worker_loop(gateway)] if settings.worker else [])]
            await _serve_with_loops(_build_server(app, app.end_streams), loops, listening)


async def prepare_first_start(settings: Settings) -> None:
    """Prepare the database and the demonstration shop once, before several processes serve."""
    await prepare_database(settings)
    async with bootstrap(settings) as gateway:
        await seed_demo_shop(gateway)


async def run_worker(settings: Settings) -> None:
    """Run the jobs until a signal stops it."""
    await prepare_database(settings)
    async with bootstrap(settings) as gateway:
        await erase_listed_again(gateway)
        worker_task = asyncio.ensure_future(_worker_loop(gateway))
        for signal_number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(signal_number, worker_task.cancel)
        logger.info("waiting work is done here")
        with suppress(asyncio.CancelledError):
            await worker_task


async def erase_listed_again(gateway: Gateway) -> None:
    """Erase people again whose data came back with a restored backup."""
    erased_count = await repeat_erasures(dependencies=gateway.gift_dependencies)
    erased_count += await repeat_account_erasures(
        AccountDependencies(gateway.dependencies, gateway.gift_dependencies)
    )
    if erased_count:
        logger.warning("forgot again: %d listed, and unknown to the database", erased_count)


async def seed_demo_shop(gateway: Gateway) -> bool:
    """Add the demonstration shop to an empty database, except in production.

    Returns whether it was added.
    """
    dependencies = gateway.dependencies
    if gateway.settings.production:
        return False
    async with dependencies.database.read() as reading:
        if not await reading.catalogue.is_empty():
            return False
    from gateway.adapters.demo.assets import demo_assets
    from gateway.adapters.rules.files import demo_rules

    # Before the products, so that an interrupted start is continued by the next one.
    is_simulated = gateway.settings.payments is PaymentProviderName.SIM
    await add_demo_purchasers(dependencies.identity, with_simulated_methods=is_simulated)
    is_seeded = await seed_demo_products(
        demo_rules(),
        demo_assets(),
        database=dependencies.database,
        ids=dependencies.ids,
        clock=dependencies.clock,
    )
    if is_seeded:
        logger.info("the demonstration shop is in")
    return is_seeded


async def complete_demo_shop(gateway: Gateway) -> int:
    """Give a demonstration shop of an earlier release what is new; never in production.

    Returns the number of products that were completed or added.
    """
    if gateway.settings.production:
        return 0
    from gateway.adapters.demo.assets import demo_assets

    dependencies = gateway.dependencies
    return await complete_demo_products(
        demo_assets(),
        database=dependencies.database,
        ids=dependencies.ids,
        clock=dependencies.clock,
    )


def _worker_loop(gateway: Gateway) -> Coroutine[None, None, None]:
    return run_jobs(gateway.jobs, gateway.database, gateway.dependencies.wakeups)


async def _prepare_lists(gateway: Gateway) -> None:
    """Read what lists of products are made from while the first requests are answered."""
    with suppress(DatabaseUnreachable):  # who asks for a list tries again
        await prepare_lists(dependencies=gateway.dependencies)


async def _serve_with_loops(
    server: uvicorn.Server,
    loops: list[Coroutine[None, None, None]],
    listening: socket.socket,
) -> None:
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        await server.serve([listening])
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class Server(uvicorn.Server):
    """uvicorn's server, but it returns after a signal.

    uvicorn would raise the signal again and so end the process before the database is closed.
    ``on_shutdown`` is called before it waits for running requests.
    """

    def __init__(self, config: uvicorn.Config, on_shutdown: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_shutdown = on_shutdown

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting requests, end the streams, and wait for the running requests."""
        self._on_shutdown()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT stop the server during the block."""
        loop = asyncio.get_running_loop()
        for signal_number in STOP_SIGNALS:
            loop.add_signal_handler(signal_number, self.handle_exit, signal_number, None)
        try:
            yield
        finally:
            for signal_number in STOP_SIGNALS:
                loop.remove_signal_handler(signal_number)


def _build_server(app: ASGIApp, on_shutdown: Callable[[], None]) -> Server:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    return Server(
        uvicorn.Config(
            app,
            interface="asgi3",
            http=CoalescingHttpProtocol,
            ws=CompactWebSocketProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=MAX_MESSAGE_BYTES,
            # Its state would take half of the memory of an idle subscription.
            ws_per_message_deflate=False,
            backlog=BACKLOG,
            # ClientAddresses reads these headers, and only of trusted proxies.
            proxy_headers=False,
            timeout_graceful_shutdown=10,
            lifespan="off",
        ),
        on_shutdown,
    )
