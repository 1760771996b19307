"""An endpoint of somebody else's on a real port, for tests of what is posted there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
from standardwebhooks.webhooks import Webhook

from gateway.adapters.operator_endpoints import HttpOperatorEndpoint
from gateway.services.ports.clock import Clock

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@dataclass
class SignedEndpoint:
    """Answers as it is told to, else with 204; keeps what it was sent, and checks signatures.

    ``reply`` makes the answer to a document where ``answers`` has none.
    """

    secret: str = SECRET
    answers: list[str] = field(default_factory=list)
    reply: Callable[[dict[str, Any]], str] | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    """The id and the body of every call, in the order they came."""

    @property
    def ids(self) -> list[str]:
        return [id for id, _ in self.calls]

    @property
    def documents(self) -> list[dict[str, object]]:
        return [orjson.loads(body) for _, body in self.calls]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        named = (line.partition(": ") for line in head.strip().split("\r\n")[1:])
        headers = {name.lower(): value for name, _, value in named}
        body = await reader.readexactly(int(headers["content-length"]))
        sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        signature = Webhook(self.secret).sign(headers["webhook-id"], sent_at, body.decode())
        assert headers["webhook-signature"] == signature
        self.calls.append((headers["webhook-id"], body.decode()))
        writer.write(self._next_answer(body).encode())
        await writer.drain()
        writer.close()

    def _next_answer(self, body: bytes) -> str:
        if self.answers:
            return self.answers.pop(0)
        return (
            answer_text("204 No Content") if self.reply is None else self.reply(orjson.loads(body))
        )


def answer_text(status: str, content: str = "", headers: str = "") -> str:
    """An HTTP answer; each line of ``headers`` ends with CRLF."""
    length = len(content.encode())
    head = f"HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    return head + content


@asynccontextmanager
async def serve_endpoint(endpoint: SignedEndpoint) -> AsyncIterator[str]:
    """The URL of ``endpoint``, which is served during the block."""
    server = await asyncio.start_server(endpoint.answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"


@asynccontextmanager
async def open_endpoint(
    endpoint: SignedEndpoint, clock: Clock
) -> AsyncIterator[HttpOperatorEndpoint]:
    """The gateway's side of ``endpoint``, which is served during the block."""
    async with serve_endpoint(endpoint) as url, httpx.AsyncClient() as client:
        yield HttpOperatorEndpoint(url, endpoint.secret, client, clock)
