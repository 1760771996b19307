"""R108: nginx on the file that is deployed, before a gateway that serves."""

import asyncio
import inspect
import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self
from unittest.mock import Mock

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import connect

from gateway.adapters.simulated_payments.pages import simulated_payment_routes
from gateway.transport.limits import Limits
from gateway.transport.static_pages import page_routes
from gateway.web_app.media import media_routes
from tests.deploying.proxies import CONF, Proxy, nginx_command, prepare, start_proxy
from tests.running import (
    START_TIMEOUT_SECONDS,
    free_port,
    gateway_command,
    process_environment,
    wait_until_ready,
)

TEXT = CONF.read_text(encoding="utf-8")
SHOP = "https://shop.example"
SECRET = "SECRET-that-no-log-holds"
REQUESTS_PER_MINUTE = 20
SHOP_QUERY = "{ products(first: 1) { nodes { title } } }"
TICKS = "subscription { ticks(count: 100000, everyMs: 60000) }"
"""Its first event comes at once, its second in a minute."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """nginx before a gateway that believes it."""
    folder = tmp_path_factory.mktemp("proxied")
    port = free_port()
    settings = process_environment(
        folder,
        GATEWAY_PORT=str(port),
        GATEWAY_FAULTS="on",
        GATEWAY_PUBLIC_URL=SHOP,
        GATEWAY_TRUSTED_PROXIES="127.0.0.1",
        GATEWAY_RATE_LIMIT=str(REQUESTS_PER_MINUTE),
    )
    with gateway_command("serve", settings=settings):
        wait_until_ready(f"http://127.0.0.1:{port}")
        with start_proxy(folder, port) as nginx_proxy:
            yield nginx_proxy


def directive(name: str) -> str:
    """What the file sets by a name that stands in it once."""
    (value,) = re.findall(rf"^\s*{name}\s+([^;]+);", TEXT, re.MULTILINE)
    return str(value)


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_nginx_accepts_the_file(tmp_path: Path) -> None:
    prepare(tmp_path, free_port())
    asked = [*nginx_command(tmp_path), "-t"]
    verdict = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    assert verdict.returncode == 0, verdict.stderr


def test_a_query(proxy: Proxy) -> None:
    with proxy.client("127.0.0.2") as client:
        answer = client.post("/graphql", json={"query": SHOP_QUERY})
    assert answer.json() == {"data": {"products": {"nodes": [{"title": "Stoneware mug"}]}}}
    assert answer.headers["server"] == "nginx"
    # The gateway knows that the caller's own connection is encrypted.
    assert answer.headers["set-cookie"].startswith("__Host-client=")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_the_pages(proxy: Proxy) -> None:
    with proxy.client("127.0.0.2") as client:
        page = client.get("/gift")
        script = re.search(r'src="\.(/assets/[^"]+\.js)"', page.text)
        assert script is not None
        asset = client.get(script[1], headers={"accept-encoding": "gzip"})
        plain = client.get(script[1], headers={"accept-encoding": "identity"})
    assert asset.headers["content-encoding"] == "gzip"
    assert asset.text == plain.text


@pytest.mark.parametrize(
    ("accepted", "first"),
    [
        ("text/event-stream", "event: next"),
        ('multipart/mixed;subscriptionSpec="1.0"', '{"payload":{"data":{"ticks":0}}}'),
    ],
)
def test_an_event_arrives_while_the_stream_is_open(proxy: Proxy, accepted: str, first: str) -> None:
    asked: dict[str, Any] = {"json": {"query": TICKS}, "headers": {"accept": accepted}}
    with proxy.client("127.0.0.2") as client, client.stream("POST", "/graphql", **asked) as answer:
        assert answer.status_code == 200
        received = ""
        for piece in answer.iter_text():
            received += piece
            if first in received:
                break
        assert first in received


async def test_a_subscription_over_a_socket(proxy: Proxy) -> None:
    url = f"wss://127.0.0.1:{proxy.port}/graphql"
    subscribe = {"id": "1", "type": "subscribe", "payload": {"query": TICKS}}
    async with (
        asyncio.timeout(30),
        connect(
            url,
            ssl=proxy.trust,
            origin=SHOP,  # type: ignore[arg-type]
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            proxy=None,
            local_addr=("127.0.0.2", 0),
        ) as socket,
    ):
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps(subscribe))
        assert json.loads(await socket.recv()) == {
            "id": "1",
            "type": "next",
            "payload": {"data": {"ticks": 0}},
        }


@pytest.mark.parametrize(
    ("origin", "status"),
    [(SHOP, 200), ("https://elsewhere.example", 403)],
)
def test_pages_of_the_shop_alone_may_ask(proxy: Proxy, origin: str, status: int) -> None:
    with proxy.client("127.0.0.2") as client:
        asked = client.post("/graphql", json={"query": SHOP_QUERY}, headers={"origin": origin})
    assert asked.status_code == status


def test_each_address_has_a_minute_of_its_own(proxy: Proxy) -> None:
    """Nginx's word on who is calling is believed, the caller's is not."""
    with proxy.client("127.0.0.3") as first_client, proxy.client("127.0.0.4") as second_client:
        asked: dict[str, Any] = {"json": {"query": SHOP_QUERY}}
        statuses = [
            first_client.post("/graphql", headers={"x-forwarded-for": f"192.0.2.{count}"}, **asked)
            for count in range(REQUESTS_PER_MINUTE + 1)
        ]
        assert [each.status_code for each in statuses] == [200] * REQUESTS_PER_MINUTE + [429]
        assert second_client.post("/graphql", **asked).status_code == 200


def test_a_body_over_the_limit_is_refused(proxy: Proxy) -> None:
    """By nginx, at the size at which the gateway itself refuses."""
    most = Limits().body
    filled = json.dumps({"query": SHOP_QUERY}).encode()
    with proxy.client("127.0.0.5") as client:
        kind = {"content-type": "application/json"}
        fits = client.post("/graphql", content=filled.ljust(most), headers=kind)
        large = client.post("/graphql", content=filled.ljust(most + 1), headers=kind)
    assert (fits.status_code, large.status_code) == (200, 413)
    assert large.headers["content-type"] == "text/html"


def test_counts_are_nobodys(proxy: Proxy) -> None:
    with proxy.client("127.0.0.5") as client:
        assert client.get("/metrics").status_code == 404
        assert client.get("/healthz").json() == {"status": "live"}


def test_plain_requests_are_sent_to_the_encrypted_address(proxy: Proxy) -> None:
    asked = f"http://127.0.0.1:{proxy.plain_port}/graphql?query={SECRET}"
    answer = httpx.post(asked, headers={"host": "shop.example"})
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{SHOP}/graphql?query={SECRET}"


def test_logs_hold_no_query_and_no_token(proxy: Proxy) -> None:
    secretive = [
        f"/graphql?query={{giftClaim(token:%22{SECRET}%22){{status}}}}",
        f"/sim/3ds/{SECRET}?more={SECRET}",
        f"/nowhere/{SECRET}",
        f"/assets/{SECRET}.js",
        f"/gift?{SECRET}",
    ]
    with proxy.client("127.0.0.6") as client:
        for address in secretive:
            client.get(address, headers={"referer": f"{SHOP}/{SECRET}", "user-agent": SECRET})
        client.post(f"/sim/3ds/{SECRET}", content=b" " * (Limits().body + 1))
    logged = proxy.wait_for_log('"route":"/sim/3ds/{token}","status":413')
    assert SECRET not in logged
    assert "127.0.0.6" not in logged
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert [(each["method"], each["route"], each["status"]) for each in lines[-6:]] == [
        ("GET", "/graphql", 405),
        ("GET", "/sim/3ds/{token}", 404),
        ("GET", "other", 404),
        ("GET", "/assets/{name}", 404),
        ("GET", "/gift", 200),
        ("POST", "/sim/3ds/{token}", 413),
    ]
    assert re.fullmatch(r"[0-9a-f]{16}", lines[-2]["request_id"])


def test_logs_hold_neither_while_the_gateway_is_away(tmp_path: Path) -> None:
    with start_proxy(tmp_path, free_port()) as proxy, proxy.client() as client:
        assert client.get(f"/sim/3ds/{SECRET}?{SECRET}").status_code == 502
        logged = proxy.wait_for_log('"route":"/sim/3ds/{token}","status":502')
    assert SECRET not in logged
    assert '"upstream_status":"502"' in logged


class RepeatedRequests:
    """Somebody who asks again and again, on a new connection each time, while the block lasts."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._left = Event()
        self._thread = Thread(target=self._ask)
        self.statuses: list[int] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._left.is_set():
            with self._proxy.client() as client:
                answer = client.post("/graphql", json={"query": SHOP_QUERY})
            self.statuses.append(answer.status_code)

    def wait_for(self, count: int) -> None:
        """Return when so many more answers have come."""
        target_count, deadline = (
            len(self.statuses) + count,
            time.monotonic() + START_TIMEOUT_SECONDS,
        )
        while len(self.statuses) < target_count:
            assert time.monotonic() < deadline, "no answers"
            time.sleep(0.02)


@contextmanager
def serving(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A gateway that is ready, on the database in ``folder``."""
    settings = process_environment(folder, GATEWAY_PORT=str(port))
    with gateway_command("serve", settings=settings) as process:
        wait_until_ready(f"http://127.0.0.1:{port}")
        yield process


def test_a_machine_is_replaced_without_a_gap(tmp_path: Path) -> None:
    """As docs/deploying.md says: taken out, restarted, and put back, while another serves."""
    first_port, second_port = free_port(), free_port()
    both = f"server 127.0.0.1:{first_port};", f"server 127.0.0.1:{second_port};"
    (tmp_path / "nginx").mkdir()
    with ExitStack() as stack:
        machine = stack.enter_context(serving(tmp_path, first_port))
        stack.enter_context(serving(tmp_path, second_port))
        proxy = stack.enter_context(start_proxy(tmp_path / "nginx", first_port))
        asking = stack.enter_context(RepeatedRequests(proxy))
        asking.wait_for(5)
        proxy.write_machines(f"server 127.0.0.1:{first_port} down;", both[1])
        proxy.reload()
        asking.wait_for(5)
        machine.send_signal(signal.SIGTERM)
        machine.wait(START_TIMEOUT_SECONDS)
        stack.enter_context(serving(tmp_path, first_port))
        proxy.write_machines(*both)
        proxy.reload()
        asking.wait_for(5)
        assert set(asking.statuses) == {200}


def test_routes_are_named_as_the_gateway_names_them() -> None:
    payments = simulated_payment_routes(Mock(), Mock(), lists_charges=True)
    routes = {route.path for route in [*page_routes(), *media_routes(Path()), *payments]}
    own = {"/graphql", "/healthz", "/metrics", "/readyz"}
    table = re.findall(r"map \$uri \$route \{(.*?)\n    \}", TEXT, re.DOTALL)[0]
    names = {line.split()[-1].strip('";') for line in table.strip().splitlines()}
    assert names == {*routes, *own, "/", "other"}


def test_patience_is_longer_than_any_silence() -> None:
    """Of streams, sockets and operations; and connections are let go before the gateway does."""
    uvicorns = inspect.signature(uvicorn.Config).parameters
    limits = Limits()
    silences = [limits.heartbeat_seconds, limits.operation_seconds]
    silences.append(uvicorns["ws_ping_interval"].default)
    assert max(silences) < seconds(directive("proxy_read_timeout"))
    keepalive_seconds = re.findall(r"keepalive_timeout (\d+)s;", TEXT)
    assert int(keepalive_seconds[0]) < uvicorns["timeout_keep_alive"].default
