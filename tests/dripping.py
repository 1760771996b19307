"""A server on a real port whose answers drip, or never end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def dripping_server(
    first: bytes, repeated: bytes = b"", pause_seconds: float = 0.01, *, sends_first: bool = False
) -> AsyncIterator[str]:
    """The URL of a server that reads a request, sends ``first``, then ``repeated`` without end.

    One that ``sends_first`` waits for no request. Where ``repeated`` is empty it sends nothing
    more and leaves the connection open.
    """
    answer_tasks: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        answer_tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if not sends_first:
                await reader.readuntil(b"\r\n\r\n")
            writer.write(first)
            while True:
                await writer.drain()
                await asyncio.sleep(pause_seconds)
                writer.write(repeated)
        writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()
        for task in answer_tasks:
            task.cancel()
        await asyncio.gather(*answer_tasks, return_exceptions=True)
        # A transport that was aborted is closed in the loop's next turn.
        await asyncio.sleep(0)
