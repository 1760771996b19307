"""The API over HTTP: keys of an account, versions, idempotency, faults."""

import asyncio
import base64
import contextlib
import copy
import re
from secrets import token_hex
from typing import cast
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.stripe_peer import intents, operations  # noqa: F401, they register their routes
from tests.stripe_peer.account import Account, Fault, StoredAnswer
from tests.stripe_peer.answers import JsonObject, Refused
from tests.stripe_peer.forms import parse_form
from tests.stripe_peer.operations import ROUTES, Route
from tests.stripe_peer.parameters import check_parameters
from tests.stripe_peer.webhooks import send_events

CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "*",
    "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
}


class Api:
    """The ASGI application below /v1 of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = (await request.body()).decode()
        answer = await self._answer(request, body)
        if answer is None:
            await drop_connection(scope, receive)
            return
        await answer(scope, receive, send)

    async def _answer(self, request: Request, body: str) -> Response | None:
        """The answer, or None where the connection breaks."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=CORS)
        path = request.scope["path"]
        self.account.requests.append(
            {
                "method": request.method,
                "path": path,
                "form": dict(parse_qsl(body or request.url.query, keep_blank_values=True)),
                "headers": dict(request.headers),
            }
        )
        if self.account.take_fault("drop_before", request.method, path):
            return None
        headers = {"request-id": f"req_{token_hex(8)}", **CORS}
        try:
            status, answer = await self._answer_with_key(request, body, headers)
        except Refused as refused:
            status, answer = refused.status, copy.deepcopy(refused.body)
        is_lost = self.account.take_fault("drop_after", request.method, path)
        if self.account.loses_next_answer:
            self.account.loses_next_answer, is_lost = False, is_lost or Fault("drop_after")
        send_events(self.account)
        return None if is_lost else JSONResponse(answer, status, headers)

    async def _answer_with_key(
        self, request: Request, body: str, headers: dict[str, str]
    ) -> tuple[int, JsonObject]:
        path = request.scope["path"]
        form = parse_form(body or request.url.query)
        is_secret = self._authenticate(request, form)
        headers["stripe-version"] = self._version(request, is_secret=is_secret)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        stored = self._stored_answer(key, (request.method, path, body)) if key else None
        if stored:
            headers["idempotent-replayed"] = "true"
            headers["idempotency-key"] = key or ""
            return stored.status or 500, copy.deepcopy(stored.body)
        if key:
            self.account.answers[key] = StoredAnswer(
                (request.method, path, body), self.account.now()
            )
        try:
            status, answer, is_kept = await self._work(request, form, headers, is_secret=is_secret)
        except BaseException:
            self.account.answers.pop(key or "", None)
            raise
        if key and is_kept:
            place = self.account.answers[key]
            place.status, place.body = status, copy.deepcopy(answer)
        elif key:
            del self.account.answers[key]
        return status, answer

    async def _work(
        self, request: Request, form: JsonObject, headers: dict[str, str], *, is_secret: bool
    ) -> tuple[int, JsonObject, bool]:
        """Status, body, and whether the key remembers it."""
        method, path = request.method, request.scope["path"]
        if delay := self.account.take_fault("delay", method, path):
            await asyncio.sleep(delay.seconds)
        fault = self.account.take_fault("answer", method, path)
        if fault and not fault.is_after_work:
            return _faulty_answer(fault, headers)
        try:
            status, answer, is_kept = 200, self._operate(method, path, form, is_secret), True
        except Refused as refused:
            status, answer = refused.status, copy.deepcopy(refused.body)
            is_kept = not refused.is_checked_first
        if fault:
            return _faulty_answer(fault, headers)
        return status, answer, is_kept

    def _operate(self, method: str, path: str, form: JsonObject, is_secret: bool) -> JsonObject:  # noqa: FBT001
        route, id = _find_route(method, path)
        expanded = form.get("expand", [])
        check_parameters(route.parameters, form)
        if not is_secret:
            self._check_public(route, form, id)
        form = {**form, "_is_secret": is_secret}
        answer = copy.deepcopy(route.operation(self.account, form, id))
        for expansion in expanded:
            _expand(self.account, answer, expansion.split("."), expansion)
        return answer

    def _check_public(self, route: Route, form: JsonObject, id: str) -> None:
        """What a page may do: with the publishable key and an object's own secret."""
        if not route.is_public:
            raise Refused(
                "This API call cannot be made with a publishable API key. Please use a secret API "
                "key.",
                status=403, code="secret_key_required", is_checked_first=True,
            )  # fmt: skip
        if id and self.account.objects.get(id, {}).get("client_secret") != form.get(
            "client_secret"
        ):
            kind = "payment_intent" if id.startswith("pi_") else "setup_intent"
            raise Refused(
                f"No such {kind}: '{id}'", status=404, code="resource_missing", param="intent"
            )

    def _authenticate(self, request: Request, form: JsonObject) -> bool:
        """Whether the key is the secret one; Refused for any that is not of this account."""
        header = request.headers.get("authorization", "")
        key = str(form.get("key", ""))
        if header.startswith("Bearer "):
            key = header.removeprefix("Bearer ")
        elif header.startswith("Basic "):
            with contextlib.suppress(ValueError):
                key = base64.b64decode(header[6:]).decode().partition(":")[0]
        if key not in {self.account.secret_key, self.account.publishable_key}:
            shown = f"{key[:8]}***{key[-4:]}" if key else "none"
            raise Refused(f"Invalid API Key provided: {shown}", status=401, is_checked_first=True)
        return key == self.account.secret_key

    def _version(self, request: Request, *, is_secret: bool) -> str:
        version = request.headers.get("stripe-version")
        if version is None and is_secret:
            raise Refused("This peer demands a Stripe-Version.", is_checked_first=True)
        if version and not re.fullmatch(r"20\d\d-\d\d-\d\d(\.\w+)?", version):
            raise Refused(f"Invalid Stripe API version: {version}", is_checked_first=True)
        if version and version < "2026-09-30":
            raise Refused(
                f"This peer knows no version before 2026-09-30.endive: {version}",
                is_checked_first=True,
            )
        return version or "2026-10-28.endive"

    def _stored_answer(self, key: str, asked: tuple[str, str, str]) -> StoredAnswer | None:
        if len(key) > 255:
            raise Refused("Idempotency keys have at most 255 characters.", is_checked_first=True)
        stored = self.account.find_answer(key)
        if stored and stored.request != asked:
            raise Refused(
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request.",
                type="idempotency_error",
            )
        if stored and stored.status is None:
            raise Refused(
                "There is currently another in-progress request using this Idempotent Key (that "
                "probably means you submitted twice, and the other request is still going "
                f"through): {key}. Please try again later.",
                status=409, code="idempotency_key_in_use",
            )  # fmt: skip
        return stored


def _find_route(method: str, path: str) -> tuple[Route, str]:
    for route in ROUTES:
        if route.method == method and (match := route.pattern.match(path)):
            return route, (match.groups() or ("",))[0]
    raise Refused(
        f"Unrecognized request URL ({method}: {path}).", status=404, is_checked_first=True
    )


def _faulty_answer(fault: Fault, headers: dict[str, str]) -> tuple[int, JsonObject, bool]:
    if fault.retry_after is not None:
        headers["retry-after"] = fault.retry_after
    kind = "invalid_request_error" if fault.status < 500 else "api_error"
    code = fault.code or ("rate_limit" if fault.status == 429 else None)
    error: JsonObject = {"type": kind, "message": f"An injected fault: {fault.status}."}
    if code:
        error["code"] = code
    return fault.status, {"error": error}, fault.is_stored


def _expand(account: Account, place: object, path: list[str], whole: str) -> None:
    """Put objects where their ids stand."""
    if isinstance(place, list):
        for member in place:
            _expand(account, member, path, whole)
        return
    if not path or not isinstance(place, dict):
        return
    if path[0] not in place:
        raise Refused(
            f"This property cannot be expanded ({whole}).", param="expand", is_checked_first=True
        )
    inside = place[path[0]]
    if isinstance(inside, str) and inside in account.objects:
        inside = place[path[0]] = copy.deepcopy(account.objects[inside])
    _expand(account, inside, path[1:], whole)


async def drop_connection(scope: Scope, receive: Receive) -> None:
    """Break the connection without an answer."""
    transport = cast("asyncio.Transport", scope["peer.transport"])
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
