"""A small Stripe for purchases: its idempotency, its Customers and PaymentIntents, lost answers.

In the process as the transport of an HTTP client, or behind a port of its own.
"""

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

CREATED_AT = 1_793_620_800
OK, ASKS, DECLINED, POOR, TINY = "pm_ok", "pm_asks", "pm_declined", "pm_poor", "pm_tiny"
"""Payment methods: one that pays, one that asks its payer, three that do not pay."""
METHODS = {OK, ASKS, DECLINED, POOR, TINY}

Form = dict[str, str]
Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """An answer of Stripe's."""

    status: int
    body: Body
    is_replayed: bool = False

    @property
    def headers(self) -> dict[str, str]:
        return {"content-type": "application/json"} | (
            {"idempotent-replayed": "true"} if self.is_replayed else {}
        )


class AnswerLost(Exception):
    """What was asked is done, and nobody hears of it."""


def refuse(status: int, type: str, code: str, **details: object) -> Reply:
    return Reply(status, {"error": {"type": type, "code": code, "message": "Text", **details}})


@dataclass
class StripeDouble:
    """One account: what it keeps, and what it does wrong.

    The answers to the next ``lost`` requests that change something do not arrive; the next
    ``failures`` of them end in a failure that is kept under the key. While it is ``away``, nothing
    arrives.
    """

    intents: dict[str, Body] = field(default_factory=dict)
    replies: dict[str, tuple[Form, Reply]] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    lost: int = 0
    failures: int = 0
    away: bool = False
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def held(self) -> list[tuple[int, str]]:
        """Amount and status of each PaymentIntent."""
        return sorted((each["amount"], each["status"]) for each in self.intents.values())

    def list_keys(self, path: str) -> list[str | None]:
        """The idempotency keys that were sent to ``path``."""
        return [key for method, asked, key in self.requests if (method, asked) == ("POST", path)]

    def authenticate(self, intent_id: str) -> None:
        """The payer confirms at the bank."""
        with self.lock:
            if self.intents[intent_id]["status"] != "canceled":
                self.intents[intent_id] |= {"status": "requires_capture"}
                self.intents[intent_id]["last_payment_error"] = None

    # -- requests

    def answer(self, method: str, target: str, content: str, key: str | None) -> Reply:
        """The answer to a request.

        Raises:
            AnswerLost: it does not arrive.

        """
        url = urlsplit(target)
        with self.lock:
            if self.away:
                raise AnswerLost
            self.requests.append((method, url.path, key))
            if method == "GET":
                return self._read(url.path, dict(parse_qsl(url.query)))
            assert key, "each POST has an idempotency key"
            reply = self._answer_once(url.path, dict(parse_qsl(content)), key)
            if self.lost:
                self.lost -= 1
                raise AnswerLost
            return reply

    def _answer_once(self, path: str, form: Form, key: str) -> Reply:
        if key in self.replies:
            first_form, reply = self.replies[key]
            if first_form != form:
                return refuse(400, "idempotency_error", "")
            return Reply(reply.status, reply.body, is_replayed=True)
        if self.failures:
            self.failures -= 1
            reply = Reply(500, {"error": {"type": "api_error", "message": "Text"}})
        else:
            reply = self._act(path, form)
        # As it is now: what becomes of it later does not change the answer.
        self.replies[key] = form, Reply(reply.status, json.loads(json.dumps(reply.body)))
        return reply

    def _act(self, path: str, form: Form) -> Reply:
        match path.split("/")[2:]:
            case ["customers"]:
                return Reply(200, {"id": f"cus_{next(self.numbers)}", "object": "customer"})
            case ["payment_intents"]:
                return self._create(form)
            case ["payment_intents", id, "cancel"]:
                intent = self.intents[id]
                if intent["status"] in {"canceled", "succeeded"}:
                    return refuse(400, "invalid_request_error", "payment_intent_unexpected_state")
                intent["status"] = "canceled"
                return Reply(200, intent)
        raise AssertionError(path)

    def _read(self, path: str, query: Form) -> Reply:
        match path.split("/")[2:]:
            case ["payment_intents"]:
                data = [i for i in self.intents.values() if i["customer"] == query["customer"]]
                return Reply(200, {"object": "list", "url": path, "has_more": False, "data": data})
            case ["payment_intents", id]:
                return Reply(200, self.intents[id])
            case ["customers", id]:
                return Reply(200, {"id": id, "object": "customer"})
        raise AssertionError(path)

    def _create(self, form: Form) -> Reply:
        method = form["payment_method"]
        if method not in METHODS:
            missing = {"param": "payment_method"}
            return refuse(404, "invalid_request_error", "resource_missing", **missing)
        if method == TINY:
            return refuse(400, "invalid_request_error", "amount_too_small", param="amount")
        id = f"pi_{next(self.numbers)}"
        intent: Body = {
            "id": id,
            "object": "payment_intent",
            "status": "requires_capture",
            "amount": int(form["amount"]),
            "amount_received": 0,
            "currency": form["currency"],
            "created": CREATED_AT,
            "customer": form["customer"],
            "client_secret": f"{id}_secret_of_the_payer",
            "metadata": {"gateway_key": form["metadata[gateway_key]"]},
            "payment_method": method,
            "last_payment_error": None,
        }
        self.intents[id] = intent
        is_present = "off_session" not in form
        assert is_present == ("return_url" in form)
        match method:
            case "pm_asks" if is_present:
                url = f"https://bank.example/{id}"
                intent["status"] = "requires_action"
                intent["next_action"] = {"redirect_to_url": {"url": url}}
            case "pm_asks":
                return self._decline(intent, "authentication_required")
            case "pm_declined":
                return self._decline(intent, "card_declined", "generic_decline")
            case "pm_poor":
                return self._decline(intent, "card_declined", "insufficient_funds")
        return Reply(200, intent)

    def _decline(self, intent: Body, code: str, decline_code: str = "") -> Reply:
        error = {"type": "card_error", "code": code, "decline_code": decline_code}
        intent |= {"status": "requires_payment_method", "last_payment_error": dict(error)}
        return refuse(402, **error, payment_intent=intent)

    # -- ways to it

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """For ``httpx.MockTransport``."""
        try:
            reply = self.answer(
                request.method,
                str(request.url),
                request.content.decode(),
                request.headers.get("idempotency-key"),
            )
        except AnswerLost:
            raise httpx.ReadError("broken") from None
        return httpx.Response(reply.status, headers=reply.headers, content=json.dumps(reply.body))

    @contextmanager
    def serve(self) -> Iterator[str]:
        """The address where it answers, while the block lasts."""
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                key = self.headers.get("idempotency-key")
                try:
                    reply = double.answer(self.command, self.path, content, key)
                except AnswerLost:
                    self.close_connection = True
                    return
                body = json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the name that the server calls

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing is printed."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
