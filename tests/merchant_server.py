"""A merchant's own calculator on a real port: checks signatures, keeps what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from standardwebhooks.webhooks import Webhook

from tests.endpoints import SECRET

Document: TypeAlias = dict[str, Any]
RATE = Decimal("8.875")
SHIPPING = ({"id": "drone", "name": "Drone", "net": "3.00"},)
CODES = {"TENTH": "2.00"}


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; ``hangs``: it does not come before the server ends, ``drops``: never."""

    status: int = 200
    content: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    hangs: bool = False
    drops: bool = False


def calculate(data: Document) -> Document:
    """A valid answer: all lines and ways are taxed by ``RATE``, half cents up."""
    wants = data["wants"]
    ways = SHIPPING if "shipping" in wants else data.get("shipping", ())
    answer: Document = {"reference": "calc_of_the_merchant"}
    if "shipping" in wants:
        answer["shipping"] = list(SHIPPING)
    if "tax" in wants:
        answer["tax"] = [
            *({"lineId": line["id"], **_tax(line["net"])} for line in data["lines"]),
            *({"shippingId": way["id"], **_tax(way["net"])} for way in ways),
        ]
    if "codes" in wants:
        answer["codes"] = [
            {"code": code, "applied": True, "reason": None, "amount": CODES[code]}
            for code in data["codes"]
            if code in CODES
        ]
    return answer


def _tax(net: str) -> Document:
    tax = (Decimal(net) * RATE / 100).quantize(Decimal(net), ROUND_HALF_UP)
    return {"name": "City tax", "ratePercent": str(RATE), "tax": str(tax)}


def answer_validly(data: Document) -> Reply:
    return Reply(content=json.dumps(calculate(data)).encode())


@dataclass
class MerchantServer:
    """Answers as ``reply`` says, by the ``data`` it was asked with; keeps all it was sent."""

    reply: Callable[[Document], Reply] = answer_validly
    bodies: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    end: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/calculate"

    @property
    def documents(self) -> list[Document]:
        return [json.loads(body) for body in self.bodies]

    def answer(self, headers: dict[str, str], body: str) -> Reply:
        Webhook(SECRET).verify(body, headers)
        self.bodies.append(body)
        self.headers.append(headers)
        document = json.loads(body)
        return self.reply(document["data"]) if document["type"] == "calculate" else Reply(204)


def _handler(merchant: MerchantServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = merchant.answer(headers, body)
            if reply.hangs:
                merchant.end.wait()
            if reply.hangs or reply.drops:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    return Handler


@contextmanager
def serve_merchant() -> Iterator[MerchantServer]:
    """A merchant's calculator while the block lasts."""
    merchant = MerchantServer()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(merchant)) as server:
        merchant.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield merchant
        finally:
            merchant.end.set()
            server.shutdown()
            thread.join()
