"""The messages that were written to files, as a page: outside production, on this machine alone.

Who reads another's mail can sign in as them. So the page is there only where no mail server is set,
and only for a browser on this machine that asks for this machine by name: a page of another host
that resolves to the loopback (DNS rebinding) is answered 404.
"""

import re
from html import escape
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gateway.adapters.messaging.mailbox import MessageFolder, SentMessage
from gateway.transport.hosts import parse_authority

MAX_MESSAGES_SHOWN = 20
_LINK = re.compile(r"https?://[^\s<>\"]+")
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def mailbox_routes(folder: MessageFolder) -> list[Route]:
    """Routes of the page and of the same messages as JSON."""

    async def page(request: Request) -> Response:
        if not _is_local(request):
            return Response(status_code=404)
        return _page(await folder.list_latest(MAX_MESSAGES_SHOWN))

    async def messages(request: Request) -> Response:
        if not _is_local(request):
            return Response(status_code=404)
        latest = await folder.list_latest(MAX_MESSAGES_SHOWN)
        return JSONResponse([_message_to_json(message) for message in latest], headers=_HEADERS)

    return [
        Route("/outbox", page, methods=["GET"]),
        Route("/outbox/messages", messages, methods=["GET"]),
    ]


def _is_local(request: Request) -> bool:
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    authority = parse_authority(request.headers.get("host", ""))
    try:
        is_local_client = ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
    return is_local_client and authority is not None and authority.is_loopback


def _message_to_json(message: SentMessage) -> dict[str, str]:
    return {
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "sentAt": message.sent_at.isoformat(),
    }


def _page(messages: tuple[SentMessage, ...]) -> Response:
    articles = "".join(map(_article, messages)) or "<p>Nothing was sent yet.</p>"
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<title>Outbox</title><h1>Outbox</h1>"
        "<p>Mails and SMS as they were sent, the latest first. In production a mail server sends "
        f"them, and this page is not there.</p>{articles}</html>",
        headers=_HEADERS,
    )


def _article(message: SentMessage) -> str:
    return (
        f"<article><h2>{escape(message.subject)}</h2>"
        f"<p>To {escape(message.to)}, {message.sent_at:%Y-%m-%d %H:%M:%S} UTC</p>"
        f"<pre>{_link_addresses(message.text)}</pre></article>"
    )


def _link_addresses(text: str) -> str:
    """``text`` as HTML, in which web addresses are links."""
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(text):
        address = escape(match[0])
        parts += [escape(text[end : match.start()]), f'<a href="{address}">{address}</a>']
        end = match.end()
    return "".join((*parts, escape(text[end:])))
