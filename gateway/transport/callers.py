"""What the transport asks of the application: who is calling, and what goes with an operation."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection


class TransportCaller(Protocol):
    """Whoever sent one HTTP request or holds one socket."""

    async def viewer(self) -> Hashable | None:
        """Equal for callers who see the same; None where nothing may be shared.

        Asked before each event; raise ``RequestRefused`` to end a subscription that is over.
        """

    async def context(self) -> object:
        """A new context, its identity read anew: for one operation or one event."""

    def headers(self) -> Iterable[tuple[str, str]]:
        """What an HTTP answer must carry, asked for after the operation ran."""


@dataclass(frozen=True, slots=True)
class ConnectionAccepted:
    """A socket that was let in, and what its acknowledgement tells."""

    caller: TransportCaller
    acknowledgement: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class ConnectionRefused:
    """A socket that was turned away (4403)."""

    reason: str = "Forbidden"


class CallerResolver(Protocol):
    """Recognises callers."""

    async def on_request(self, connection: HTTPConnection) -> TransportCaller:
        """The caller of one HTTP request."""

    async def on_connect(
        self, connection: HTTPConnection, payload: Mapping[str, object]
    ) -> ConnectionAccepted | ConnectionRefused:
        """The holder of a socket, by its handshake and ``connection_init`` payload."""
