"""The gateway on a real port with the demonstration shop, for clients in other languages.

Prints the port it took and the folder of its data, which are gone when it ends.
"""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.server import serve
from gateway.settings import Settings


async def serve_in(folder: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    print(port, folder, flush=True)  # noqa: T201 - the one answer of this program
    await serve(Settings(data_dir=folder, port=port), listener)


if __name__ == "__main__":
    with TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        asyncio.run(serve_in(Path(folder)))
