"""Commands that run until they are stopped."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from gateway.adapters.databases import reason
from gateway.cli.processes import Processes
from gateway.cli.starting import NOT_BEGUN, complain, console, settings
from gateway.settings import Settings


def serve(
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="How many serve together, on one socket.")
    ] = 1,
) -> None:
    """Serve GraphQL, and do waiting work beside it unless GATEWAY_WORKER is off.

    Outside production the database is brought to the newest revision first, and an empty one is
    filled with the demonstration shop. Where one of several processes ends unasked, it is started
    again, after a pause if it lived shortly.
    """
    found = settings()
    with _listening(found) as listening:
        # Where any port was asked for, it is that of the socket from now on.
        bound = found.model_copy(update={"port": listening.getsockname()[1]})
        if processes > 1:
            _serve_together(bound, processes, listening)
        else:
            from gateway import serving

            _run(partial(serving.serve, listening=listening, announce=_announcing(bound)), bound)


def _serve_together(found: Settings, processes: int, listening: socket.socket) -> None:
    with TemporaryDirectory(prefix="gateway-counts-") as folder:
        # Read when the counts are imported: before anything else is.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        from gateway import serving
        from gateway.metrics import forget_process

        _run(serving.open_shop, found)
        _announcing(found)()
        serve_one = partial(_run, partial(serving.serve, listening=listening), found)
        Processes(serve_one, processes, forget_process).keep_running()


def _announcing(found: Settings) -> Callable[[], None]:
    def announce() -> None:
        console(stderr=True).print(f"GraphQL: {found.address}/graphql", markup=False)

    return announce


@contextmanager
def _listening(found: Settings) -> Iterator[socket.socket]:
    from gateway.sockets import listening_socket

    try:
        listening = listening_socket(found.host, found.port)
    except OSError as refusal:
        complain(f"GATEWAY_HOST, GATEWAY_PORT: {found.host}:{found.port}: {reason(refusal)}")
        raise typer.Exit(NOT_BEGUN) from None
    with listening:
        yield listening


def work() -> None:
    """Do waiting work alone: messages, payments, orders, gifts."""
    from gateway import serving

    _run(serving.work, settings())


def _run(command: Callable[[Settings], Awaitable[None]], found: Settings) -> None:
    from gateway import logs, serving

    async def run() -> None:
        await command(found)

    logs.configure(production=found.production)
    try:
        with asyncio.Runner(loop_factory=serving.new_event_loop) as runner:
            runner.run(run())
    except KeyboardInterrupt:
        # How it is stopped: no fault.
        return
