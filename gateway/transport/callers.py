"""Protocols by which the transport gets callers and contexts from the application."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection


class TransportCaller(Protocol):
    """The caller of one HTTP request or one socket."""

    async def viewer(self) -> Hashable | None:
        """A value that is equal for callers who see the same; None if nothing may be shared.

        It is called before each event.

        Raises:
            RequestRefused: the caller may no longer see the events, so the subscription ends.
        """

    async def context(self) -> object:
        """A new context for one operation or event, with the caller authenticated again."""

    def headers(self) -> Iterable[tuple[str, str]]:
        """Headers of the HTTP answer; called after the operation was executed."""


@dataclass(frozen=True, slots=True)
class ConnectionAccepted:
    """An accepted socket, with the payload of its acknowledgement."""

    caller: TransportCaller
    acknowledgement: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class ConnectionRefused:
    """A refused socket, which is closed with code 4403."""

    reason: str = "Forbidden"


class CallerResolver(Protocol):
    """Finds the callers of requests and sockets."""

    async def on_request(self, connection: HTTPConnection) -> TransportCaller:
        """The caller of one HTTP request."""

    async def on_connect(
        self, connection: HTTPConnection, payload: Mapping[str, object]
    ) -> ConnectionAccepted | ConnectionRefused:
        """The caller of a socket, by its handshake and the payload of ``connection_init``."""
