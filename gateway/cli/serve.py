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

from gateway.adapters.databases.opening import describe_error
from gateway.cli.startup import EXIT_NOT_STARTED, console, load_settings, print_error
from gateway.cli.worker_processes import ProcessSupervisor
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
    settings = load_settings()
    with _open_listener(settings) as listening:
        # If the setting is any free port, it is the socket's from now on.
        bound_settings = settings.model_copy(update={"port": listening.getsockname()[1]})
        if processes > 1:
            _serve_processes(bound_settings, processes, listening)
        else:
            from gateway import server

            _run_command(
                partial(server.serve, listening=listening, announce=_announcer(bound_settings)),
                bound_settings,
            )


def _serve_processes(settings: Settings, processes: int, listening: socket.socket) -> None:
    with TemporaryDirectory(prefix="gateway-counts-") as folder:
        # Set first, because the library reads it when it is imported.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        from gateway import server
        from gateway.web_app.metrics import forget_process

        _run_command(server.prepare_first_start, settings)
        _announcer(settings)()
        serve_one = partial(_run_command, partial(server.serve, listening=listening), settings)
        ProcessSupervisor(serve_one, processes, forget_process).keep_running()


def _announcer(settings: Settings) -> Callable[[], None]:
    def announce() -> None:
        console(stderr=True).print(f"GraphQL: {settings.base_url}/graphql", markup=False)

    return announce


@contextmanager
def _open_listener(settings: Settings) -> Iterator[socket.socket]:
    from gateway.web_app.websocket_protocol import open_listening_socket

    try:
        listening = open_listening_socket(settings.host, settings.port)
    except OSError as error:
        print_error(
            f"GATEWAY_HOST, GATEWAY_PORT: {settings.host}:{settings.port}: {describe_error(error)}"
        )
        raise typer.Exit(EXIT_NOT_STARTED) from None
    with listening:
        yield listening


def work() -> None:
    """Do waiting work alone: messages, payments, orders, gifts."""
    from gateway import server

    _run_command(server.run_worker, load_settings())


def _run_command(command: Callable[[Settings], Awaitable[None]], settings: Settings) -> None:
    from gateway import log_setup, server

    async def run() -> None:
        await command(settings)

    log_setup.configure(production=settings.production)
    try:
        with asyncio.Runner(loop_factory=server.new_event_loop) as runner:
            runner.run(run())
    except KeyboardInterrupt:
        # This is the normal way to stop it.
        return
