"""Run the peer until standard input ends; its port is the one line that is printed."""

import asyncio
import sys

from tests.stripe_peer.listeners import Listener, Peer


async def _main() -> None:
    controls = Listener(Peer().app)
    await controls.open()
    print(controls.port, flush=True)  # noqa: T201, whoever started this waits for it
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(_main())
