"""A cable to a server that a test can pull out and plug in again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class TcpRelay:
    """Carries connections to ``host:port`` while it is plugged in."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> None:
        """Listen, at the same port each time."""
        self._server = await asyncio.start_server(self._relay_connection, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections, and break off those that there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await asyncio.sleep(0.01)

    async def _relay_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        with suppress(OSError, asyncio.CancelledError):
            server_reader, server_writer = await asyncio.open_connection(*self._target)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_copy_stream(reader, server_writer))
                    group.create_task(_copy_stream(server_reader, writer))
            finally:
                server_writer.transport.abort()
        writer.transport.abort()


async def _copy_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def relay_to(url: str) -> AsyncIterator[tuple[TcpRelay, str]]:
    """A cable to the server of ``url``, plugged in, and the URL that leads through it."""
    url_parts = urlsplit(url)
    relay = TcpRelay(url_parts.hostname or "127.0.0.1", url_parts.port or 5432)
    await relay.start()
    user = url_parts.netloc.rpartition("@")[0]
    relay_address = f"{user}@127.0.0.1:{relay.port}" if user else f"127.0.0.1:{relay.port}"
    try:
        yield relay, url_parts._replace(netloc=relay_address).geturl()
    finally:
        await relay.stop()
