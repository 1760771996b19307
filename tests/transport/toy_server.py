"""The toy schema on a real port, for clients in other languages; prints the port it took."""

import asyncio
import socket
import sys

import uvicorn

from tests.transport.toy_schema import toy_front


async def serve() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        toy_front(compiled="interpreted" not in sys.argv),
        log_level="warning",
        ws_per_message_deflate=False,
        ws_max_size=262_144,
    )
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - the one answer of this program
    await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(serve())
