"""A cable to a server that a test can pull out and plug in again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Cable:
    """Carries connections to ``host:port`` while it is plugged in."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._carried: set[asyncio.Task[None]] = set()
        self.port = 0

    async def plug_in(self) -> None:
        """Listen, at the same port each time."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def pull_out(self) -> None:
        """Refuse connections, and break off those that there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._carried:
            task.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)
        await asyncio.sleep(0.01)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carried.add(task)
        task.add_done_callback(self._carried.discard)
        with suppress(OSError, asyncio.CancelledError):
            there, away = await asyncio.open_connection(*self._target)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_pour(reader, away))
                    group.create_task(_pour(there, writer))
            finally:
                away.transport.abort()
        writer.transport.abort()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def cable_to(url: str) -> AsyncIterator[tuple[Cable, str]]:
    """A cable to the server of ``url``, plugged in, and the URL that leads through it."""
    parts = urlsplit(url)
    cable = Cable(parts.hostname or "127.0.0.1", parts.port or 5432)
    await cable.plug_in()
    user = parts.netloc.rpartition("@")[0]
    through = f"{user}@127.0.0.1:{cable.port}" if user else f"127.0.0.1:{cable.port}"
    try:
        yield cable, parts._replace(netloc=through).geturl()
    finally:
        await cable.pull_out()
