"""`gateway serve` with Stripe: how it starts, and an event from end to end. R107, R132."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.machinery import ModuleSpec
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway import payment_adapters
from gateway.adapters.stripe_signatures import sign_event
from gateway.cli import app
from tests.running import free_port, gateway_command, process_environment, wait_until_ready

SECRET_KEY, WEBHOOK_SECRET = "sk_test_neverToBeSeen", "whsec_neverToBeSeen"
KEYS = {
    "GATEWAY_PAYMENTS": "stripe",
    "GATEWAY_STRIPE_SECRET_KEY": SECRET_KEY,
    "GATEWAY_STRIPE_PUBLISHABLE_KEY": "pk_test_toBeSeen",
    "GATEWAY_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
}
INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "canceled",
    "amount": 100,
    "currency": "usd",
    "created": 1_800_000_000,
    "metadata": {"gateway_key": "att_of_nobody"},
}
DONE_EVENTS = "SELECT id, type, object_id FROM provider_events WHERE state = 'DONE'"
MAX_WAIT_SECONDS = 30.0


@dataclass
class Stripe:
    """A Stripe that has one PaymentIntent; ``versions`` are those that its callers pinned."""

    url: str = ""
    versions: list[str] = field(default_factory=list)


@contextmanager
def run_stripe() -> Iterator[Stripe]:
    stripe = Stripe()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stripe.versions.append(self.headers["Stripe-Version"])
            body = json.dumps(INTENT).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stripe.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield stripe
        server.shutdown()


def send_event(url: str, id: str) -> int:
    document = {"id": id, "type": "payment_intent.canceled", "data": {"object": {"id": "pi_1"}}}
    body, timestamp = json.dumps(document).encode(), str(int(datetime.now(UTC).timestamp()))
    signature = sign_event(WEBHOOK_SECRET, timestamp, body)
    headers = {"Stripe-Signature": f"t={timestamp},v1={signature}"}
    return httpx.post(f"{url}/webhooks/stripe", content=body, headers=headers).status_code


def wait_for_events(database: Path, count: int) -> list[tuple[str, str, str]]:
    """The events that were acted on, once there are ``count``."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        with closing(sqlite3.connect(database)) as connection:
            rows = connection.execute(DONE_EVENTS).fetchall()
        if len(rows) >= count:
            return rows
        time.sleep(0.1)
    raise AssertionError("the events were not acted on")


def test_an_event_from_end_to_end(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with run_stripe() as stripe:
        settings = process_environment(
            tmp_path, GATEWAY_PORT=str(port), GATEWAY_STRIPE_API_URL=stripe.url, **KEYS
        )
        with gateway_command("serve", settings=settings) as process:
            wait_until_ready(url)
            answer = httpx.post(
                f"{url}/graphql", json={"query": "{ paymentProvider { name publishableKey } }"}
            )
            assert answer.json()["data"]["paymentProvider"] == {
                "name": "stripe",
                "publishableKey": "pk_test_toBeSeen",
            }
            assert httpx.get(f"{url}/sim/charges").status_code == 404
            assert [send_event(url, "evt_1"), send_event(url, "evt_1")] == [204, 204]
            database = tmp_path / "data" / "gateway.db"
            assert wait_for_events(database, 1) == [("evt_1", "payment_intent.canceled", "pi_1")]
            assert stripe.versions == ["2026-10-28.endive"]
            process.terminate()
            assert process.wait(30) == 0
    with closing(sqlite3.connect(database)) as connection:
        # The demonstration purchasers are there, without the simulation's payment methods.
        assert connection.execute("SELECT count(*) FROM purchasers").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM payment_methods").fetchone() == (0,)
    log = (tmp_path / "log").read_text()
    assert "NEVERTOBESEEN" not in log.upper()


def test_a_missing_key_is_named_and_no_value_shown(tmp_path: Path) -> None:
    settings = process_environment(tmp_path, **KEYS)
    del settings["GATEWAY_STRIPE_PUBLISHABLE_KEY"]
    result = subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        "GATEWAY_STRIPE_PUBLISHABLE_KEY: must be set where GATEWAY_PAYMENTS is stripe"
    ]


def test_without_the_package_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_no_spec(_: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(payment_adapters, "find_spec", find_no_spec)
    for name, value in {**KEYS, "GATEWAY_DATA_DIR": str(tmp_path / "data")}.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["provider-events", "retry"])
    assert result.exit_code == 2
    # Earlier commands of the same process have left handlers that complain of their closed streams.
    assert result.stderr.splitlines()[-1] == (
        "GATEWAY_PAYMENTS: stripe needs a package that is not installed: install the lock "
        "requirements/runtime.txt, or gateway[stripe]"
    )
