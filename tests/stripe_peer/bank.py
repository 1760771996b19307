"""The bank's page: the holder confirms or fails there, and is led back."""

import html
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tests.stripe_peer import payments
from tests.stripe_peer.account import Account
from tests.stripe_peer.answers import JsonObject
from tests.stripe_peer.webhooks import send_events

PAGE = """<!doctype html><html lang="en"><title>Bank</title><h1>Test bank</h1>
<form method="post" action="{action}">
<button name="outcome" value="complete">Complete</button>
<button name="outcome" value="fail">Fail</button>
</form></html>"""
DONE = """<!doctype html><html lang="en"><title>Bank</title>
<script>parent.postMessage("3DS-authentication-complete", "*")</script></html>"""


async def answer_bank(account: Account, request: Request) -> Response:
    """GET shows the page, POST does what its button says."""
    intent = account.objects.get(request.path_params["intent_id"])
    if intent is None or request.query_params.get("client_secret") != intent["client_secret"]:
        return HTMLResponse("Not found", 404)
    if request.method == "GET":
        return HTMLResponse(PAGE.format(action=html.escape(f"?{request.url.query}")))
    form = parse_qs((await request.body()).decode())
    payments.authenticate(account, intent, succeeds=form.get("outcome") == ["complete"])
    send_events(account)
    return_url = account.return_urls.get(intent["id"])
    # "stay": asked in a frame over the shop's page, which is told.
    if return_url is None or "stay" in request.query_params:
        return HTMLResponse(DONE)
    return RedirectResponse(return_address(return_url, intent), 303)


def return_address(return_url: str, intent: JsonObject) -> str:
    """Where the holder is led, with what Stripe appends."""
    kind = intent["object"]
    is_done = intent["status"] in {"succeeded", "requires_capture", "processing"}
    appended = urlencode(
        {
            kind: intent["id"],
            f"{kind}_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if is_done else "failed",
        }
    )
    address, hash, fragment = return_url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{appended}{hash}{fragment}"
